from __future__ import annotations

import io
import random
import struct
import zlib
from fractions import Fraction

import pytest
from PIL import Image, ImageCms

from shared.errors import MediaError, PayloadTooLarge, StoryreelError, UnsupportedMedia
from shared.media.models import Picture
from shared.media.pictures import pad_to_ratio, picture_type, read_picture


def image_bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(size: tuple[int, int] = (64, 48), kind: str = "PNG", color: str = "teal") -> bytes:
    return image_bytes(Image.new("RGB", size, color), kind)


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.content))


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(3).randbytes(size[0] * size[1] * 3))


@pytest.mark.parametrize(
    ("kind", "taken", "given_back"),
    [
        ("PNG", "image/png", "image/png"),
        ("JPEG", "image/jpeg", "image/jpeg"),
        ("WEBP", "image/webp", "image/jpeg"),
    ],
)
def test_a_picture_is_known_by_its_bytes(kind: str, taken: str, given_back: str) -> None:
    assert picture_type(plain(kind=kind)) == taken
    picture = read_picture(plain(kind=kind))
    assert picture.content_type == given_back
    assert opened(picture).size == (64, 48)


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", b"%PDF-1.7", b"RIFF\x00\x00\x00\x00WAVE", plain(kind="GIF"), plain(kind="BMP")],
)
def test_other_types_are_unsupported(content: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        read_picture(content)


def test_a_picture_over_the_limit_is_too_large() -> None:
    with pytest.raises(PayloadTooLarge):
        read_picture(plain(), max_bytes=10)


def test_a_small_file_with_very_many_pixels_is_refused_unread() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 13_000, 13_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(MediaError, match="too many pixels"):
        read_picture(bomb)


@pytest.mark.parametrize("size", [(8, 8), (13_000, 16)])
def test_a_senseless_size_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(MediaError, match="cannot be used"):
        read_picture(plain(size))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    content = image_bytes(noise((64, 64)), kind)
    with pytest.raises(MediaError, match="damaged"):
        read_picture(content[: len(content) // 2])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_damaged_picture_is_refused_by_our_own_errors_only(kind: str) -> None:
    content = image_bytes(noise((48, 48)), kind)
    chance = random.Random(11)
    for _ in range(40):
        broken = bytearray(content)
        for _ in range(6):
            broken[chance.randrange(12, len(broken))] = chance.randrange(256)
        try:
            read_picture(bytes(broken))
        except StoryreelError:
            continue


def test_a_photograph_is_turned_upright_and_loses_its_metadata() -> None:
    image = Image.new("RGB", (60, 40), "black")
    image.paste("red", (0, 0, 20, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter clockwise
    exif[0x010F] = "a maker"
    picture = read_picture(image_bytes(image, "JPEG", exif=exif, comment=b"secret", quality=95))
    shown = opened(picture)
    assert shown.size == (40, 60)
    assert b"a maker" not in picture.content
    assert b"secret" not in picture.content
    top = shown.convert("RGB").getpixel((20, 5))
    assert isinstance(top, tuple)
    assert top[0] > 200


def test_what_follows_the_picture_is_dropped() -> None:
    assert b"PK\x03\x04" not in read_picture(plain() + b"PK\x03\x04" * 10).content


def test_a_colour_profile_is_applied_and_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for content in (profile, b"no profile"):
        read = opened(
            read_picture(image_bytes(Image.new("RGB", (32, 32), "teal"), "PNG", icc_profile=content))
        )
        assert "icc_profile" not in read.info
        assert read.getpixel((5, 5)) is not None


def test_transparency_is_kept_in_png() -> None:
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    assert opened(read_picture(image_bytes(image, "PNG"))).mode == "RGBA"
    assert read_picture(image_bytes(image, "WEBP")).content_type == "image/png"


@pytest.mark.parametrize("ratio", [Fraction(16, 9), Fraction(9, 16), Fraction(1), Fraction(1584, 672)])
def test_a_padded_picture_has_the_ratio_and_the_whole_picture(ratio: Fraction) -> None:
    image = Image.new("RGB", (300, 200), "white")
    for corner in ((0, 0), (290, 0), (0, 190), (290, 190)):
        image.paste("red", (*corner, corner[0] + 10, corner[1] + 10))
    padded = opened(pad_to_ratio(image_bytes(image, "PNG"), ratio)).convert("RGB")
    assert abs(Fraction(*padded.size) / ratio - 1) < Fraction(1, 100)
    left, top = (padded.width - 300) // 2, (padded.height - 200) // 2
    assert padded.crop((left, top, left + 300, top + 200)).tobytes() == image.tobytes()


def test_a_picture_of_the_ratio_is_not_padded() -> None:
    assert opened(pad_to_ratio(plain((160, 90)), Fraction(16, 9))).size == (160, 90)


def test_a_long_picture_is_padded_within_the_limit_of_pixels() -> None:
    padded = opened(pad_to_ratio(plain((12_000, 40), "JPEG"), Fraction(9, 16)))
    assert padded.width * padded.height <= 24_000_000
    assert abs(Fraction(*padded.size) / Fraction(9, 16) - 1) < Fraction(1, 100)


def test_transparent_parts_become_white_where_they_must_be_filled() -> None:
    clear = image_bytes(Image.new("RGBA", (160, 90), (0, 0, 0, 0)), "PNG")
    assert opened(pad_to_ratio(clear, Fraction(16, 9))).convert("RGB").getpixel((80, 45)) == (255, 255, 255)
