"""Pictures that hold two images side by side: the given one and the target."""

from PIL import Image

from mneme.errors import UserError

TRANSLATED = ("left_to_right", "right_to_left")  # the others, left and right, keep one image of two and give none


def halves(picture: Image.Image, direction: str, name: str) -> tuple[Image.Image, Image.Image]:
    """Cut a picture in the middle.

    Args:
        direction: ``left_to_right`` or ``right``: the target is the right half; ``right_to_left`` or ``left``.
        name: of the file, for messages.

    Returns:
        The given image and the target, of equal size.

    Raises:
        UserError: the picture is of odd width, or no wider than high: a side is missing.
    """
    width, height = picture.size
    if width <= height:
        raise UserError(
            f"{name}: {width} x {height} pixels, no two images side by side; replace it by a pair, or leave "
            "'direction:' out of the dataset"
        )
    if width % 2:
        raise UserError(
            f"{name}: {width} x {height} pixels cannot be cut into two equal halves; make its width an even number"
        )
    left, right = picture.crop((0, 0, width // 2, height)), picture.crop((width // 2, 0, width, height))
    return (left, right) if direction in ("left_to_right", "right") else (right, left)


def require_equal(given: tuple[int, int], target: tuple[int, int], names: str) -> None:
    """Check that the two images of a pair in two files have one width and height.

    Raises:
        UserError: they differ.
    """
    if given != target:
        sizes = " and ".join(f"{width} x {height}" for width, height in (given, target))
        raise UserError(f"{names}: a pair of {sizes} pixels; bring both to one size")
