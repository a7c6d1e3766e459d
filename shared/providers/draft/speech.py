"""The draft's narrator: an offline voice, at once and for nothing.

It speaks with espeak-ng, which is under the GPL and therefore only on a laptop. Where the voice is not
installed (on AWS), the narration is silence of the scene's length: the video is made all the same, and
`draft_voice_installed()` tells whoever describes it.
"""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import math
import subprocess
import sys
import wave
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from shared.assets.recipes import NarrationRecipe
from shared.errors import InvalidRequest, NotFound, ProviderBroken
from shared.providers.draft import espeak
from shared.providers.draft.language import ENGLISH, has_words, language_of
from shared.providers.draft.terms import DraftNarratorTerms
from shared.providers.ports import Cancellation, Capacity, Spoken, TaskStatus

SAMPLE_RATE = espeak.SAMPLE_RATE
CLOSING_PAUSE_MS = 250
"""Speech ends at least so long before its scene does."""

_FASTEST = 250  # words per minute; beyond this espeak slurs
_FIT_ATTEMPTS = 4
_TEXT_LIMIT = 5000  # characters; more than six minutes of speech
_WINDOW_LIMIT_MS = 600_000
_TIMEOUT_SECONDS = 20
_LEAD_IN_MS = 120
_SHORT_WINDOW_MS = 2000

_PEAK = 0.80  # of full scale
_LOUDNESS = 0.11  # rms of the speech, about -19 dBFS
_SILENCE = 0.004  # of full scale: what is trimmed from both ends
_WARMTH_HERTZ = 2600  # above this the voice is softened …
_WARMTH_LEFT = 0.55  # … to this share: 5 dB less of espeak's metallic edge
_FULL_SCALE = 32767

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Voice:
    """An espeak variant with the settings at which it sounds best. `rate` is in words per minute."""

    english: str
    variant: str
    rate: int
    pitch: int
    pitch_range: int
    word_gap: int = 0


_VOICES: dict[str, _Voice] = {
    "storyteller": _Voice("en-gb-x-rp", "m3", rate=152, pitch=40, pitch_range=58, word_gap=1),
    "companion": _Voice("en-us", "Annie", rate=156, pitch=40, pitch_range=52),
    "elder": _Voice("en-gb-scotland", "m1", rate=150, pitch=30, pitch_range=48, word_gap=1),
    "presenter": _Voice("en-us", "m3", rate=164, pitch=48, pitch_range=62),
    "child": _Voice("en-us", "f2", rate=160, pitch=66, pitch_range=62),
}


def draft_voice_installed() -> bool:
    """Whether the draft can speak here. Without it the draft's narrations are silent."""
    return importlib.util.find_spec("espeakng_loader") is not None


