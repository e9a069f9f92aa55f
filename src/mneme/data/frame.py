"""Which part of an image is kept, and how much black is put around it."""

from typing import NamedTuple

from mneme.errors import UserError, near_miss

FITS = ("pad", "crop", "squash")


class Frame(NamedTuple):
    """A rectangle in pixels of the image; it reaches outside the image where black is to be added."""

    left: int
    top: int
    right: int
    bottom: int


def frame(height: int, width: int, how: str) -> Frame:
    """The rectangle of an image that is then resized to the wanted square.

    Args:
        how: ``pad`` is the image in the middle of a black square whose side is the next power of two (28 -> 32, so that
            MNIST's pixels stay sharp; MeRGAN pads the same way); ``crop`` is the largest square in the middle;
            ``squash`` is the whole image, its proportions lost.

    Raises:
        UserError: another word.
    """
    if how == "squash":
        return Frame(0, 0, width, height)
    if how == "crop":
        side = min(height, width)
    elif how == "pad":
        side = 1 << (max(height, width) - 1).bit_length()
    else:
        raise UserError(f"fit: '{how}' is not a way to fit images{near_miss(how, FITS)}")
    left, top = (width - side) // 2, (height - side) // 2
    return Frame(left, top, left + side, top + side)
