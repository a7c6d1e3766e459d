from __future__ import annotations

import io
import math
import sys
import wave
from array import array
from decimal import Decimal

import pytest

from shared.assets.recipes import NarrationRecipe
from shared.errors import InvalidRequest, NotFound
from shared.providers.draft.language import language_of
from shared.providers.draft.speech import SAMPLE_RATE, DraftNarrator, draft_voice_installed

SENTENCE = "Once upon a time, a small fox lived at the edge of a snowy forest."


def speak(text: str = SENTENCE, *, window_ms: int = 7000, voice: str = "storyteller") -> array[int]:
    """The samples that the narrator answers with."""
    return samples(spoken(text, window_ms=window_ms, voice=voice))


def spoken(text: str = SENTENCE, *, window_ms: int = 7000, voice: str = "storyteller") -> bytes:
    recipe = NarrationRecipe(
        provider="draft", model=DraftNarrator.model, text=text, voice=voice, window_ms=window_ms
    )
    answer = DraftNarrator().submit(recipe)
    assert answer.content_type == "audio/wav"
    assert answer.cost_usd == DraftNarrator().price(recipe) == Decimal(0)
    return answer.content


def samples(content: bytes) -> array[int]:
    with wave.open(io.BytesIO(content), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE)
        read = array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        read.byteswap()
    return read


def loudness(values: array[int]) -> float:
    """Root mean square as a share of full scale."""
    return math.sqrt(sum(value * value for value in values) / len(values)) / 32767


def spoken_ms(values: array[int]) -> float:
    """When the last audible sample sounds."""
    last = max(n for n, value in enumerate(values) if abs(value) > 200)
    return 1000 * last / SAMPLE_RATE


def test_the_voice_is_installed_here() -> None:
    assert draft_voice_installed()
    assert DraftNarrator().installed


@pytest.mark.parametrize("voice", DraftNarrator.voices)
def test_every_voice_is_audible_and_never_clips(voice: str) -> None:
    said = speak(voice=voice)
    assert 0.05 < loudness(said) < 0.25
    assert max(map(abs, said)) < 0.9 * 32767
    assert 2500 < spoken_ms(said) < 6000


def test_the_voices_differ() -> None:
    assert len({spoken(voice=voice) for voice in DraftNarrator.voices}) == len(DraftNarrator.voices)


@pytest.mark.parametrize("window_ms", [3000, 4000, 5000, 7000, 12_000])
def test_speech_ends_a_quarter_second_before_its_window(window_ms: int) -> None:
    assert spoken_ms(speak(window_ms=window_ms)) <= window_ms - 250


def test_a_short_window_is_spoken_faster_rather_than_cut() -> None:
    leisurely, hurried = speak(window_ms=7000), speak(window_ms=4000)
    assert len(hurried) < len(leisurely)
    assert len(hurried) > 0.6 * len(leisurely)


@pytest.mark.parametrize("window_ms", [100, 500, 1500])
def test_what_cannot_fit_is_faded_out_inside_the_window(window_ms: int) -> None:
    said = speak("word " * 900, window_ms=window_ms)
    assert len(said) <= window_ms * SAMPLE_RATE // 1000
    assert abs(said[-1]) < 200


def test_the_same_recipe_gives_the_same_bytes_whatever_was_said_before() -> None:
    first = spoken()
    spoken("Something else entirely.", voice="companion")
    assert spoken() == first


@pytest.mark.parametrize("text", ["", "   ", "…!?", "\0"])
def test_nothing_to_say_is_silence_of_the_windows_length(text: str) -> None:
    said = speak(text, window_ms=1000)
    assert len(said) == SAMPLE_RATE
    assert loudness(said) == 0


def test_without_the_voice_the_narration_is_silent_for_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    assert not draft_voice_installed()
    assert not DraftNarrator().installed
    said = speak(window_ms=2000)
    assert len(said) == 2 * SAMPLE_RATE
    assert loudness(said) == 0


def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        spoken(voice="nobody")


def test_there_is_no_task_to_ask_about() -> None:
    with pytest.raises(NotFound):
        DraftNarrator().check("x")
    DraftNarrator().cancel("x")


@pytest.mark.parametrize(
    "text",
    [
        "Маленькая лиса идёт через лес.",
        "一只小狐狸穿过雪林寻找春天",
        "小さなキツネが森を歩く",
        "ثعلب صغير يعبر الغابة",
        "Ein Fuchs geht in den Wald.",
    ],
)
def test_other_languages_are_audible(text: str) -> None:
    said = speak(text, window_ms=9000)
    assert loudness(said) > 0.04
    assert spoken_ms(said) > 500


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (SENTENCE, "en"),
        ("dragon", "en"),
        ("", "en"),
        ("🦊", "en"),
        ("Маленькая лиса", "ru"),
        ("Маленька лисиця їсть", "uk"),
        ("一只小狐狸穿过雪林", "cmn"),
        ("小さな狐が森林を歩く", "ja"),
        ("작은 여우", "ko"),
        ("ثعلب صغير", "ar"),
        ("روباه کوچک در جنگل پیر", "fa"),
        ("שועל קטן", "he"),
        ("μικρή αλεπού", "el"),
        ("एक छोटी लोमड़ी", "hi"),
        ("หมาจิ้งจอก", "th"),
        ("Ein kleiner Fuchs und der Wald", "de"),
        ("Le renard et la forêt des neiges", "fr"),
        ("Un zorro y la nieve de los montes", "es"),
    ],
)
def test_the_language_follows_script_and_small_words(text: str, language: str) -> None:
    assert language_of(text) == language