class DraftNarrator(DraftNarratorTerms):
    """Speaks at once, offline and free of charge; silent where the voice is not installed.

    The language follows the text's script (and, in Latin letters, its small words). Speech that would
    not fit its scene is spoken faster, up to 250 words per minute, and faded out where even that is not
    enough: it never runs into the next scene. The same recipe gives the same bytes.
    """

    @property
    def installed(self) -> bool:
        """Whether it can speak here, rather than be silent."""
        return draft_voice_installed()

    def capacity(self) -> Capacity:
        """As much as the machine can do."""
        return Capacity()

    def submit(self, recipe: NarrationRecipe) -> Spoken:
        """The finished speech as a mono WAV of 22,050 Hz, no longer than its window.

        Raises InvalidRequest for a voice that is not among `voices`, ProviderBroken when the voice's
        process dies.
        """
        voice = _VOICES.get(recipe.voice)
        if voice is None:
            raise InvalidRequest(
                f"The draft has no voice “{recipe.voice[:40]}”.", details={"voices": list(self.voices)}
            )
        window_ms = min(recipe.window_ms, _WINDOW_LIMIT_MS)
        samples = self._speech(voice, recipe.text, window_ms) if self.installed else None
        return Spoken(_wav(samples or array("h", bytes(2 * _samples(window_ms)))), "audio/wav", Decimal(0))

    def check(self, task_id: str) -> TaskStatus:
        """Never called for: speech comes at once. Raises NotFound."""
        raise NotFound(f"The draft has no narration task “{task_id[:40]}”.")

    def collect(self, task_id: str, into: Path) -> str:
        """Never called for: speech comes at once. Raises NotFound."""
        raise NotFound(f"The draft has no narration task “{task_id[:40]}” to write to {into.name}.")

    def cancel(self, task_id: str) -> Cancellation:  # noqa: ARG002 (speech comes at once)
        """Nothing to stop: speech comes at once."""
        return "over"

    def _speech(self, voice: _Voice, text: str, window_ms: int) -> array[int] | None:
        """The speech with its lead-in; None where there is nothing to say or no voice to say it."""
        text = " ".join(text[:_TEXT_LIMIT].replace("\0", " ").split())
        if not has_words(text) and not any(letter.isdigit() for letter in text):
            return None
        lead_in = _samples(_LEAD_IN_MS if window_ms >= _SHORT_WINDOW_MS else 0)
        room = max(_samples(window_ms - CLOSING_PAUSE_MS), _samples(window_ms) // 2) - lead_in
        speech = _fitted(voice, text, room)
        if not speech:
            return None
        return array("h", bytes(2 * lead_in)) + _finished(speech[:room])


def _fitted(voice: _Voice, text: str, room: int) -> array[int]:
    """The text in at most `room` samples if a rate up to the fastest allows it."""
    rate = voice.rate
    speech: array[int] = array("h")
    for _ in range(_FIT_ATTEMPTS):
        speech = _trimmed(_spoken(voice, text, rate, max_samples=room * 3 + SAMPLE_RATE))
        if len(speech) <= room or rate == _FASTEST:
            break
        rate = min(_FASTEST, max(rate + 4, math.ceil(rate * len(speech) / room)))
    return speech


def _spoken(voice: _Voice, text: str, rate: int, *, max_samples: int) -> array[int]:
    """The text as espeak speaks it; empty where its library cannot be loaded."""
    language = language_of(text)
    request = {
        "voice": f"{voice.english if language == ENGLISH else language}+{voice.variant}",
        "fallback": ENGLISH,
        "text": text,
        "rate": rate,
        "pitch": voice.pitch,
        "range": voice.pitch_range,
        "wordGap": voice.word_gap,
        "maxSamples": max_samples,
    }
    command = [sys.executable, "-I", str(Path(espeak.__file__))]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
            env={"LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired as exc:
        raise ProviderBroken("The draft's voice did not answer in time.", provider="draft") from exc
    if done.returncode == espeak.NO_LIBRARY:
        _log.warning("The draft's voice is installed but cannot be loaded; the narration is silent.")
        return array("h")
    if done.returncode != 0:
        raise ProviderBroken(f"The draft's voice ended with code {done.returncode}.", provider="draft")
    return _read_pcm(done.stdout)


def _read_pcm(content: bytes) -> array[int]:
    samples = array("h", content[: len(content) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _trimmed(samples: array[int]) -> array[int]:
    """Without the silence at both ends."""
    threshold = int(_SILENCE * _FULL_SCALE)
    loud = [n for n in range(0, len(samples), 32) if abs(samples[n]) > threshold]
    if not loud:
        return array("h")
    return samples[max(0, loud[0] - _samples(10)) : loud[-1] + _samples(30)]


def _finished(samples: array[int]) -> array[int]:
    """Softened above, brought to one loudness, and faded at both ends."""
    warm = _warmed(samples)
    rms = math.sqrt(sum(value * value for value in warm) / len(warm)) or 1.0
    peak = max(map(abs, warm)) or 1.0
    gain = min(_LOUDNESS * _FULL_SCALE / rms, _PEAK * _FULL_SCALE / peak)
    fade_in, fade_out = _samples(5), min(_samples(60), len(warm))
    for n in range(min(fade_in, len(warm))):
        warm[n] *= n / fade_in
    for n in range(fade_out):
        warm[-1 - n] *= n / fade_out
    return array("h", (round(value * gain) for value in warm))


def _warmed(samples: Iterable[int]) -> list[float]:
    """A one-pole high shelf: what lies above `_WARMTH_HERTZ` is kept in part only."""
    smoothing = 1 - math.exp(-2 * math.pi * _WARMTH_HERTZ / SAMPLE_RATE)
    low = 0.0
    warm = []
    for sample in samples:
        low += smoothing * (sample - low)
        warm.append(low + _WARMTH_LEFT * (sample - low))
    return warm


def _samples(milliseconds: int) -> int:
    return max(0, milliseconds) * SAMPLE_RATE // 1000


def _wav(samples: array[int]) -> bytes:
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return content.getvalue()
