from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from shared.errors import MediaError
from shared.media.captions import Caption
from shared.media.conform import conform
from shared.media.ffmpeg import run_ffmpeg
from shared.media.formats import CutFormat
from shared.media.merge import CutInput, merge

Clips = Callable[[str], Path]
Speech = Callable[..., Path]
Segments = Callable[[str, int], Path]

WORDS = "A small red fox hears a bell."


@pytest.fixture
def segments(clips: Clips, cut: CutFormat, tmp_path: Path) -> Segments:
    def segment(name: str, frames: int) -> Path:
        path = tmp_path / f"{name}-{frames}.mp4"
        conform(clips(name), path, cut, frames)
        return path

    return segment


@pytest.fixture
def scenes(segments: Segments, speech: Speech) -> list[CutInput]:
    """Four scenes out of four different sources; the third is silent."""
    return [
        CutInput(segments("segment.mp4", 24), 24, speech(0.8), WORDS),
        CutInput(segments("hevc_ten_bit.mp4", 17), 17, speech(0.6, level=0.02, kind="mp3"), WORDS),
        CutInput(segments("turned.mp4", 31), 31, None, ""),
        CutInput(segments("odd_rate.mp4", 24), 24, speech(3.0, level=0.7), "It ends."),
    ]


def decode_strictly(path: Path) -> str:
    """Decode everything; the log is empty when there was nothing to complain about."""
    outputs = ("-map", "0:v", "-map", "0:a", "-f", "null", "-")
    return run_ffmpeg(["-f", "mp4", "-err_detect", "explode", "-i", path, *outputs], timeout_seconds=60)


def loudness(path: Path, start: float, seconds: float) -> float:
    """Root mean square of a stretch of the sound, in dB below full scale."""
    with av.open(str(path), format="mp4") as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        samples = array("f")
        for frame in container.decode(audio=0):
            for mono in resampler.resample(frame):
                samples.frombytes(bytes(mono.planes[0])[: mono.samples * 4])
    heard = samples[int(start * 48_000) : int((start + seconds) * 48_000)]
    power = sum(sample * sample for sample in heard) / len(heard)
    return 10 * math.log10(max(power, 1e-12))


