from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from shared.errors import MediaError
from shared.media.captions import (
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_LINES,
    Caption,
    SpokenText,
    captions_for,
    clean_text,
    webvtt,
)

STORY = (
    "In the deep quiet of the old forest, a small red fox hears a bell that nobody else can hear, "
    "and she follows it over the hill. It is cold. Nobody knows why; the wind does."
)
HOSTILE = "one\n\n2\n00:00:00.000 --> 00:00:09.000\n<script>x</script> & {\\an8}\x00\x1b[0m\u202eend"

texts = st.text(max_size=400)
scenes = st.lists(
    st.builds(SpokenText, texts, st.integers(24, 480), st.none() | st.integers(1, 30_000)), max_size=6
)


def columns(line: str) -> int:
    return sum(2 if "\u2e80" <= character <= "\uff60" else 1 for character in line)


def test_cues_break_where_clauses_and_sentences_end() -> None:
    cues = captions_for([SpokenText(STORY, 240)])
    assert [cue.text for cue in cues] == [
        "In the deep quiet of the old forest,",
        "a small red fox hears a bell\nthat nobody else can hear,",
        "and she follows it over the hill. It is\ncold. Nobody knows why; the wind does.",
    ]
    assert (cues[0].start_ms, cues[-1].end_ms) == (0, 10_000)


def test_a_scenes_time_is_shared_by_length() -> None:
    first, second = captions_for(
        [SpokenText("Snow falls on all of the silent roofs of the sleeping town below. " * 2, 240)]
    )
    assert first.end_ms - first.start_ms == pytest.approx(second.end_ms - second.start_ms, rel=0.1)


def test_cues_follow_the_voice_and_linger_a_little() -> None:
    cues = captions_for(
        [SpokenText("A bell rings.", 240, spoken_ms=2000), SpokenText("Silence.", 240, 9_900)]
    )
    assert (cues[0].start_ms, cues[0].end_ms) == (0, 2600)
    assert (cues[1].start_ms, cues[1].end_ms) == (10_000, 20_000)


def test_a_script_without_spaces_is_wrapped_by_its_width() -> None:
    text = (
        "狐は森の奥で、誰にも聞こえない鐘の音を聞いて、丘を越えて歩いて行きました。"
        "そこには古い塔がありました。"
    )
    cues = captions_for([SpokenText(text, 240)])
    assert "".join(cue.text.replace("\n", "") for cue in cues) == text
    assert all(columns(line) <= MAX_COLUMNS for cue in cues for line in cue.text.split("\n"))


def test_a_scene_without_words_has_no_cue() -> None:
    assert captions_for([SpokenText(" \n\x00 ", 48), SpokenText("Yes.", 48)]) == [Caption(2000, 4000, "Yes.")]


def test_text_that_nobody_could_speak_is_refused() -> None:
    with pytest.raises(MediaError, match="too long"):
        captions_for([SpokenText("a" * (MAX_CHARACTERS + 1), 48)])


def test_hostile_text_stays_one_cue_of_plain_text() -> None:
    written = webvtt([Caption(0, 1500, HOSTILE)])
    assert written.count("-->") == 1
    assert written.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\none\n2\n")
    assert "&lt;script&gt;x&lt;/script&gt; &amp; {\\an8}" in written
    assert not re.search("[\x00\x1b\u202e]", written)


def test_a_cue_after_an_hour_has_its_hour() -> None:
    written = webvtt([Caption(3_723_004, 3_724_000, "two")])
    assert "\n01:02:03.004 --> 01:02:04.000\ntwo\n" in written


@given(scenes)
def test_cues_are_in_order_and_inside_their_scenes(given_scenes: list[SpokenText]) -> None:
    cues = captions_for(given_scenes)
    end_of_all = sum(scene.frames for scene in given_scenes) * 1000 / 24
    previous = 0
    for cue in cues:
        assert previous <= cue.start_ms < cue.end_ms <= round(end_of_all)
        previous = cue.end_ms


@given(texts)
def test_no_word_is_lost_and_every_line_fits(text: str) -> None:
    cues = captions_for([SpokenText(text, 2400)])
    lines = [line for cue in cues for line in cue.text.split("\n")]
    assert "".join("".join(lines).split()) == "".join(clean_text(text).split())
    assert all(columns(line) <= MAX_COLUMNS for line in lines)
    assert all(len(cue.text.split("\n")) <= MAX_LINES for cue in cues)


@given(st.lists(texts, max_size=5))
def test_a_webvtt_file_has_as_many_cues_as_it_should(written: list[str]) -> None:
    cues = [Caption(at * 1000, at * 1000 + 900, text) for at, text in enumerate(written)]
    file = webvtt(cues)
    spoken = [text for text in written if any(clean_text(line) for line in text.splitlines())]
    assert len(re.findall(r"(?m)^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}$", file)) == len(spoken)
    assert len(file.strip().split("\n\n")) == len(spoken) + 1
