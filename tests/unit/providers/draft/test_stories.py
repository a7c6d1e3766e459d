from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from shared.assets.recipes import StoryRecipe
from shared.errors import InvalidRequest
from shared.providers.draft.stories import DraftStoryWriter
from shared.providers.draft.story.idea import Kind, understand
from shared.providers.draft.story.lexicon import mood_words
from shared.providers.draft.story.narration import spoken_words
from shared.providers.draft.story.telling import beats
from shared.stories.looks import moods
from shared.stories.models import Story

PROMPTS = (
    "A small fox crosses a snowy forest to find spring",
    "A lighthouse keeper befriends a lost whale",
    "The history of coffee in 30 seconds",
    "Launch video for a smart water bottle",
    "How rainbows form",
    "Sunset over Tokyo",
    "dragon",
    "一只小狐狸穿过雪林寻找春天",
)


def write(
    prompt: str, scenes: int = 6, *, seconds_each: float = 5, mood: str = "warm", take: int = 1
) -> Story:
    recipe = StoryRecipe(
        provider="draft",
        model="outline-1",
        prompt=prompt,
        scene_count=scenes,
        duration_ms=max(1, round(scenes * seconds_each * 1000)),
        style="cinematic",
        mood=mood,
        take=take,
    )
    written = DraftStoryWriter().write(recipe)
    assert written.cost_usd == Decimal(0)
    return written.story


def sentences(story: Story) -> list[str]:
    return [s for scene in story.scenes for s in re.split(r"(?<=[.!?。])\s+", scene.narration) if s]


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("scenes", range(1, 21))
def test_every_scene_count_gives_that_many_scenes_without_a_repeated_sentence(
    prompt: str, scenes: int
) -> None:
    story = write(prompt, scenes)
    assert len(story.scenes) == scenes
    said = sentences(story)
    assert len(said) == len(set(said))
    assert len({scene.prompt for scene in story.scenes}) == scenes


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("seconds", [1, 1.5, 2, 3, 5, 8, 12, 20])
def test_narration_never_exceeds_what_is_spoken_at_165_words_a_minute(prompt: str, seconds: float) -> None:
    for scene in write(prompt, 6, seconds_each=seconds).scenes:
        assert spoken_words(scene.narration) <= seconds * 165 / 60


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("seconds", [5, 10])
def test_narration_fills_most_of_its_scene(prompt: str, seconds: float) -> None:
    spoken = sum(spoken_words(scene.narration) for scene in write(prompt, 6, seconds_each=seconds).scenes)
    assert spoken >= 0.7 * 2.2 * 6 * seconds


def test_the_same_recipe_gives_the_same_story_and_another_take_another() -> None:
    assert write(PROMPTS[0], 8) == write(PROMPTS[0], 8)
    assert write(PROMPTS[0], 8) != write(PROMPTS[0], 8, take=2)


def test_different_prompts_give_different_titles_pictures_and_words() -> None:
    stories = [write(prompt) for prompt in PROMPTS]
    assert len({story.title for story in stories}) == len(PROMPTS)
    assert len({story.scenes[0].prompt for story in stories}) == len(PROMPTS)
    assert len({" ".join(sentences(story)) for story in stories}) == len(PROMPTS)


def test_the_mood_changes_words_light_and_palette() -> None:
    told = {mood: write(PROMPTS[0], 6, seconds_each=8, mood=mood) for mood in moods()}
    assert len({" ".join(sentences(story)) for story in told.values()}) == len(told)
    assert len({story.sheet.palette for story in told.values()}) == len(told)
    assert len({story.scenes[0].prompt for story in told.values()}) == len(told)


def test_every_mood_has_words_of_its_own() -> None:
    assert set(mood_words()) == set(moods())


@pytest.mark.parametrize("kind", ["tale", "scenery", "explainer", "history", "product"])
def test_each_kind_ranks_its_twenty_beats_once(kind: Kind) -> None:
    assert sorted(beat.rank for beat in beats(kind)) == list(range(1, 21))


def test_a_tale_is_about_the_prompts_hero_wish_and_place() -> None:
    story = write(PROMPTS[0], 6)
    assert story.title == "The Small Fox in the Snowy Forest"
    assert story.overview.startswith("A small fox crosses a snowy forest to find spring.")
    assert [character.name for character in story.sheet.characters] == ["The small fox"]
    assert "find spring" in " ".join(sentences(story))
    assert all("fox" in scene.prompt.lower() for scene in story.scenes)
    assert "snowy forest" in story.scenes[0].prompt


def test_a_tale_of_two_lets_them_meet_and_describes_both() -> None:
    story = write(PROMPTS[1], 6)
    assert [character.name for character in story.sheet.characters] == [
        "The lighthouse keeper",
        "The lost whale",
    ]
    assert any("keeper and the lost whale facing" in scene.prompt for scene in story.scenes)


@pytest.mark.parametrize("scenes", [4, 6, 8, 12, 20])
def test_no_picture_shows_whom_the_hero_has_not_met_yet(scenes: int) -> None:
    story = write("A lighthouse keeper finds a lost whale and leads it home", scenes)
    shown = ["whale" in scene.prompt for scene in story.scenes]
    assert story.scenes[shown.index(True)].title in {"Face to Face", "A Meeting"}


