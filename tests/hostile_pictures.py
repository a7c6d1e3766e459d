"""Files that somebody might send in the place of a picture, made here, and what is to become of each.

`REFUSED` are answered with an error of ours. `HARMLESS` are taken, and what is kept of them is the picture
alone: one frame, eight bits, upright, without `MARK`, which stands in each wherever text can hide.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from PIL import Image, ImageCms, PngImagePlugin

MARK = b"<script>alert(/hidden/)</script>"
SIZE = (60, 40)

Maker = Callable[[], bytes]


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *, depth: int = 8, colours: int = 2, data: bytes | None = None,
        before: bytes = b"", after: bytes = b"", interlaced: int = 0) -> bytes:  # fmt: skip
    """A PNG chunk by chunk: nothing has to fit together."""
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, interlaced)
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
    if data is None:
        line = b"\0" + bytes([90] * (-(-width * samples * depth // 8)))
        data = zlib.compress(line * height, 9)
    chunks = chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + after + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """An image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    """Red on the left third, black elsewhere: one sees which way it is turned."""
    image = Image.new("RGB", size, "black")
    image.paste("red", (0, 0, size[0] // 3, size[1]))
    return image.convert(mode)


def noise(size: tuple[int, int] = SIZE) -> Image.Image:
    """What no codec makes small."""
    return Image.frombytes("RGB", size, random.Random(5).randbytes(size[0] * size[1] * 3))


def turned(orientation: int) -> bytes:
    """A photograph that says how it was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = MARK.decode()
    return saved(plain(), "JPEG", exif=exif, quality=95)


def _located() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    exif[0x010F] = MARK.decode()
    return saved(plain(), "JPEG", exif=exif)


def _animated(kind: str) -> bytes:
    frames = [Image.new("RGB", SIZE, colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


def _with_text() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", MARK.decode())
    info.add_text("XML:com.adobe.xmp", MARK.decode(), zip=True)
    info.add_itxt("Title", MARK.decode(), "en", "Titel")
    return saved(plain(), "PNG", pnginfo=info)


def _jpeg_that_claims(width: int, height: int) -> bytes:
    content = bytearray(saved(plain(), "JPEG"))
    frame = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, frame + 5, height, width)
    return bytes(content)


def _webp_that_claims(width: int, height: int) -> bytes:
    canvas = (
        struct.pack("<I", 0x10)[:4] + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    )
    inner = b"VP8X" + struct.pack("<I", len(canvas)) + canvas
    body = b"WEBP" + inner + saved(plain("RGBA"), "WEBP", lossless=True)[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _many_scans() -> bytes:
    """A progressive JPEG whose last scan is repeated: each is worked over the whole picture."""
    content = saved(Image.new("RGB", (6000, 4000)), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * 20_000 + b"\xff\xd9"


def _profile(name: Literal["LAB", "sRGB"]) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def _interlaced() -> bytes:
    """16 by 16, in the seven passes of Adam7."""
    steps = ((8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2))
    lines = b"".join((b"\0" + bytes(3 * (16 // across))) * (16 // down) for across, down in steps)
    return png(16, 16, interlaced=1, data=zlib.compress(lines))


def _bomb(kind: bytes, head: bytes) -> bytes:
    """A chunk that is tiny, and 200 MB once it is decompressed."""
    packed = zlib.compressobj(9)
    text = b"".join([*(packed.compress(bytes(1 << 20)) for _ in range(200)), packed.flush()])
    return png(*SIZE, before=chunk(kind, head + text))


def _cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def _broken_data() -> bytes:
    content = bytearray(saved(noise(), "PNG"))
    at = content.index(b"IDAT") + 40
    content[at : at + 8] = bytes(8)
    return bytes(content)


def _svg(start: str = "") -> bytes:
    return f'{start}<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{MARK.decode()}</svg>'.encode()


REFUSED: dict[str, Maker] = {
    "nothing": lambda: b"",
    "a signature alone": lambda: b"\x89PNG\r\n\x1a\n",
    "a header alone": lambda: png(*SIZE)[:33],
    "png of 13,000 squared": lambda: png(13_000, 13_000, data=zlib.compress(bytes(1000))),
    "png of two thousand million": lambda: png(2**31 - 1, 1, data=zlib.compress(bytes(1000))),
    "png of the largest sides": lambda: png(2**31 - 1, 2**31 - 1, data=zlib.compress(b"")),
    "png that is really so large": lambda: png(12_000, 2_100, colours=0),
    "png without width": lambda: png(0, 40),
    "png of one pixel": lambda: png(1, 1),
    "png of one long line": lambda: png(12_001, 16),
    "jpeg that claims 65,500 squared": lambda: _jpeg_that_claims(65_500, 65_500),
    "webp that claims 16,383 squared": lambda: _webp_that_claims(16_383, 16_383),
    "png cut off": lambda: _cut(saved(noise(), "PNG"), 0.5),
    "jpeg cut off": lambda: _cut(saved(noise(), "JPEG"), 0.5),
    "webp cut off": lambda: _cut(saved(noise(), "WEBP"), 0.5),
    "png with broken data": _broken_data,
    "png with a bomb of text": lambda: _bomb(b"zTXt", b"Comment\0\0"),
    "png with a bomb of international text": lambda: _bomb(b"iTXt", b"Comment\0\1\0\0\0"),
    "png with a profile that is a bomb": lambda: _bomb(b"iCCP", b"profile\0\0"),
    "jpeg of twenty thousand scans": _many_scans,
    "svg with a script": _svg,
    "svg behind a mark of byte order": lambda: _svg("\ufeff \n"),
    "svg with an entity": lambda: _svg('<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "a page": lambda: b"<!doctype html>" + MARK,
    "a pdf": lambda: b"%PDF-1.7\n" + MARK,
    "an archive": lambda: b"PK\x03\x04" + bytes(100),
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 40\n(r) file\n",
    "a windows metafile": lambda: b"\xd7\xcd\xc6\x9a" + bytes(100),
    "a photoshop file": lambda: b"8BPS\0\1" + bytes(100),
    "gif": lambda: saved(plain(), "GIF"),
    "gif that is a script": lambda: b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//",
    "bmp": lambda: saved(plain(), "BMP"),
    "tiff": lambda: saved(plain(), "TIFF"),
    "icon": lambda: saved(plain("RGBA"), "ICO"),
    "jpeg 2000": lambda: saved(plain(), "JPEG2000"),
    "avif": lambda: saved(plain(), "AVIF"),
    "a sound in a riff": lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(20),
    "a video": lambda: b"\0\0\0\x18ftypisom" + bytes(100),
    "a signature behind a space": lambda: b" " + saved(plain(), "PNG"),
}  # fmt: skip

HARMLESS: dict[str, Maker] = {
    "png with an archive behind it": lambda: saved(plain(), "PNG") + b"PK\x03\x04" + MARK,
    "jpeg with a page behind it": lambda: saved(plain(), "JPEG") + b"<html>" + MARK,
    "jpeg with a script in its comment": lambda: saved(plain(), "JPEG", comment=MARK),
    "png with text of all kinds": _with_text,
    "png with a script before its data": lambda: png(*SIZE, before=chunk(b"tEXt", b"a\0" + MARK)),
    "png with an unknown chunk": lambda: png(*SIZE, before=chunk(b"prVt", MARK), after=chunk(b"prVt", MARK)),
    "webp with metadata": lambda: saved(plain(), "WEBP", exif=b"Exif\0\0" + MARK, xmp=MARK),
    **{f"jpeg held the way {way}": partial(turned, way) for way in range(1, 9)},
    "jpeg held in no way": lambda: turned(99),
    "jpeg that says where it was taken": _located,
    "jpeg with metadata that are none": lambda: saved(plain(), "JPEG", exif=b"Exif\0\0" + MARK),
    "jpeg with broken metadata": lambda: saved(
        plain(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + MARK
    ),
    "png that moves": lambda: _animated("PNG"),
    "webp that moves": lambda: _animated("WEBP"),
    "png that says it moves": lambda: png(*SIZE, before=chunk(b"acTL", struct.pack(">II", 10**6, 0))),
    "jpeg in four inks": lambda: saved(plain("CMYK"), "JPEG", quality=95),
    "grey jpeg": lambda: saved(plain("L"), "JPEG"),
    "jpeg of two pictures": lambda: saved(plain(), "MPO", save_all=True, append_images=[plain()]),
    "progressive jpeg": lambda: saved(noise(), "JPEG", progressive=True),
    "grey png of sixteen bits": lambda: png(*SIZE, depth=16, colours=0),
    "png of sixteen bits": lambda: png(*SIZE, depth=16, colours=2),
    "png of sixteen bits and transparency": lambda: png(*SIZE, depth=16, colours=6),
    "png of one bit": lambda: saved(plain("1"), "PNG"),
    "png of a palette": lambda: saved(plain("P"), "PNG", transparency=0),
    "png without its palette": lambda: png(*SIZE, colours=3),
    "grey png with transparency": lambda: saved(plain("LA"), "PNG"),
    "interlaced png": _interlaced,
    "png with a profile that is none": lambda: saved(plain(), "PNG", icc_profile=MARK),
    "jpeg with a profile that is none": lambda: saved(plain(), "JPEG", icc_profile=MARK * 10),
    "jpeg with a profile of another space": lambda: saved(plain(), "JPEG", icc_profile=_profile("LAB")),
    "grey jpeg with a profile of colours": lambda: saved(plain("L"), "JPEG", icc_profile=_profile("sRGB")),
    "the largest that is taken": lambda: png(6_000, 4_000, colours=0),
}  # fmt: skip
