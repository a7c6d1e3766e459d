from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from shared.errors import MediaError
from shared.media.ffmpeg import run_ffmpeg
from shared.media.formats import SEGMENT_ENCODER
from shared.media.stills import poster, preview

Clips = Callable[[str], Path]


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second each of red, green and blue, 640 pixels wide."""
    path = tmp_path_factory.mktemp("stills") / "colours.mp4"
    sources: list[str] = []
    for colour in ("red", "lime", "blue"):
        sources += ["-f", "lavfi", "-i", f"color={colour}:size=640x360:rate=24:duration=1"]
    run_ffmpeg([*sources, "-filter_complex", "concat=n=3", *SEGMENT_ENCODER, path], timeout_seconds=60)
    return path


@pytest.mark.parametrize(
    ("at", "strongest"),
    [(Fraction(0), 0), (Fraction(23, 24), 0), (Fraction(1), 1), (None, 1), (Fraction(71, 24), 2)],
)
def test_a_poster_shows_the_picture_of_its_moment(
    colours: Path, tmp_path: Path, at: Fraction | None, strongest: int
) -> None:
    output = tmp_path / "poster.jpg"
    poster(colours, at, output)
    with Image.open(output) as image:
        assert (image.format, image.size) == ("JPEG", (640, 360))
        pixel = image.getpixel((320, 180))
    assert isinstance(pixel, tuple)
    assert max(range(3), key=pixel.__getitem__) == strongest


@pytest.mark.parametrize("at", [Fraction(3), Fraction(-1)])
def test_a_moment_outside_of_the_video_is_refused(colours: Path, tmp_path: Path, at: Fraction) -> None:
    with pytest.raises(MediaError, match="outside"):
        poster(colours, at, tmp_path / "poster.jpg")


def test_a_preview_moves_through_the_video(colours: Path, tmp_path: Path) -> None:
    output = tmp_path / "preview.webp"
    preview(colours, output)
    with Image.open(output) as image:
        assert (image.format, image.size) == ("WEBP", (480, 270))
        assert getattr(image, "n_frames", 1) == 3  # a key frame each second
        shown = []
        for number in range(3):
            image.seek(number)
            pixel = image.convert("RGB").getpixel((240, 135))
            assert isinstance(pixel, tuple)
            shown.append(max(range(3), key=pixel.__getitem__))
    assert shown == [0, 1, 2]


def test_a_preview_is_never_larger_than_the_video(clips: Clips, tmp_path: Path) -> None:
    preview(clips("segment.mp4"), tmp_path / "preview.webp")
    with Image.open(tmp_path / "preview.webp") as image:
        assert image.size == (320, 180)


@pytest.mark.parametrize("name", ["playlist.mp4", "sound_only.mp4", "empty.mp4"])
def test_what_is_no_video_has_no_stills(clips: Clips, tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaError):
        poster(clips(name), None, tmp_path / "poster.jpg")
    with pytest.raises(MediaError):
        preview(clips(name), tmp_path / "preview.webp")
