from __future__ import annotations

import json

import pytest

from shared.stories.models import Sheet, Story, StoryScene

STORY = {
    "title": "A\0 lamp",
    "overview": "One\nline,\tthen\r\nanother.\x1b[0m",
    "sheet": {
        "characters": [{"name": "Mi\0ra", "appearance": "A red\x07 coat."}],
        "setting": "A harbour\0 at dusk.",
        "palette": "red, \x08gold",
    },
    "scenes": [
        {"title": "\0One", "description": "d\x01", "prompt": "p\x0b", "motion": "m\x0c", "narration": "n\x1f"}
    ],
}


def _check(story: Story) -> None:
    assert story.title == "A lamp"
    assert story.overview == "One\nline,\tthen\nanother.[0m"
    assert (story.sheet.characters[0].name, story.sheet.characters[0].appearance) == ("Mira", "A red coat.")
    assert (story.sheet.setting, story.sheet.palette) == ("A harbour at dusk.", "red, gold")
    assert story.scenes == (StoryScene(title="One", description="d", prompt="p", motion="m", narration="n"),)


def test_a_story_is_without_control_characters_that_cannot_be_stored() -> None:
    _check(Story.model_validate(STORY))


def test_control_characters_that_are_escaped_in_json_are_taken_out_too() -> None:
    _check(Story.model_validate_json(json.dumps(STORY)))


@pytest.mark.parametrize("text", ["Émile — “naïve” 🎬", "日本語", "a\n\tb", "\x7f\x85"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert Sheet(characters=(), setting=text, palette="p").setting == text
