"""Which rectangle of an image is kept, and how much black is added around it."""

from typing import NamedTuple

from mneme.errors import UserError, near_miss

FITS = ("pad", "crop", "squash")


class CropBox(NamedTuple):
    """A rectangle in pixels of the image; where it reaches outside the image, black is added."""

    left: int
    top: int
    right: int
    bottom: int


def crop_box(height: int, width: int, how: str) -> CropBox:
    """The rectangle of an image that is then resized to a square.

    Args:
        height, width: of the image, in pixels.
        how: ``pad`` centres the image in a black square whose side is the next power of two (28 -> 32, so that MNIST's
            pixels stay sharp, as MeRGAN does); ``crop`` takes the largest square in the middle; ``squash`` takes the
            whole image and loses its proportions.

    Raises:
        UserError: ``how`` is another word.
    """
    if how == "squash":
        return CropBox(0, 0, width, height)
    if how not in FITS:
        raise UserError(f"fit: '{how}' is not a way to fit images{near_miss(how, FITS)}")
    side = min(height, width) if how == "crop" else 1 << (max(height, width) - 1).bit_length()
    left, top = (width - side) // 2, (height - side) // 2
    return CropBox(left, top, left + side, top + side)
