"""The heads of four-legged animals, looking to the right, in the units of their bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.providers.draft.pictures.colours import WHITE, Colour, brightness, colour, mix, shifted
from shared.providers.draft.pictures.proportions import Proportions
from shared.providers.draft.pictures.shapes import Part, limb, oval

DARK = colour("#241f26")
_IVORY = colour("#f4ead6")
_AMBER = colour("#f2c14e")
_BONE = colour("#e8d8b8")
_BLACKISH = 0.3


def animal_head(animal: Proportions, coat: Colour, pale: Colour) -> list[Part]:
    """The head with its ears. `pale` is the colour of its muzzle."""
    (x, y), r = animal.head, animal.head_size
    skull = Part(oval(x, y, r * 1.05, r * 0.95), coat)
    face = [*_trunk(x, y, r, coat), skull] if animal.ears == "fans" else [skull, *_muzzle(animal, coat, pale)]
    return [
        *_ear(animal, coat, far=True),
        *face,
        *_eye(x, y, r, coat),
        *_ear(animal, coat, far=False),
    ]


def _trunk(x: float, y: float, r: float, coat: Colour) -> list[Part]:
    """An elephant's, and a tusk."""
    trunk = [
        (x + r * 0.4, y),
        (x + r * 1.2, y + r * 0.7),
        (x + r * 1.25, y + r * 2.0),
        (x + r * 1.65, y + r * 2.6),
    ]
    tusk = [(x + r * 0.7, y + r * 0.9), (x + r * 1.5, y + r * 1.3)]
    return [
        Part(limb(trunk, [r * 1.1, r * 0.7, r * 0.45, r * 0.3], 8), coat),
        Part(limb(tusk, [r * 0.22, r * 0.06]), _IVORY),
    ]


def _muzzle(animal: Proportions, coat: Colour, pale: Colour) -> list[Part]:
    """Bridge, jaw and nose."""
    (x, y), r, width = animal.head, animal.head_size, animal.snout_width
    nose_x, nose_y = x + r * 0.55 + animal.snout, y + r * 0.30
    bridge = [(x + r * 0.15, y + r * 0.12), (nose_x, nose_y)]
    jaw = [(x + r * 0.1, y + r * 0.62), (nose_x - 0.02, nose_y + width * 0.2)]
    return [
        Part(limb(bridge, [r * 1.5, width * 0.75]), coat),
        Part(limb(jaw, [r * 0.62, width * 0.42]), pale),
        Part(oval(nose_x + width * 0.22, nose_y - width * 0.12, width * 0.24), DARK),
    ]


def _eye(x: float, y: float, r: float, coat: Colour) -> list[Part]:
    eye = oval(x + r * 0.48, y - r * 0.14, r * 0.13, r * 0.16)
    if brightness(coat) < _BLACKISH:  # a black eye on a black coat would be lost
        slit = oval(x + r * 0.50, y - r * 0.14, r * 0.045, r * 0.13)
        return [Part(eye, _AMBER, lit=False), Part(slit, DARK, lit=False)]
    return [Part(eye, DARK), Part(oval(x + r * 0.52, y - r * 0.20, r * 0.045), WHITE)]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an ear is, on a head of radius `r`, and its colours."""

    x: float
    y: float
    r: float
    coat: Colour
    outside: Colour
    inside: Colour
    far: bool


def _ear(animal: Proportions, coat: Colour, *, far: bool) -> list[Part]:
    (x, y), r = animal.head, animal.head_size
    place = _Place(
        x=x + (r * 0.42 if far else -r * 0.34),
        y=y,
        r=r,
        coat=coat,
        outside=shifted(coat, value=0.75) if far else coat,
        inside=mix(coat, (240, 170, 160), 0.4),
        far=far,
    )
    return _EARS[animal.ears](place)


def _pointed(at: _Place, height: float = 1.0) -> list[Part]:
    x, y, r, tall = at.x, at.y, at.r, at.r * height
    outer = (
        (x - r * 0.42, y - r * 0.5),
        (x - r * 0.12, y - r * 0.75 - tall),
        (x + r * 0.42, y - r * 0.62),
    )
    core = (
        (x - r * 0.22, y - r * 0.62),
        (x - r * 0.08, y - r * 0.68 - tall * 0.7),
        (x + r * 0.22, y - r * 0.68),
    )
    return [Part(outer, at.outside), Part(core, at.outside if at.far else at.inside)]


def _round(at: _Place, size: float) -> list[Part]:
    x, y, r = at.x, at.y, at.r
    return [
        Part(oval(x, y - r * 0.82, r * size), at.outside),
        Part(oval(x, y - r * 0.80, r * size * 0.58), at.inside),
    ]


def _long(at: _Place) -> list[Part]:
    x, y, r = at.x, at.y, at.r
    outer = [(x, y - r * 0.6), (x - r * 0.35, y - r * 1.7), (x - r * 0.5, y - r * 2.5)]
    core = [(x - r * 0.1, y - r * 0.9), (x - r * 0.42, y - r * 2.2)]
    return [
        Part(limb(outer, [r * 0.4, r * 0.5, r * 0.2]), at.outside),
        Part(limb(core, [r * 0.18, r * 0.14]), at.inside),
    ]


def _floppy(at: _Place) -> list[Part]:
    x, y, r = at.x, at.y, at.r
    if at.far:
        return []
    ear = [(x, y - r * 0.65), (x - r * 0.4, y - r * 0.1), (x - r * 0.3, y + r * 0.65)]
    return [Part(limb(ear, [r * 0.4, r * 0.62, r * 0.4]), shifted(at.coat, value=0.7))]


def _fan(at: _Place) -> list[Part]:
    x, y, r = at.x, at.y, at.r
    if at.far:
        return []
    return [Part(oval(x - r * 0.45, y + r * 0.1, r * 0.85, r * 1.1, 10), shifted(at.coat, value=0.84))]


def _antlered(at: _Place) -> list[Part]:
    x, y, r = at.x, at.y, at.r
    bone = mix(at.coat, _BONE, 0.6)
    ear = [(x - r * 0.1, y - r * 0.5), (x - r * 0.8, y - r * 1.0)]
    beam = [(x, y - r * 0.7), (x - r * 0.7, y - r * 2.2), (x - r * 0.2, y - r * 3.4)]
    front = [(x - r * 0.5, y - r * 1.7), (x + r * 0.35, y - r * 2.5)]
    back = [(x - r * 0.68, y - r * 2.4), (x - r * 1.3, y - r * 3.2)]
    return [
        Part(limb(ear, [r * 0.4, r * 0.15]), at.outside),
        Part(limb(beam, [r * 0.22, r * 0.18, r * 0.06]), bone),
        Part(limb(front, [r * 0.16, r * 0.05]), bone),
        Part(limb(back, [r * 0.15, r * 0.05]), bone),
    ]


_EARS: dict[str, Callable[[_Place], list[Part]]] = {
    "pointed": _pointed,
    "small": lambda at: _pointed(at, 0.75),
    "round": lambda at: _round(at, 0.36),
    "dish": lambda at: _round(at, 0.6),
    "long": _long,
    "floppy": _floppy,
    "fans": _fan,
    "antlers": _antlered,
}
"""By the name that an animal's proportions give."""