def test_a_cut_of_clips_of_every_kind_plays_without_a_fault(
    scenes: list[CutInput], cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.mp4"
    info = merge(scenes, output, cut=cut, captions="soft", work_dir=work_dir).info
    assert decode_strictly(output) == ""
    assert (info.frames, info.declared_frames) == (96, 96)
    assert (info.start, info.duration) == (Fraction(0), Fraction(4))
    assert info.constant_rate
    assert info.in_order
    assert info.index_first
    assert info.audio is not None
    assert info.audio.start == 0
    assert abs(info.audio.end - 4) <= Fraction(1, 24)
    assert info.captions is not None
    assert (info.captions.codec, info.captions.language) == ("mov_text", "eng")


def test_every_picture_is_at_its_own_time(
    scenes: list[CutInput], cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.mp4"
    merge(scenes, output, cut=cut, captions="off", work_dir=work_dir)
    with av.open(str(output), format="mp4") as container:
        times = [frame.pts for frame in container.decode(video=0)]
    assert times == [512 * number for number in range(96)]


def test_the_pictures_are_the_segments_own(
    scenes: list[CutInput], cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.mp4"
    merge(scenes, output, cut=cut, captions="soft", work_dir=work_dir)

    def planes(path: Path) -> list[bytes]:
        with av.open(str(path), format="mp4") as container:
            return [bytes(frame.planes[0]) for frame in container.decode(video=0)]

    assert planes(output) == [plane for scene in scenes for plane in planes(scene.segment)]


@pytest.mark.parametrize("captions", ["off", "soft", "burned"])
def test_the_same_inputs_give_the_same_bytes(
    scenes: list[CutInput], cut: CutFormat, tmp_path: Path, captions: str
) -> None:
    files = []
    for attempt in ("first", "second"):
        folder = tmp_path / attempt
        folder.mkdir()
        output = folder / "cut.mp4"
        merge(scenes, output, cut=cut, captions=captions, work_dir=folder, title="The fox")  # type: ignore[arg-type]
        files.append(output.read_bytes())
    assert files[0] == files[1]


def test_voices_are_equally_loud_and_stay_in_their_scenes(
    scenes: list[CutInput], cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.mp4"
    merge(scenes, output, cut=cut, captions="off", work_dir=work_dir)
    first, second, silent = (
        loudness(output, 0.1, 0.5),
        loudness(output, 1.1, 0.4),
        loudness(output, 1.75, 1.2),
    )
    last, end = loudness(output, 3.05, 0.5), loudness(output, 3.98, 0.02)
    assert first == pytest.approx(second, abs=1.5)
    assert first == pytest.approx(last, abs=1.5)
    assert silent < -60
    assert end < last - 15  # too long even when spoken faster: faded out


def test_a_cut_without_any_voice_has_a_silent_track(
    segments: Segments, cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.mp4"
    pieces = [CutInput(segments("segment.mp4", 24), 24, None, WORDS)]
    merged = merge(pieces, output, cut=cut, captions="soft", work_dir=work_dir)
    assert merged.info.has_audio
    assert loudness(output, 0, 1) < -100
    assert merged.captions == [Caption(0, 1000, WORDS)]


def test_soft_captions_say_what_was_said_whatever_it_is(
    segments: Segments, cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    hostile = '1 < 2 & {\\an8}<b>bold</b> --> \\N it\'s "so"'
    output, read_back = tmp_path / "cut.mp4", tmp_path / "captions.vtt"
    pieces = [CutInput(segments("segment.mp4", 24), 24, None, hostile)]
    merge(pieces, output, cut=cut, captions="soft", work_dir=work_dir)
    run_ffmpeg(["-f", "mp4", "-i", output, "-map", "0:s", "-f", "srt", read_back], timeout_seconds=60)
    text = read_back.read_text(encoding="utf-8").replace("\u2060", "")
    assert "1 < 2 & " in text
    assert "<b>bold</b>" in text
    assert "an8" in text


def test_a_scene_without_words_has_no_captions_track(
    segments: Segments, cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    pieces = [CutInput(segments("segment.mp4", 24), 24, None, "")]
    merged = merge(pieces, tmp_path / "cut.mp4", cut=cut, captions="soft", work_dir=work_dir)
    assert merged.captions_mode == "off"
    assert merged.info.captions is None


def test_burned_captions_are_in_the_picture(
    segments: Segments, cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    segment = segments("segment.mp4", 24)
    darkest = {}
    for words in ("WWWWWWWWWWWWWWW", "{\\alpha&HFF&}WWWWWWW"):
        output = tmp_path / "cut.mp4"
        merged = merge(
            [CutInput(segment, 24, None, words)], output, cut=cut, captions="burned", work_dir=work_dir
        )
        assert merged.captions_mode == "burned"
        assert merged.info.captions is None
        darkest[words] = difference(segment, output)
    assert all(changed > 300 for changed in darkest.values())


def difference(first: Path, second: Path) -> int:
    """How many pixels of the twelfth pictures' lower quarter differ strongly."""
    planes = []
    for path in (first, second):
        with av.open(str(path), format="mp4") as container:
            picture = list(container.decode(video=0))[12].reformat(320, 180, format="gray")
        planes.append(bytes(picture.planes[0])[320 * 135 :])
    return sum(abs(one - other) > 60 for one, other in zip(*planes, strict=True))


def test_words_that_the_font_lacks_are_never_burned_as_boxes(
    segments: Segments, cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    pieces = [CutInput(segments("segment.mp4", 24), 24, None, "狐は鐘の音を聞いた。")]
    merged = merge(pieces, tmp_path / "cut.mp4", cut=cut, captions="burned", work_dir=work_dir)
    assert merged.captions_mode == "soft"
    assert merged.info.captions is not None


def test_a_title_is_kept_as_it_is(segments: Segments, cut: CutFormat, work_dir: Path, tmp_path: Path) -> None:
    output = tmp_path / "cut.mp4"
    title = '-i \'The "fox"; and=the\nbell'
    pieces = [CutInput(segments("segment.mp4", 24), 24, None, "")]
    merge(pieces, output, cut=cut, captions="off", work_dir=work_dir, title=title)
    with av.open(str(output), format="mp4") as container:
        assert container.metadata["title"] == '-i \'The "fox"; and=the bell'
        assert not {"creation_time", "encoder"} & container.metadata.keys()


def test_a_path_with_quotes_and_spaces_is_read(
    segments: Segments, speech: Speech, cut: CutFormat, tmp_path: Path
) -> None:
    folder = tmp_path / "it's: a 'place', [with] names;"
    folder.mkdir()
    pieces = []
    for name in ("a'b.mp4", "%d c.mp4"):
        (folder / name).write_bytes(segments("segment.mp4", 24).read_bytes())
        pieces.append(CutInput(folder / name, 24, speech(0.8), WORDS))
    for captions in ("soft", "burned"):
        merged = merge(pieces, folder / "o'ut.mp4", cut=cut, captions=captions, work_dir=folder)
        assert merged.info.frames == 48


@pytest.mark.parametrize(
    "name",
    [
        "plain.mp4", "audio.mp4", "hevc_ten_bit.mp4", "turned.mp4", "odd_size.mp4", "other_timescale.mp4",
        "truncated.mp4", "playlist.mp4", "list.mp4", "empty.mp4", "long.mp4",
    ],
)  # fmt: skip
def test_a_clip_that_was_not_conformed_is_never_merged(
    clips: Clips, segments: Segments, cut: CutFormat, work_dir: Path, tmp_path: Path, name: str
) -> None:
    good = segments("segment.mp4", 24)
    pieces = [CutInput(good, 24, None, ""), CutInput(clips(name), 24, None, ""), CutInput(good, 24, None, "")]
    with pytest.raises(MediaError):
        merge(pieces, tmp_path / "cut.mp4", cut=cut, captions="off", work_dir=work_dir)
    assert not (tmp_path / "cut.mp4").exists()


def test_a_missing_segment_is_refused(cut: CutFormat, work_dir: Path, tmp_path: Path) -> None:
    pieces = [CutInput(tmp_path / "missing.mp4", 24, None, "")]
    with pytest.raises(MediaError, match="does not exist"):
        merge(pieces, tmp_path / "cut.mp4", cut=cut, captions="off", work_dir=work_dir)


def test_a_narration_that_is_no_sound_is_refused(
    segments: Segments, clips: Clips, cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    pieces = [CutInput(segments("segment.mp4", 24), 24, clips("page.mp4"), "")]
    with pytest.raises(MediaError, match="neither WAV nor MP3"):
        merge(pieces, tmp_path / "cut.mp4", cut=cut, captions="off", work_dir=work_dir)


def test_a_video_without_scenes_is_refused(cut: CutFormat, work_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="at least one scene"):
        merge([], tmp_path / "cut.mp4", cut=cut, captions="off", work_dir=work_dir)


def test_many_scenes_of_odd_lengths_do_not_drift(
    segments: Segments, speech: Speech, cut: CutFormat, work_dir: Path, tmp_path: Path
) -> None:
    lengths = [7, 11, 13, 5, 23, 1] * 6
    pieces = [CutInput(segments("segment.mp4", length), length, speech(0.2), WORDS) for length in lengths]
    output = tmp_path / "cut.mp4"
    info = merge(pieces, output, cut=cut, captions="soft", work_dir=work_dir).info
    assert info.frames == sum(lengths)
    assert info.audio is not None
    assert abs(info.audio.end - info.duration) <= Fraction(1, 24)
    assert decode_strictly(output) == ""
