"""Decode one image file, safely, to one size."""

import io
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps

from mneme.data.resize import crop_box
from mneme.errors import UserError

# Formats that hold plain images; others can start interpreters (EPS) or need plugins.
KINDS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
GREY = {"1", "L", "LA", "La", "I;16", "I;16B", "I;16L"}


def decode(content: bytes, name: str, size: int, how: str, channels: int | None) -> tuple[np.ndarray, bool]:
    """Decode an image and bring it to one size; arguments and errors as of :func:`opened` and :func:`fitted`.

    Returns:
        uint8 [1 or 3, size, size], and whether the file itself is grey.
    """
    picture, grey = opened(content, name, channels)
    return fitted(picture, name, size, how), grey


def opened(content: bytes, name: str, channels: int | None) -> tuple[Image.Image, bool]:
    """Decode an image and rotate it as its EXIF says.

    Args:
        content: bytes of a JPEG, PNG, WebP, BMP, GIF (its first frame), TIFF or PPM file.
        name: of the file, for messages.
        channels: 1 converts to grey; 3 or ``None`` to RGB. What is transparent is laid over white, as viewers show it.

    Returns:
        The picture, and whether the file itself is grey.

    Raises:
        UserError: not an image of a known format, truncated, a decompression bomb, or of pixels without a known range.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", category=UserWarning)  # odd EXIF or palette: the pixels are fine
            with Image.open(io.BytesIO(content), formats=KINDS) as picture:
                picture.load()
                kind = picture.format
                picture = ImageOps.exif_transpose(picture)
                grey = picture.mode in GREY
                return _on_white(_eight_bit(picture, name, kind)).convert("L" if channels == 1 else "RGB"), grey
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(
            f"{name}: more than {Image.MAX_IMAGE_PIXELS} pixels, refused as a decompression bomb; remove or shrink it"
        ) from error
    except (OSError, SyntaxError, TypeError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise UserError(
            f"{name}: not a whole picture of a known kind ({', '.join(KINDS)}); replace or remove it"
        ) from error


def fitted(picture: Image.Image, name: str, size: int, how: str) -> np.ndarray:
    """Crop or pad a picture, and resize it (bilinear, antialiased).

    Args:
        size: side of the result, in pixels.
        how: ``pad``, ``crop`` or ``squash``, see :func:`mneme.data.resize.crop_box`.

    Returns:
        uint8 [1 or 3, size, size].

    Raises:
        UserError: the picture is too long to pad.
    """
    box = crop_box(picture.height, picture.width, how)
    if (box.right - box.left) * (box.bottom - box.top) > Image.MAX_IMAGE_PIXELS:  # a line of 1 x 65,535, say
        raise UserError(f"{name}: {picture.width} x {picture.height} pixels are too long to pad; crop or remove it")
    cropped = picture.crop(box)  # black where it reaches outside
    pixels = np.asarray(cropped.resize((size, size), Image.Resampling.BILINEAR))
    return pixels.reshape(size, size, -1).transpose(2, 0, 1)


def _eight_bit(picture: Image.Image, name: str, kind: str) -> Image.Image:
    """Scale 16-bit grey images to 8 bits (PIL's own conversion clips values above 255); what is transparent is white.

    Raises:
        UserError: 32 bits a pixel, of which no file says the range, or Lab colours, which PIL does not convert.
    """
    if picture.mode.startswith("I;16") or (picture.mode == "I" and kind == "PPM"):  # whose range PIL makes 0 to 65,535
        pixels = np.asarray(picture)
        clear = pixels == picture.info.get("transparency", -1)
        return Image.fromarray(np.where(clear, 255, pixels >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise UserError(f"{name}: 32 bits a pixel, of unknown range; save it with 8 or 16 bits, or remove it")
    if picture.mode == "LAB":
        raise UserError(f"{name}: Lab colours, which are not converted; save it as RGB or grey, or remove it")
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """A picture whose transparent parts, if any, show white."""
    if not picture.has_transparency_data:
        return picture
    whole = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole)
