from __future__ import annotations

from random import Random

import pytest

from shared.providers.draft.cards import FrameCard
from shared.providers.draft.pictures import lexicon
from shared.providers.draft.pictures.colours import colour
from shared.providers.draft.pictures.composition import PLACES
from shared.providers.draft.pictures.palette import daylights
from shared.providers.draft.pictures.reading import FRAMINGS, PLACES_OF, Vision, read_card
from shared.providers.draft.pictures.subjects import ACTORS, LANDMARKS, THINGS
from shared.stories.models import Character, Sheet


def seen(prompt: str, *characters: Character, setting: str = "", seed: int = 1) -> Vision:
    sheet = Sheet(characters=characters, setting=setting, palette="navy, teal")
    return read_card(FrameCard(shows=prompt, sheet=sheet, style="anime", mood="calm"), Random(seed))


def kinds(vision: Vision) -> list[str]:
    return [actor.kind for actor in vision.actors]


@pytest.mark.parametrize(
    ("prompt", "actors", "place"),
    [
        ("A lighthouse keeper befriends a lost whale", ["elder", "whale"], "sea"),
        ("A robot learns to paint in an abandoned city", ["robot"], "ruins"),
        ("A small fox crosses a snowy forest to find spring", ["fox"], "forest"),
        ("An astronaut tends a garden on Mars", ["astronaut"], "mars"),
        ("Launch video for a smart water bottle", [], "studio"),
        ("東京の夜を歩く猫", ["cat"], "city"),
        ("Ein Hund läuft durch den Wald", ["dog"], "forest"),
        ("Una niña en la playa, el mar", ["child"], "sea"),
    ],
)
def test_words_are_read_as_what_they_ask_for(prompt: str, actors: list[str], place: str) -> None:
    vision = seen(prompt)
    assert sorted(kinds(vision)) == sorted(actors)
    assert vision.place == place


def test_weather_time_and_framing_are_read() -> None:
    vision = seen("Low angle of a castle at midnight in the rain")
    assert (vision.landmark, vision.time, vision.weather, vision.framing) == (
        "castle",
        "night",
        "rain",
        "low",
    )


def test_a_character_wears_the_same_in_every_scene() -> None:
    lily = Character(name="Lily", appearance="a girl in a yellow raincoat with red boots")
    first = seen("Lily runs along the shore", lily).actors[0]
    second = seen("Close-up of Lily, smiling", lily, seed=9).actors[0]
    assert first == second
    assert (first.kind, first.main, first.accent) == ("child", colour("#e8b23a"), colour("#c23b32"))


def test_a_character_that_the_scene_does_not_name_gives_way_to_one_that_it_names() -> None:
    keeper = Character(name="Elias", appearance="an old keeper")
    whale = Character(name="The whale", appearance="a blue whale")
    assert kinds(seen("The cliffs, and Elias on them", keeper, whale)) == ["elder"]
    assert kinds(seen("The whale rises", keeper, whale)) == ["whale"]


def test_where_the_words_name_no_framing_the_seed_chooses_one() -> None:
    assert {seen("The sea", seed=seed).framing for seed in range(60)} == set(FRAMINGS)


def test_everything_that_the_lexicon_names_can_be_drawn() -> None:
    sections = lexicon.sections()
    assert set(sections["actors"]) == set(ACTORS)
    assert set(sections["landmarks"]) == set(LANDMARKS)
    assert set(sections["things"]) == set(THINGS)
    assert set(sections["places"]) == set(PLACES)
    assert set(sections["times"]) == set(daylights())
    assert set(sections["framings"]) == set(FRAMINGS)
    assert set(PLACES_OF.values()) <= set(PLACES)
    assert set(PLACES_OF) <= set(ACTORS) | set(LANDMARKS) | set(THINGS)


def test_no_word_of_the_lexicon_stands_for_two_things() -> None:
    for name, section in lexicon.sections().items():
        if name == "traits":
            continue  # a keeper has both a beard and a cap
        words = [lexicon.normalised(word) for entry in section.values() for word in entry]
        assert len(words) == len(set(words)), name


def test_words_are_found_whole_and_in_the_plural() -> None:
    assert lexicon.first("actors", lexicon.normalised("Two FOXES, one catalogue")) == "fox"
    assert lexicon.first("actors", lexicon.normalised("a catalogue of cathedrals")) is None


def test_a_text_without_end_is_read_only_at_its_beginning() -> None:
    assert len(lexicon.normalised("whale " * 100_000)) < 5000
