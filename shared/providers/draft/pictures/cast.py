"""The cast: landmarks, actors and things, set where they belong and lit by the scene."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.providers.draft.pictures.animals import spout
from shared.providers.draft.pictures.arrangement import MARGIN, Room, arranged, kept_below, room_of
from shared.providers.draft.pictures.colours import colour, mix, shifted
from shared.providers.draft.pictures.lighting import INTERIORS, backlit, cast_shadow, leave_wake, set_in_light
from shared.providers.draft.pictures.places_water import rocks
from shared.providers.draft.pictures.reading import Actor
from shared.providers.draft.pictures.shapes import Part, Point, box, limb, oval, placed
from shared.providers.draft.pictures.stage import Footing, Stage
from shared.providers.draft.pictures.subjects import (
    ACTORS,
    AFLOAT,
    ALOFT,
    FACES,
    FLYERS,
    LANDMARKS,
    SWIMMERS,
    TABLETOP,
    TALL_THINGS,
    THINGS,
    UPRIGHT,
)

_HEIGHTS = {
    "wide": 0.28,
    "medium": 0.42,
    "low": 0.56,
    "close": 1.30,
    "silhouette": 0.34,
    "framed": 0.36,
    "high": 0.27,
}
"""How tall a grown-up stands in each framing."""
_LEADING = {
    "wide": 0.62,
    "medium": 0.70,
    "low": 0.85,
    "close": 0.95,
    "silhouette": 0.75,
    "framed": 0.7,
    "high": 0.68,
}
"""A small hero comes nearer: this share of the way to a grown-up's height."""
_HEAD = 0.75
"""How far a head reaches to each side of the middle of the face, in sizes of the face."""


def paint_cast(stage: Stage, footing: Footing) -> None:
    """Everyone and everything that the vision names."""
    vision = stage.vision
    indoors = footing.kind == "table" or vision.place in INTERIORS
    # The type stands at the top left, so a tall landmark mostly stands to the right.
    side = stage.rng.choice((-1, -1, -1, 1) if vision.landmark is not None else (-1, 1))
    if vision.landmark is not None and not indoors and vision.framing != "close":
        _landmark(stage, footing, side)
    if vision.actors and footing.kind != "table":
        _actors(stage, footing, side)
    if vision.things:
        if vision.actors and footing.kind != "table":
            _beside(stage, footing, side)
        else:
            _still_life(stage, footing)
    elif footing.kind == "table":
        _presented(stage, footing)


def _landmark(stage: Stage, footing: Footing, side: int) -> None:
    name = stage.vision.landmark or ""
    draw, height = LANDMARKS[name]
    height *= stage.unit * {"wide": 1.0, "low": 1.25, "high": 0.85}.get(stage.vision.framing, 0.95)
    x = stage.aspect * (0.5 - side * 0.22)
    y = stage.horizon + (footing.y - stage.horizon) * 0.55
    depth = 0.22
    if name in ALOFT or footing.kind == "air":
        y, depth = max(stage.horizon * 0.62, 0.5), 0.15
    elif footing.kind == "water" and name not in AFLOAT:
        y = stage.horizon + (1 - stage.horizon) * 0.24
        rocks(stage, x, y + 0.012, max(height * 0.42, 0.16) * (0.6 + 0.4 * stage.unit), 0.055)
        y -= 0.03
    elif footing.kind == "water":
        y = stage.horizon + (1 - stage.horizon) * 0.42
    elif name in AFLOAT:
        return
    if footing.kind == "air" and name not in ALOFT | {"rocket"}:
        return
    parts = draw(stage.palette.accent)
    wanted = kept_below(room_of(parts, x, height, flip=side > 0), y)
    room = arranged([wanted], stage.aspect)[0]
    x, height = room.x, room.height
    set_in_light(stage, placed(parts, x, y, height, flip=side > 0), depth)
    if footing.kind == "water" and name in AFLOAT:
        leave_wake(stage, x, y, height * 0.7)
    if name == "lighthouse":
        _beam(stage, x, y - height * 0.82, side)
    elif footing.kind == "ground" and name not in ALOFT:
        cast_shadow(stage, x, y, height * 0.35)


