"""Reading a card: what its words ask to be drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from shared.providers.draft.cards import FrameCard
from shared.providers.draft.pictures.colours import Colour, colour
from shared.providers.draft.pictures.lexicon import first, found, normalised
from shared.stories.models import Character

FRAMINGS = ("wide", "medium", "low", "close", "silhouette", "framed", "high")
CAST_COLOURS = ("#c9473a", "#e8b23a", "#2f8f8f", "#d9774a", "#4f78b5", "#7a55a0", "#5d8f4e", "#d9869b")
HAIR_COLOURS = ("#33241f", "#5b3a29", "#8a5a34", "#1f2028", "#b9793a", "#6e6a6a")
FURS = {
    "cat": ("#4a4a55", "#c98545", "#2b2b33", "#d8c8b0"),
    "dog": ("#a9743f", "#6b4a34", "#d6b98c"),
    "fox": ("#d2662c",),
    "wolf": ("#6d7480",),
    "bear": ("#6b4630",),
    "lion": ("#cf9a4d",),
    "rabbit": ("#cdbfae", "#9a8b7c"),
    "mouse": ("#9b9196",),
    "horse": ("#7a4a2d", "#4b342a"),
    "deer": ("#a8703f",),
    "elephant": ("#8a8f98",),
    "whale": ("#41648a",),
    "fish": ("#e07b39",),
    "turtle": ("#5f8b4c",),
    "bird": ("#3f5f86", "#c2503f", "#2f3440"),
    "butterfly": ("#e8943a", "#6a7fd0"),
    "dragon": ("#4d8a62", "#9b3d4c"),
    "robot": ("#a9b4bd", "#d6a04a", "#7fa3b0"),
    "astronaut": ("#ecebe6",),
}
MOOD_TIMES = {
    "warm": ("golden", "golden", "dawn"),
    "epic": ("golden", "dusk", "day"),
    "mysterious": ("night", "dusk", "night"),
    "joyful": ("day", "day", "golden"),
    "calm": ("dawn", "day", "dusk"),
    "melancholic": ("dusk", "dusk", "dawn"),
    "dramatic": ("dusk", "golden", "night"),
    "playful": ("day", "golden", "dawn"),
}
PLACES_OF = {
    "lighthouse": "sea", "ship": "sea", "boat": "lake", "whale": "sea", "turtle": "sea",
        "castle": "mountains",
    "greenhouse": "meadow", "rocket": "desert", "astronaut": "space", "robot": "city", "car": "street",
    "train": "mountains", "bottle": "studio", "phone": "studio", "shoe": "studio", "crystal": "studio",
    "cup": "cafe", "book": "library", "easel": "workshop", "guitar": "room", "fox": "forest",
        "wolf": "forest",
    "bear": "forest", "deer": "forest", "lion": "desert", "elephant": "desert", "fish": "underwater",
    "dragon": "mountains", "balloon": "meadow", "plane": "sky", "windmill": "meadow", "tent": "forest",
    "cat": "street", "paperboat": "room", "butterfly": "meadow",
}  # fmt: skip
_FLYING = frozenset(("bird", "butterfly", "dragon", "plane", "balloon", "astronaut", "rocket"))
_AIRLESS = frozenset(("mars", "space", "underwater", "studio"))
_PEOPLE = frozenset(("person", "elder", "child"))
_WORLDS = frozenset(("mars", "underwater", "studio"))
"""Places that colour whatever else is named: a garden on Mars is on Mars."""
_LITTLE_WORDS = frozenset(
    [
        "the",
        "and",
        "old",
        "big",
        "little",
        "small",
        "young",
        "her",
        "his",
        "von",
        "der",
        "los",
        "las",
        "of",
        "in",
        "it",
        "he",
        "my",
        "an",
        "is",
        "at",
        "on",
        "to",
        "no",
        "de",
        "la",
        "le",
        "el",
        "un",
    ]
)
"""Words of a name that do not name anybody."""
FALLBACK_PLACES = ("meadow", "mountains", "lake", "city", "sea", "desert", "forest")


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone in the picture, as they look in every picture of the story."""

    kind: str
    main: Colour
    accent: Colour
    hair: Colour
    skin: Colour
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vision:
    """What a picture shall show."""

    style: str
    mood: str
    actors: tuple[Actor, ...]
    landmark: str | None
    things: tuple[str, ...]
    place: str
    time: str
    weather: str | None
    framing: str
    pose: str
    tints: tuple[Colour, ...]
    story_seed: str
    """The same for all pictures of a story: its palette and its cast hang on it."""


