from __future__ import annotations

from random import Random

import pytest
from PIL import Image, ImageStat

from shared.providers.draft.pictures.colours import colour
from shared.providers.draft.pictures.composition import PLACES, composed
from shared.providers.draft.pictures.looks import LOOKS
from shared.providers.draft.pictures.reading import FRAMINGS, Actor, Vision
from shared.providers.draft.pictures.subjects import ACTORS, FACES, LANDMARKS, SWIMMERS, THINGS
from shared.stories.looks import styles

SIZE = (288, 162)


def an_actor(kind: str) -> Actor:
    return Actor(
        kind,
        colour("#c9473a"),
        colour("#e8b23a"),
        colour("#5b3a29"),
        colour("#d9a279"),
        frozenset({"hat", "beard"}),
    )


def a_vision(
    *,
    place: str = "meadow",
    framing: str = "medium",
    style: str = "cinematic",
    actors: tuple[Actor, ...] = (),
    landmark: str | None = None,
    things: tuple[str, ...] = (),
    weather: str | None = None,
    time: str = "day",
    pose: str = "stand",
) -> Vision:
    return Vision(
        style=style,
        mood="warm",
        actors=actors,
        landmark=landmark,
        things=things,
        place=place,
        time=time,
        weather=weather,
        framing=framing,
        pose=pose,
        tints=(),
        story_seed="0123456789abcdef",
    )


def painted(vision: Vision, size: tuple[int, int] = SIZE) -> Image.Image:
    return composed(vision, size, Random(7))


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("place", PLACES)
def test_every_place_can_be_seen_in_every_framing(place: str, framing: str) -> None:
    cast = (an_actor("child"), an_actor("whale" if place == "sea" else "dog"))
    picture = painted(
        a_vision(place=place, framing=framing, actors=cast, landmark="tree", things=("lantern",))
    )
    assert picture.size == SIZE
    grey = picture.convert("L").tobytes()
    assert max(grey) - min(grey) > 40


@pytest.mark.parametrize("style", LOOKS)
@pytest.mark.parametrize("weather", ["snow", "rain", "fog"])
def test_every_style_knows_every_weather(style: str, weather: str) -> None:
    clear, other = (painted(a_vision(style=style, weather=kind, time="dusk")) for kind in (None, weather))
    assert clear.tobytes() != other.tobytes()


@pytest.mark.parametrize("size", [(162, 288), (198, 84), (240, 240)])
@pytest.mark.parametrize("style", ["watercolor", "noir", "pixel"])
def test_a_picture_has_the_size_that_was_asked_for(style: str, size: tuple[int, int]) -> None:
    assert painted(a_vision(style=style, actors=(an_actor("fox"),)), size).size == size


@pytest.mark.parametrize("kind", ACTORS)
def test_every_actor_is_seen(kind: str) -> None:
    place = "sea" if kind in SWIMMERS else "meadow"
    for pose in ("stand", "walk", "sit", "reach"):
        framing = "close" if pose == "reach" else "medium"
        actors = (an_actor(kind),)
        with_actor = painted(a_vision(place=place, framing=framing, pose=pose, actors=actors))
        assert with_actor != painted(a_vision(place=place, framing=framing, pose=pose))


@pytest.mark.parametrize("kind", sorted(set(ACTORS)))
@pytest.mark.parametrize("pose", ["stand", "walk", "sit", "reach"])
def test_every_actor_stands_on_its_feet_and_is_about_one_high(kind: str, pose: str) -> None:
    ys = [y for part in ACTORS[kind][0](an_actor(kind), pose) for _, y in part.outline]
    assert -0.25 <= max(ys) <= 0.2
    assert 0.5 < max(ys) - min(ys) < 1.75


@pytest.mark.parametrize("kind", FACES)
def test_a_face_is_where_a_close_view_looks_for_it(kind: str) -> None:
    x, y, _, _ = FACES[kind]
    parts = ACTORS[kind][0](an_actor(kind), "stand")
    xs = [px for part in parts for px, _ in part.outline]
    ys = [py for part in parts for _, py in part.outline]
    assert min(xs) < x < max(xs)
    assert min(ys) < y < max(ys)


@pytest.mark.parametrize("name", LANDMARKS)
def test_every_landmark_is_seen(name: str) -> None:
    place = "sea" if name in {"ship", "boat", "lighthouse"} else "mountains"
    assert painted(a_vision(place=place, landmark=name)).tobytes() != painted(a_vision(place=place)).tobytes()


@pytest.mark.parametrize("name", THINGS)
@pytest.mark.parametrize("place", ["studio", "lake"])
def test_every_thing_is_seen(name: str, place: str) -> None:
    other = "book" if name != "book" else "cup"
    assert painted(a_vision(place=place, things=(name,))) != painted(a_vision(place=place, things=(other,)))


def test_watercolour_reaches_the_edges_where_a_camera_may_look() -> None:
    picture = painted(a_vision(style="watercolor", place="forest", time="dusk")).convert("L")
    width, height = picture.size
    edges = [
        (0, 0, width, 3),
        (0, height - 3, width, height),
        (0, 0, 3, height),
        (width - 3, 0, width, height),
    ]
    for edge in edges:
        assert ImageStat.Stat(picture.crop(edge)).mean[0] < 225  # bare paper is brighter


def test_every_style_that_a_story_can_have_has_a_look_of_its_own() -> None:
    assert set(styles()) == set(LOOKS)