def test_the_last_picture_shows_what_was_wished_for() -> None:
    story = write("A robot learns to paint in an abandoned city", 6)
    assert ["paint" in scene.prompt for scene in story.scenes] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("prompt", "kind", "title"),
    [
        ("Make a video about a robot learning to paint", "tale", "The Robot Who Learned to Paint"),
        ("In a world without color, a painter discovers red", "tale", "The Painter Who Discovered Red"),
        ("The king of the forest loses his crown", "tale", "The King of the Forest Who Lost His Crown"),
        ("A tiny dragon is afraid of fire", "tale", "The Tiny Dragon Who Was Afraid of Fire"),
        ("A boy who can't swim saves a stranded dolphin", "tale", "The Boy and the Stranded Dolphin"),
        ("astronaut lost on mars", "tale", "The Astronaut on Mars"),
        ("Sunset over Tokyo", "scenery", "Sunset over Tokyo"),
        ("Waves crash on a rocky beach", "scenery", "Waves Crash on a Rocky Beach"),
        ("Why is the sky blue?", "explainer", "Why the Sky Is Blue"),
        ("How does a plane fly?", "explainer", "How a Plane Flies"),
        ("Bake a chocolate cake", "explainer", "How to Bake a Chocolate Cake"),
        ("Explain quantum computing", "explainer", "Understanding Quantum Computing"),
        ("Tell me the story of chocolate", "history", "The Story of Chocolate"),
        ("Create a 30 second ad for wireless earbuds", "product", "Meet the Wireless Earbuds"),
        ("Our startup helps farmers grow more food", "product", "Meet Our Startup"),
        (
            "Ein kleiner Fuchs sucht den Frühling im Wald",
            "plain",
            "Ein kleiner Fuchs sucht den Frühling im Wald",
        ),
        ("🦊🌲", "plain", "A Short Film"),
    ],
)
def test_prompts_are_understood(prompt: str, kind: str, title: str) -> None:
    assert understand(prompt).kind == kind
    assert write(prompt).title == title


@pytest.mark.parametrize(
    ("prompt", "deed", "goal", "at"),
    [
        (PROMPTS[0], "cross a snowy forest", "find spring", "in the snowy forest"),
        ("An old clockmaker in Prague dreams of building a bird", "build a bird", None, "in Prague"),
        ("Two friends who build a raft", "build a raft", None, None),
        ("A turtle yodels in the cave", "yodel in the cave", None, "in the cave"),
        ("A knight must choose between love and honor", "choose between love and honor", None, None),
        ("Luna finds a star and tries to return it", "find a star and try to return it", None, None),
    ],
)
def test_deeds_come_out_in_the_base_form(prompt: str, deed: str, goal: str | None, at: str | None) -> None:
    clause = understand(prompt).clause
    assert clause is not None
    assert (clause.deed, clause.goal, clause.at) == (deed, goal, at)


def test_a_prompt_in_another_script_is_its_own_title_and_first_words() -> None:
    story = write(PROMPTS[-1], 4)
    assert story.title == PROMPTS[-1]
    assert story.scenes[0].narration.startswith(PROMPTS[-1])


def test_a_very_long_prompt_gives_short_sentences() -> None:
    story = write("A brave little hedgehog " + "and a very curious old badger " * 200 + "walk home", 6)
    assert len(story.title) <= 64
    assert all(len(scene.narration) < 200 for scene in story.scenes)


def test_an_unknown_mood_counts_as_the_default() -> None:
    assert write(PROMPTS[0], mood="no such mood").overview.endswith("A warm story in six scenes.")


def test_more_than_twenty_scenes_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        write(PROMPTS[0], 21)


WORDS = st.sampled_from(
    [
        "a",
        "an",
        "the",
        "two",
        "fox",
        "foxes",
        "who",
        "that",
        "is",
        "can't",
        "wants",
        "to",
        "of",
        "in",
        "on",
        "dreams",
        "flying",
        "finds",
        "and",
        "her",
        ",",
        ".",
        "?",
        "how",
        "why",
        "for",
        "ad",
        "video",
        "history",
        "story",
        "about",
        "not",
        "named",
        "Luna",
        "sets",
        "out",
        "try",
        "{at}",
        "{x}",
        "'",
        '"',
        "lost",
        "by",
        "sea",
    ]
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    prompt=st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=16).map(" ".join)),
    scenes=st.integers(1, 20),
    duration_ms=st.integers(1, 120_000),
)
def test_no_prompt_breaks_the_writer(prompt: str, scenes: int, duration_ms: int) -> None:
    story = write(prompt, scenes, seconds_each=duration_ms / 1000 / scenes)
    assert len(story.scenes) == scenes
    spoken = [scene.narration for scene in story.scenes if scene.narration]
    assert len(spoken) == len(set(spoken))
    assert story.title
    for scene in story.scenes:
        assert scene.title
        assert scene.description
        assert scene.prompt
        assert scene.motion
        assert spoken_words(scene.narration) <= duration_ms / scenes / 1000 * 165 / 60 + 1e-9