def read_card(card: FrameCard, rng: Random) -> Vision:
    """What the card's words ask for. What they leave open is drawn by lot: per story or per scene."""
    sheet = card.sheet
    story_seed = hashlib.sha256(sheet.model_dump_json().encode()).hexdigest()
    story_lot = Random(story_seed)  # noqa: S311 - drawing lots, not keys
    told = normalised(card.shows)
    known = normalised(" ".join([sheet.setting, *(f"{c.name} {c.appearance}" for c in sheet.characters)]))
    landmark = first("landmarks", told) or first("landmarks", normalised(sheet.setting))
    actors = _cast(sheet.characters, told, story_seed)
    things = tuple(hit.name for hit in found("things", told))[:2] or tuple(
        hit.name for hit in found("things", known)[:1]
    )
    if not (actors or things or landmark):
        actors = (_dressed("person", "", story_seed),)  # an empty place says nothing
    if landmark == "boat" and "paperboat" in things:
        landmark = None  # the boat is the folded one
    setting = normalised(sheet.setting)
    hints = [landmark, *(actor.kind for actor in actors), *things]
    fallback = story_lot.choice(FALLBACK_PLACES)
    place = _place(told, setting, known, hints) or fallback
    return Vision(
        style=card.style,
        mood=card.mood,
        actors=actors,
        landmark=landmark,
        things=things,
        place=place,
        time=_time(told)
        or first("times", setting)
        or story_lot.choice(MOOD_TIMES.get(card.mood, ("golden", "day", "dusk", "dawn"))),
        weather=None if place in _AIRLESS else first("weathers", told) or first("weathers", setting),
        framing=first("framings", told) or rng.choice(FRAMINGS),
        pose=first("poses", told) or rng.choice(("stand", "walk", "reach")),
        tints=tuple(colour(hit.name) for hit in found("colours", normalised(sheet.palette)))[:4],
        story_seed=story_seed,
    )


def _time(told: str) -> str | None:
    """The time of day that the words name first; but where night is named, all light is of the night."""
    names = [hit.name for hit in found("times", told)]
    return "night" if "night" in names else next(iter(names), None)


def _place(told: str, setting: str, known: str, hints: Sequence[str | None]) -> str | None:
    """The scene's own words weigh most, then the setting, then what the subjects suggest."""
    for text in (told, setting, known):
        names = [hit.name for hit in found("places", text)]
        if not any(hint in _FLYING for hint in hints):
            names = [name for name in names if name != "sky"]  # nobody else walks on clouds
        if "ruins" in names and set(names) & {"ruins", "city", "street"}:
            return "ruins"
        if names:
            return next((name for name in names if name in _WORLDS), names[0])
    return next((PLACES_OF[hint] for hint in hints if hint in PLACES_OF), None)


def _cast(characters: Sequence[Character], told: str, story_seed: str) -> tuple[Actor, ...]:
    """At most two actors: those of the sheet whom the scene names, else whom the scene's words show."""
    sheet = [_actor(f"{c.name} {c.appearance}", story_seed) for c in characters[:6]]
    named = [
        actor
        for character, actor in zip(characters, sheet, strict=False)
        if actor is not None and _named(character.name, actor, told)
    ]
    kinds = {actor.kind for actor in named}
    for hit in found("actors", told):
        # "A friend" or "someone" beside a named hero is seldom one more to be seen.
        incidental = hit.name == "person" and kinds
        if hit.name not in kinds and not incidental and not (hit.name == "elder" and kinds & _PEOPLE):
            like = next((a for a in sheet if a is not None and a.kind == hit.name), None)
            named.append(like or _dressed(hit.name, _before(told, hit.position), story_seed))
            kinds.add(hit.name)
    if not named:
        named = [actor for actor in sheet if actor is not None][:1]
    return tuple(named[:2])


def _before(told: str, position: int) -> str:
    """The few words before an actor's own: in "golden light on a black cat" only black is the cat's."""
    words = told[:position].split()[-3:] + told[position:].split()[:1]
    return f" {' '.join(words)} "


def _named(name: str, actor: Actor, told: str) -> bool:
    words = set(normalised(name).split()) - _LITTLE_WORDS
    return any(f" {word} " in told for word in words if len(word) > 1) or any(
        hit.name == actor.kind for hit in found("actors", told)
    )


def _actor(description: str, story_seed: str) -> Actor | None:
    text = normalised(description)
    kind = first("actors", text)
    return None if kind is None and not text.strip() else _dressed(kind or "person", text, story_seed)


def _dressed(kind: str, text: str, story_seed: str) -> Actor:
    """An actor in the colours that the words give, or in colours drawn by lot for the whole story."""
    lot = Random(f"{story_seed}:{kind}")  # noqa: S311 - drawing lots, not keys
    picked = lot.sample(CAST_COLOURS, 2)
    worn = _worn(text)
    main = worn.get("main") or colour(lot.choice(FURS[kind]) if kind in FURS else picked[0])
    traits = frozenset(hit.name for hit in found("traits", text))
    if kind == "elder":
        traits |= {"beard"} if "long_hair" not in traits else frozenset()
    return Actor(
        kind=kind,
        main=main,
        accent=worn.get("accent") or colour(picked[1]),
        hair=worn.get("hair") or colour("#d9d5cc" if kind == "elder" else lot.choice(HAIR_COLOURS)),
        skin=colour(lot.choice(("#f0c8a4", "#d9a279", "#a8704a", "#7c4f35", "#e8b894"))),
        traits=traits,
    )


def _worn(text: str) -> dict[str, Colour]:
    """Colours by what wears them: in "a yellow raincoat and a red scarf" main is yellow, accent red."""
    worn: dict[str, Colour] = {}
    bare: list[Colour] = []
    words = text.split()
    for i, word in enumerate(words):
        name = first("colours", f" {word} ")
        if name is None:
            continue
        after = words[i + 1 : i + 4]
        target = next(iter(found("garments", f" {' '.join(after)} ")), None)
        if target is not None:
            worn.setdefault(target.name, colour(name))
        elif "eyes" not in after and "eye" not in after:
            bare.append(colour(name))
    if bare:
        worn.setdefault("main", bare[0])
    return worn
