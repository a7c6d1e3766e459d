"""Putting a picture together: place, framing, light, cast, foreground."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from PIL import Image

from shared.providers.draft.pictures import (
    places_beyond,
    places_city,
    places_inside,
    places_land,
    places_water,
)
from shared.providers.draft.pictures.cast import paint_cast
from shared.providers.draft.pictures.finish import finished
from shared.providers.draft.pictures.foreground import paint_foreground
from shared.providers.draft.pictures.lighting import INTERIORS
from shared.providers.draft.pictures.looks import look
from shared.providers.draft.pictures.painter import Painter
from shared.providers.draft.pictures.palette import mixed
from shared.providers.draft.pictures.reading import Vision
from shared.providers.draft.pictures.sky import falling, rays
from shared.providers.draft.pictures.stage import Place, Stage

PLACES: dict[str, Place] = {
    "sea": places_water.sea,
    "lake": places_water.lake,
    "underwater": places_water.underwater,
    "city": places_city.city,
    "ruins": places_city.ruins,
    "street": places_city.street,
    "forest": places_land.forest,
    "jungle": places_land.jungle,
    "mountains": places_land.mountains,
    "desert": places_land.desert,
    "mars": places_land.mars,
    "meadow": places_land.meadow,
    "space": places_beyond.space,
    "sky": places_beyond.sky,
    "studio": places_beyond.studio,
    "cafe": places_inside.cafe,
    "room": places_inside.room,
    "workshop": places_inside.workshop,
    "library": places_inside.library,
}
INDOORS = INTERIORS | {"studio"}
_HORIZONS = {
    "wide": 0.56,
    "medium": 0.54,
    "low": 0.74,
    "close": 0.58,
    "silhouette": 0.66,
    "framed": 0.58,
    "high": 0.30,
}


def composed(vision: Vision, size: tuple[int, int], rng: Random) -> Image.Image:
    """The finished picture for a vision, without type."""
    manner = look(vision.style)
    if vision.style == "noir" and vision.time == "day":
        vision = replace(vision, time="dusk")
    painter = Painter((size[0] // manner.grid, size[1] // manner.grid), manner, rng)
    stage = _staged(vision, painter, rng)
    footing = PLACES[vision.place](stage)
    outdoors = vision.place not in INDOORS
    if vision.framing == "silhouette" and outdoors and vision.place not in {"space", "underwater"}:
        rays(stage, 0.16)
        painter.glow(*stage.sun, 0.6, stage.palette.sun, 0.5)
    if vision.weather == "fog" and outdoors:
        painter.veil(0.2, 1.0, stage.palette.haze, 0.72, peak=0.55)
    if vision.framing == "close":
        painter.blur(0.007 if manner.shading in {"cel", "wash", "clay"} else 0.012)
        _bokeh(stage)
    paint_cast(stage, footing)
    paint_foreground(stage, footing, indoors=not outdoors)
    if outdoors:
        falling(stage)
    return finished(stage, size)


def _staged(vision: Vision, painter: Painter, rng: Random) -> Stage:
    palette = mixed(vision, painter.look)
    horizon = _HORIZONS[vision.framing] + rng.uniform(-0.03, 0.03)
    aspect = painter.aspect
    unit = min(1.0, 0.25 + aspect * 0.55)
    sun_x = aspect * rng.uniform(0.60, 0.76)
    sun_y = min(palette.sun_height * rng.uniform(0.85, 1.1), horizon - 0.07)
    radius = 0.040 if palette.night else 0.034
    if vision.framing == "silhouette":
        radius, sun_x, sun_y = 0.15 * (0.5 + unit / 2), aspect * rng.uniform(0.50, 0.60), horizon - 0.14
    return Stage(painter, palette, vision, rng, horizon, (sun_x, max(sun_y, 0.14)), radius, unit)


def _bokeh(stage: Stage) -> None:
    """Soft discs of light in the unfocused distance."""
    rng = stage.rng
    for _ in range(7):
        x, y = rng.uniform(0, stage.aspect), rng.uniform(0.08, 0.8)
        stage.painter.glow(x, y, rng.uniform(0.03, 0.09), stage.palette.sun, rng.uniform(0.15, 0.4))