def _beam(stage: Stage, x: float, y: float, side: int) -> None:
    """The lighthouse's light, sweeping over the water."""
    strength = 0.5 if stage.palette.night or stage.vision.time == "dusk" else 0.24
    beam = ((x, y - 0.004), (x, y + 0.004), (x + side * 3.0, y + 0.05), (x + side * 3.0, y - 0.40))
    stage.painter.light_shape([beam], (255, 236, 180), strength, 0.008)
    stage.painter.glow(x, y, 0.15, (255, 232, 170), 0.8)


@dataclass(frozen=True, slots=True)
class _Entrance:
    """An actor about to be painted: in which pose, facing where, and the room that is taken."""

    actor: Actor
    pose: str
    parts: list[Part]
    facing: int
    first: bool
    portrayed: bool
    room: Room


def _actors(stage: Stage, footing: Footing, side: int) -> None:
    actors = stage.vision.actors
    entrances = [
        _entrance(stage, footing, actor, side if index == 0 else -side, first=index == 0)
        for index, actor in enumerate(actors)
    ]
    rooms = arranged([entrance.room for entrance in entrances], stage.aspect)
    for entrance, room in reversed(list(zip(entrances, rooms, strict=True))):
        _actor(stage, footing, replace(entrance, room=room))


def _entrance(stage: Stage, footing: Footing, actor: Actor, side: int, *, first: bool) -> _Entrance:
    """An actor as it should be: on its side of the picture and as tall as the framing wants it."""
    vision = stage.vision
    draw, size = ACTORS[actor.kind]
    close = vision.framing == "close"
    pose = vision.pose if first else stage.rng.choice(("stand", "sit", "walk"))
    portrayed = close and actor.kind in FACES
    if portrayed and pose != "reach":
        pose = "stand"
    parts = draw(actor, pose)
    ashore = footing.kind == "water" and actor.kind not in SWIMMERS
    spread = 0.22 if ashore else 0.17 if len(vision.actors) > 1 else 0.18 if close else 0.10
    x = stage.aspect * (0.5 + side * spread)
    if portrayed:
        room = _portrait(stage, actor.kind, x, first=first)
    else:
        share = _LEADING[vision.framing] * (1.0 if first else 0.5)
        # Large creatures shrink and small ones grow towards the size of a person, so that all are seen.
        height = _HEIGHTS[vision.framing] * (0.35 + 0.65 * stage.unit)
        height *= size + (1 - size) * share if size < 1 else size ** (0.55 if close else 0.9)
        room = room_of(parts, x, height, flip=side > 0)
        room = replace(
            room, height=min(height, (0.72 if close else 0.56) * stage.aspect * height / room.width)
        )
        if not close:
            room = kept_below(room, _ground(footing))
    return _Entrance(actor, pose, parts, -side, first, portrayed, room)


