"""Still images from outside: checked by their bytes, turned upright, freed of everything but the picture.

What comes back is always encoded anew, so that no metadata (a phone's position among it), no trailing
archive and no damaged block travels on.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from PIL import Image, ImageCms, ImageFilter, ImageOps, ImageStat

from shared.errors import MediaError, PayloadTooLarge, UnsupportedMedia
from shared.media.models import Picture, PictureType

MAX_BYTES = 20 * 1024 * 1024
MAX_IMAGE_PIXELS = 24_000_000
"""A compressed picture can be a thousand times as large in memory: 13000² pixels fit into 20 KB of PNG."""
MAX_SCANS = 100
"""Of a JPEG. A progressive one has about ten; each fits into 42 bytes, and works over the whole picture."""
MIN_SIDE = 16
MAX_SIDE = 12_000

# Pillow refuses by this number while it opens a file, whoever opens it.
Image.MAX_IMAGE_PIXELS = MAX_IMAGE_PIXELS

_JPEG_QUALITY = 92
_BLUR_SHARE = 24
"""The background's blur radius is the longer side divided by this."""
_BACKGROUND_LIGHT = 0.55
_NEAR = Fraction(1, 200)
"""Half a percent off the ratio is a rounding, not bars."""

_BROKEN = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError),
    *(struct.error, zlib.error),
)
"""What Pillow raises over a broken file."""

_SIGNATURES: dict[PictureType, tuple[str, bytes]] = {
    "image/png": ("PNG", b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": ("JPEG", b"\xff\xd8\xff"),
    "image/webp": ("WEBP", b"RIFF"),
}
_WEBP_MARK = slice(8, 12)

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7\x01])", re.DOTALL)
"""Of a JPEG: what begins a segment, none of which stands within the data of a scan."""
_START_OF_SCAN = b"\xda"
_END_OF_IMAGE = b"\xd9"


def read_picture(content: bytes, *, max_bytes: int = MAX_BYTES) -> Picture:
    """A picture from outside, encoded anew: PNG stays PNG (transparency is kept), others become JPEG.

    Raises PayloadTooLarge over `max_bytes`, UnsupportedMedia for anything but PNG, JPEG and WebP, and
    MediaError for a picture that is damaged, over `MAX_IMAGE_PIXELS` or of a senseless size.
    """
    if len(content) > max_bytes:
        raise PayloadTooLarge("The picture is too large.", details={"maxBytes": max_bytes})
    kind = picture_type(content)
    image = _decode(content, kind)
    return _encode(image, "image/png" if kind == "image/png" or _has_alpha(image) else "image/jpeg")


def picture_type(content: bytes) -> PictureType:
    """The type, off the first bytes. UnsupportedMedia for anything else, whatever its name says."""
    for kind, (_, signature) in _SIGNATURES.items():
        if content.startswith(signature) and (kind != "image/webp" or content[_WEBP_MARK] == b"WEBP"):
            return kind
    raise UnsupportedMedia("The picture is neither PNG nor JPEG nor WebP.")


def size_of(picture: Picture) -> tuple[int, int]:
    """Width and height in pixels."""
    with Image.open(io.BytesIO(picture.content)) as image:
        return image.size


