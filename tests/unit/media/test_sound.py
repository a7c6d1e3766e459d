from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from shared.errors import MediaError
from shared.media.sound import MAX_TEMPO, TARGET_LUFS, Narration, SoundPiece, measure

Speech = Callable[..., Path]


def narration(seconds: float, loudness: float | None = -20.0) -> Narration:
    return Narration(Path("voice.wav"), "wav", Fraction(seconds), loudness)


@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_a_quiet_voice_is_raised_and_a_loud_one_lowered(speech: Speech, kind: str) -> None:
    quiet, loud = measure(speech(1.5, level=0.05, kind=kind)), measure(speech(1.5, level=0.8, kind=kind))
    assert quiet.loudness is not None
    assert loud.loudness is not None
    assert loud.loudness - quiet.loudness == pytest.approx(24.1, abs=0.5)
    assert quiet.gain_db > 0 > loud.gain_db
    assert loud.loudness + loud.gain_db == pytest.approx(TARGET_LUFS)


def test_silence_is_not_raised(speech: Speech) -> None:
    assert measure(speech(1.0, level=0.0)).loudness is None
    assert measure(speech(1.0, level=0.0)).gain_db == 0.0


def test_a_very_short_sound_is_measured_as_silence(speech: Speech) -> None:
    assert measure(speech(0.1)).gain_db == 0.0


def test_a_voice_that_fits_keeps_its_tempo() -> None:
    piece = SoundPiece(120, narration(4))
    assert piece.tempo == 1
    assert piece.spoken_ms == 4000


def test_a_voice_a_little_too_long_is_spoken_faster() -> None:
    piece = SoundPiece(120, narration(6))
    assert piece.tempo == Fraction(6, 5)
    assert piece.spoken_ms == 5000


def test_a_voice_far_too_long_is_sped_up_to_the_limit_and_ends_with_its_scene() -> None:
    piece = SoundPiece(120, narration(20))
    assert piece.tempo == MAX_TEMPO
    assert piece.spoken_ms == 5000


def test_a_scene_without_a_voice_speaks_no_time() -> None:
    assert SoundPiece(120, None).spoken_ms is None


def test_a_damaged_sound_is_refused(speech: Speech, tmp_path: Path) -> None:
    path = tmp_path / "part.wav"
    path.write_bytes(speech(1.5).read_bytes()[:20_000])
    with pytest.raises(MediaError):
        measure(path)