def _ground(footing: Footing) -> float:
    """Where feet are: no lower than what the camera always sees."""
    return min(footing.y, 1 - MARGIN)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a subject stands, how it leans (degrees), how far away it is (0–1)."""

    x: float
    y: float
    turn: float = 0.0
    depth: float = 0.06
    swims: bool = False


def _actor(stage: Stage, footing: Footing, entrance: _Entrance) -> None:
    vision, parts, facing = stage.vision, entrance.parts, entrance.facing
    kind, height = entrance.actor.kind, entrance.room.height
    if entrance.portrayed:
        face_x, face_y, _, _ = FACES[kind]
        spot = _Spot(entrance.room.x - facing * face_x * height, 0.47 - face_y * height, depth=0.0)
    else:
        ground = _ground(footing) - (0.0 if entrance.first else 0.025)
        spot = _spot(stage, footing, kind, entrance.pose, (entrance.room.x, ground), height, facing)
    _separated(stage, spot, height)
    if backlit(stage):
        dark = stage.palette.shade
        parts = [
            replace(
                p, colour=mix(p.colour, dark, 0.72 if vision.time in {"golden", "dusk", "night"} else 0.45)
            )
            if p.lit
            else p
            for p in parts
        ]
    set_in_light(stage, placed(parts, spot.x, spot.y, height, flip=facing < 0, turn=spot.turn), spot.depth)
    if spot.swims:
        leave_wake(stage, spot.x, spot.y, height * 1.1)
        if kind == "whale":
            blowhole = (spot.x + facing * 0.34 * height, spot.y - 0.62 * height)
            set_in_light(stage, placed(spout(0.5), *blowhole, height * 0.62), 0.1)


def _spot(
    stage: Stage, footing: Footing, kind: str, pose: str, place: Point, height: float, facing: int
) -> _Spot:
    """Where an actor is at home in a place: in the air, in the water, ashore, or on the ground."""
    rng, (x, y) = stage.rng, place
    if kind in FLYERS and pose in {"walk", "reach"}:
        return _Spot(x, max(y - height * 0.9 - 0.08, 0.16 + height * 1.2))
    if footing.kind == "air":
        turn = rng.uniform(-14, 14) if kind in UPRIGHT else rng.uniform(-8, 4)
        return _Spot(x, 0.54 + height * 0.5 + rng.uniform(-0.03, 0.03), turn, 0.05)
    if footing.kind == "water" and kind in SWIMMERS:
        line = 0.46 if stage.vision.framing != "close" else 0.62
        return _Spot(x, stage.horizon + (1 - stage.horizon) * line, -4.0, swims=True)
    if footing.kind == "water":
        return _ashore(stage, x, facing)
    cast_shadow(stage, x, y, height * (0.24 if kind in UPRIGHT else 0.42))
    return _Spot(x, y)


def _separated(stage: Stage, spot: _Spot, height: float) -> None:
    """A pool of light behind an actor keeps a dark coat apart from a dark night."""
    vision = stage.vision
    if vision.time in {"night", "dusk"} and vision.framing != "silhouette":
        middle = spot.y - height * 0.5 if vision.framing != "close" else 0.5
        tone = mix(stage.palette.low, stage.palette.sun, 0.4)
        stage.painter.glow(spot.x, middle, max(height * 0.95, 0.2), tone, 0.34)


def _portrait(stage: Stage, kind: str, x: float, *, first: bool) -> Room:
    """The room of a face that fills a close view; the body may well leave the picture."""
    _, _, size, share = FACES[kind]
    height = share * (0.45 + 0.55 * stage.unit) / size * (1.0 if first else 0.8)
    middle = stage.aspect * 0.5 + (x - stage.aspect * 0.5) * 0.8
    return Room(middle, height, size * _HEAD, size * _HEAD, 0.0)


def _ashore(stage: Stage, x: float, facing: int) -> _Spot:
    """A headland in the foreground for those who neither swim nor fly."""
    y = 0.80
    rocks(stage, x - facing * 0.16 * stage.unit, y + 0.10, 0.52 * stage.unit, 0.125)
    return _Spot(x, y)


def _beside(stage: Stage, footing: Footing, side: int) -> None:
    """The story's things, next to the first actor or, in a close view, before everyone."""
    vision = stage.vision
    if footing.kind in {"water", "air"} and vision.things[0] not in {"lantern", "paperboat"}:
        return
    base = _HEIGHTS[vision.framing] * (0.35 + 0.65 * stage.unit)
    for k, name in enumerate(vision.things[:2]):
        tall = name in TALL_THINGS
        indoors = vision.place in INTERIORS
        if name in TABLETOP and not indoors and vision.framing != "close":
            continue
        if vision.framing == "close":
            height, y = (0.52 if tall else 0.32) * (0.4 + 0.6 * stage.unit), 1.02
            x = stage.aspect * (0.5 - side * (0.20 + 0.16 * k))
        else:
            height = base * (0.82 if tall else 0.40)
            x = stage.aspect * (0.5 + side * 0.10) - side * (0.62 + 0.5 * k) * base
            y = _ground(footing) + 0.012
        x = min(max(x, stage.aspect * 0.2), stage.aspect * 0.8)
        if footing.kind == "water":
            y, height, x = stage.horizon + (1 - stage.horizon) * 0.62, max(height, 0.14), stage.aspect * 0.58
        elif vision.framing != "close":
            cast_shadow(stage, x, y, height * 0.3)
        if name in TABLETOP and vision.framing != "close":
            y = _table(stage, x, y, base)
            height *= 0.8
        _lamp_glow(stage, name, x, y, height)
        set_in_light(stage, placed(THINGS[name](stage.palette.accent), x, y, height, flip=side < 0), 0.03)
        if footing.kind == "water" and vision.framing != "close":
            leave_wake(stage, x, y, height * 0.6)