def pad_to_ratio(content: bytes, ratio: Fraction) -> Picture:
    """The whole picture on a canvas of the ratio (width over height), never cropped.

    The sides are filled with the picture itself, large, blurred and darkened. Errors as `read_picture`.
    """
    kind = picture_type(content)
    image = _flat(_decode(content, kind))
    width, height = image.size
    shape = Fraction(width, height)
    if abs(shape / ratio - 1) <= _NEAR:
        return _encode(image, "image/png" if kind == "image/png" else "image/jpeg")
    canvas = (round(height * ratio), height) if shape < ratio else (width, round(width / ratio))
    if canvas[0] * canvas[1] > MAX_IMAGE_PIXELS:
        scale = Fraction(MAX_IMAGE_PIXELS, canvas[0] * canvas[1]) ** Fraction(1, 2)
        canvas = (int(canvas[0] * scale), int(canvas[1] * scale))
        image = ImageOps.contain(image, canvas, Image.Resampling.LANCZOS)
    padded = _backdrop(image, canvas)
    padded.paste(image, ((canvas[0] - image.width) // 2, (canvas[1] - image.height) // 2))
    return _encode(padded, "image/png" if kind == "image/png" else "image/jpeg")


def _decode(content: bytes, kind: PictureType) -> Image.Image:
    """Decode fully, turn upright as EXIF says, bring to sRGB: RGB, or RGBA where it is transparent."""
    with _hostile_input():
        image = Image.open(io.BytesIO(content), formats=[_SIGNATURES[kind][0]])
        _check_size(image)
        if kind == "image/jpeg":
            _check_scans(content)
        image.load()
        upright = _upright(image)
        plain = _to_srgb(upright).convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.info.clear()
    return plain


def _upright(image: Image.Image) -> Image.Image:
    """Turned as it was held, if it says so. Metadata that cannot be read says nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except _BROKEN:
        return image


@contextmanager
def _hostile_input() -> Iterator[None]:
    """Pillow's limit set low, its warning made an error, and all that a broken file makes it raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning)  # of damaged metadata, which is dropped
        try:
            yield
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as exc:
            raise _too_many_pixels() from exc
        except _BROKEN as exc:
            raise MediaError("The picture is damaged.") from exc


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_IMAGE_PIXELS:
        raise _too_many_pixels()
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
        raise MediaError(
            f"The picture's size of {width}×{height} pixels cannot be used.",
            details={"minSide": MIN_SIDE, "maxSide": MAX_SIDE},
        )


def _check_scans(content: bytes) -> None:
    """Refuse a JPEG of very many scans before the first is decoded."""
    scans, at = 0, 2
    while (found := _MARKER.search(content, at)) is not None and found[1] != _END_OF_IMAGE:
        at = found.end()
        if found[1] == _START_OF_SCAN:
            scans += 1
        if scans > MAX_SCANS:
            raise MediaError("The picture has too many scans.", details={"maxScans": MAX_SCANS})
        at += int.from_bytes(content[at : at + 2], "big")


def _too_many_pixels() -> MediaError:
    return MediaError("The picture has too many pixels.", details={"maxPixels": MAX_IMAGE_PIXELS})


def _to_srgb(image: Image.Image) -> Image.Image:
    """Colours as sRGB, if the picture says in which space its own are (a phone's are often Display P3)."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "L", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return image  # a profile that cannot be read says nothing: players and browsers take sRGB
    return converted or image


def _has_alpha(image: Image.Image) -> bool:
    return image.mode == "RGBA"


def _flat(image: Image.Image) -> Image.Image:
    """Without transparency: on white, as browsers show it."""
    if not _has_alpha(image):
        return image
    background = Image.new("RGB", image.size, "white")
    background.paste(image, mask=image.getchannel("A"))
    return background


def _backdrop(image: Image.Image, canvas: tuple[int, int]) -> Image.Image:
    """The picture enlarged over the canvas, blurred and darkened. Worked out small, where a blur is cheap."""
    small = (max(1, canvas[0] // 8), max(1, canvas[1] // 8))
    filled = ImageOps.fit(image, small, Image.Resampling.BILINEAR)
    blurred = filled.filter(ImageFilter.GaussianBlur(max(small) / _BLUR_SHARE))
    average = tuple(round(value * _BACKGROUND_LIGHT) for value in ImageStat.Stat(image).mean)
    shade = Image.new("RGB", small, average)
    darkened = Image.blend(blurred.point(lambda value: value * _BACKGROUND_LIGHT), shade, 0.35)
    return darkened.resize(canvas, Image.Resampling.BICUBIC)


def _encode(image: Image.Image, kind: PictureType) -> Picture:
    if kind == "image/jpeg":
        return Picture(_jpeg(_flat(image)), kind)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return Picture(buffer.getvalue(), "image/png")


def _jpeg(image: Image.Image) -> bytes:
    # Neither progressive nor optimized: for those Pillow needs a buffer that it makes too small for noise.
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
