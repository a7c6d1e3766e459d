"""Setting one subject into the scene: its light, its shadow, the water around it."""

from __future__ import annotations

from dataclasses import replace

from shared.providers.draft.pictures.colours import WHITE, mix, shifted
from shared.providers.draft.pictures.places_water import water_colour
from shared.providers.draft.pictures.shapes import Part, limb, oval
from shared.providers.draft.pictures.stage import Stage

INTERIORS = frozenset({"cafe", "room", "workshop", "library"})


def backlit(stage: Stage) -> bool:
    """Whether subjects stand dark before the light."""
    vision = stage.vision
    return vision.framing == "silhouette" and vision.place not in INTERIORS | {
        "space",
        "underwater",
        "studio",
    }


def set_in_light(stage: Stage, parts: list[Part], depth: float) -> None:
    """Parts in the scene's light."""
    lit = [
        replace(part, colour=stage.at(stage.painter.tone(part.colour), depth)) if part.lit else part
        for part in parts
    ]
    xs = [p[0] for part in parts for p in part.outline]
    ys = [p[1] for part in parts for p in part.outline]
    centre = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    against = backlit(stage)
    stage.painter.subject(
        lit,
        towards_light=(stage.sun[0] - centre[0], min(stage.sun[1] - centre[1], -0.12)),
        rim=mix(stage.palette.sun, WHITE, 0.15),
        shade=stage.palette.shade,
        rim_strength=0.95 if against else 0.72,
        shade_strength=0.75 if against else 0.55,
    )


def cast_shadow(stage: Stage, x: float, y: float, width: float) -> None:
    """What a body takes from the ground's light: a contact shadow and a long one away from the sun."""
    painter, shade = stage.painter, stage.palette.shade
    hard = painter.look.shading == "cel"
    soft = 0.0 if hard else max(width * 0.05, 0.002)
    away = 1 if stage.sun[0] < x else -1
    if not stage.palette.night and stage.vision.weather not in {"rain", "fog"}:
        length = width * (3.4 if stage.vision.time in {"golden", "dawn", "dusk"} else 1.6)
        cast = limb(
            [(x, y), (x + away * length * 0.6, y + length * 0.07), (x + away * length, y + length * 0.12)],
            [width * 0.16, width * 0.2, width * 0.12],
        )
        painter.scenery([cast], shade, soft=soft, opacity=0.34, line=False)
    painter.scenery(
        [oval(x, y + 0.002, width * 0.9, width * 0.11)], shade, soft=soft, opacity=0.5, line=False
    )


def leave_wake(stage: Stage, x: float, y: float, width: float) -> None:
    """Water that closes over what floats in it: a dark reflection, then foam."""
    painter, rng = stage.painter, stage.rng
    deep = shifted(water_colour(stage), value=0.72)
    for k in range(5):
        dash = oval(
            x + rng.uniform(-0.1, 0.1) * width, y + 0.012 + 0.014 * k, width * (0.95 - 0.15 * k), 0.006
        )
        painter.scenery([dash], deep, soft=0.002, opacity=0.45, line=False)
    foam = [
        oval(x + rng.uniform(-1, 1) * width, y + rng.uniform(-0.002, 0.012), rng.uniform(0.02, 0.07), 0.0035)
        for _ in range(14)
    ]
    painter.scenery(foam, mix(WHITE, stage.palette.low, 0.35), soft=0.0012, opacity=0.8, line=False)