def _table(stage: Stage, x: float, y: float, size: float) -> float:
    """A small round table; returns the height of its top."""
    wood = colour("#8a5f3f")
    top = y - size * 0.40
    legs = [
        Part(limb([(x, top), (x, y - size * 0.02)], [size * 0.06, size * 0.05]), shifted(wood, value=0.7))
    ]
    legs += [
        Part(
            limb([(x, y - size * 0.06), (x + s * size * 0.16, y)], [size * 0.04] * 2),
            shifted(wood, value=0.6),
        )
        for s in (-1, 1)
    ]
    board = [
        Part(oval(x, top + size * 0.02, size * 0.27, size * 0.05), shifted(wood, value=0.65)),
        Part(oval(x, top, size * 0.27, size * 0.045), wood),
    ]
    set_in_light(stage, [*legs, *board], 0.04)
    return top + size * 0.015


def _still_life(stage: Stage, footing: Footing) -> None:
    """Things by themselves: on the plinth, or on a ledge in the foreground."""
    vision, unit = stage.vision, stage.unit
    close = {"close": 1.35, "low": 1.2, "wide": 0.85, "high": 0.85}.get(vision.framing, 1.0)
    height = 0.44 * close * (0.35 + 0.65 * unit)
    y = footing.y
    if footing.kind == "water" and "paperboat" in vision.things:
        x, y = stage.aspect * 0.54, stage.horizon + (1 - stage.horizon) * 0.5
        set_in_light(stage, placed(THINGS["paperboat"](stage.palette.accent), x, y, height * 0.8), 0.03)
        leave_wake(stage, x, y, height * 0.5)
        return
    if footing.kind != "table":
        y = 0.80
        plank = stage.at(colour("#7a573c"), 0.0)
        edge = stage.aspect + 0.1
        stage.painter.scenery(
            [box(-0.1, y - 0.03, edge, y + 0.05)], mix(plank, stage.palette.sun, 0.3), plank
        )
        stage.painter.scenery(
            [box(-0.1, y + 0.05, edge, 1.1)], shifted(plank, value=0.7), shifted(plank, value=0.4)
        )
    if footing.kind == "table" and vision.framing == "close":
        height, y = height * 1.25, 0.98
    for k, name in enumerate(vision.things[:1] if footing.kind == "table" else vision.things[:2]):
        size = height * (
            1.15 if name in TALL_THINGS else 0.72 if name in {"cup", "book", "paperboat", "shoe"} else 1.0
        )
        size *= 1.0 if k == 0 else 0.75
        x = stage.aspect * (0.5 if footing.kind == "table" else 0.55 - 0.26 * k)
        cast_shadow(stage, x, y, size * 0.36)
        _lamp_glow(stage, name, x, y, size)
        set_in_light(stage, placed(THINGS[name](stage.palette.accent), x, y, size), 0.0)


def _presented(stage: Stage, footing: Footing) -> None:
    """A studio without a product: its hero stands on the plinth, or something precious does."""
    if not stage.vision.actors:
        stage.vision = replace(stage.vision, things=("crystal",))
        _still_life(stage, footing)
        return
    actor = stage.vision.actors[0]
    height = 0.42 * (0.35 + 0.65 * stage.unit)
    cast_shadow(stage, stage.aspect / 2, footing.y, height * 0.25)
    set_in_light(
        stage,
        placed(ACTORS[actor.kind][0](actor, stage.vision.pose), stage.aspect / 2, footing.y, height),
        0.0,
    )


def _lamp_glow(stage: Stage, name: str, x: float, y: float, height: float) -> None:
    if name in {"lantern", "crystal", "phone"}:
        stage.painter.glow(
            x, y - height * 0.4, height * 1.5, mix(stage.palette.accent, (255, 226, 160), 0.7), 0.6
        )
