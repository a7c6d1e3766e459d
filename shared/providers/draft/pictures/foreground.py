"""The foreground: dark, soft shapes at the edges that give a picture its depth."""

from __future__ import annotations

from shared.providers.draft.pictures.colours import Colour, colour, mix, shifted
from shared.providers.draft.pictures.flora import grass, leafy_branch
from shared.providers.draft.pictures.shapes import Outline, box, limb, oval
from shared.providers.draft.pictures.stage import Footing, Stage

_LEAFY = frozenset({"forest", "jungle", "meadow", "ruins", "lake", "mountains", "street"})


def paint_foreground(stage: Stage, footing: Footing, *, indoors: bool) -> None:
    """What stands between the camera and the scene."""
    framing = stage.vision.framing
    if stage.painter.look.shading == "clay":
        soft = 0.006
    else:
        soft = 0.0 if stage.painter.look.shading in {"cel", "wash"} else 0.005
    tone = mix(stage.at(colour("#2c3830"), 0.0), stage.palette.shade, 0.5)
    if framing == "framed":
        if stage.vision.place in _LEAFY:
            _boughs(stage, tone, soft)
        elif stage.vision.place not in {"space", "sky", "underwater", "studio"}:
            _doorway(stage, tone)
        return
    if indoors or footing.kind != "ground" or framing in {"close", "silhouette"}:
        return
    if stage.vision.place in _LEAFY and not stage.snowy:
        _meadow_edge(stage, tone, soft)
    elif stage.rng.random() < 0.6:  # noqa: PLR2004 - not in every picture
        _stones(stage, footing, soft)


def _boughs(stage: Stage, tone: Colour, soft: float) -> None:
    """Branches that frame the view from above and the sides."""
    rng, aspect = stage.rng, stage.aspect
    boughs: list[Outline] = []
    for x, y, angle in (
        (-0.03, 0.02, 25),
        (aspect + 0.03, -0.02, 152),
        (aspect + 0.03, 0.42, 195),
        (-0.03, 0.5, -12),
        (aspect * 0.75, -0.04, 100),
    ):
        boughs.extend(
            leafy_branch(rng, x, y, 0.36 * stage.unit * rng.uniform(0.8, 1.2), angle + rng.uniform(-8, 8))
        )
    boughs.extend(grass(rng, -0.02, aspect * 0.25, 1.03, 0.2, 26))
    boughs.extend(grass(rng, aspect * 0.75, aspect + 0.02, 1.03, 0.24, 26))
    stage.painter.scenery(boughs, tone, shifted(tone, value=0.7), soft=soft, line=False)


def _doorway(stage: Stage, tone: Colour) -> None:
    """A dark opening through which the scene is seen."""
    aspect = stage.aspect
    edge = 0.13 * aspect
    dark = shifted(tone, value=0.55)
    arch: list[tuple[float, float]] = [(-0.1, -0.1), (edge, -0.1)]
    arch += [(edge, 1.1), (-0.1, 1.1)]
    other = [
        (aspect + 0.1, -0.1),
        (aspect - edge * 0.8, -0.1),
        (aspect - edge * 0.8, 1.1),
        (aspect + 0.1, 1.1),
    ]
    lintel = [box(-0.1, -0.1, aspect + 0.1, 0.07)]
    corners = [
        ((edge - 0.001, 0.069), (edge + 0.09, 0.069), (edge - 0.001, 0.16)),
        (
            (aspect - edge * 0.8 + 0.001, 0.069),
            (aspect - edge * 0.8 - 0.09, 0.069),
            (aspect - edge * 0.8 + 0.001, 0.16),
        ),
    ]
    stage.painter.scenery([tuple(arch), tuple(other), *lintel, *corners], dark, shifted(dark, value=0.8))
    lit = [
        limb([(edge, 0.14), (edge, 1.05)], [0.006, 0.006]),
        limb([(aspect - edge * 0.8, 0.14), (aspect - edge * 0.8, 1.05)], [0.005, 0.005]),
    ]
    stage.painter.scenery(lit, mix(stage.palette.sun, dark, 0.35), soft=0.002, opacity=0.7, line=False)


def _meadow_edge(stage: Stage, tone: Colour, soft: float) -> None:
    """Grass and a few flowers along the lower edge."""
    rng, aspect = stage.rng, stage.aspect
    tall = 0.15
    blades = grass(rng, -0.02, aspect * 0.42, 1.04, tall, round(44 * aspect))
    blades += grass(rng, aspect * 0.60, aspect + 0.02, 1.04, tall * 1.3, round(44 * aspect))
    green = mix(tone, stage.at(colour("#4c6a36"), 0.0), 0.45)
    stage.painter.scenery(blades, green, shifted(green, value=0.6), soft=soft * 0.6, line=False)
    if stage.vision.place in {"meadow", "mountains", "ruins"}:
        heads: list[Outline] = []
        for _ in range(12):
            x = rng.choice((rng.uniform(0, aspect * 0.3), rng.uniform(aspect * 0.7, aspect)))
            y = rng.uniform(0.86, 0.97)
            heads.extend(
                oval(x + dx, y + dy, 0.006) for dx, dy in ((-0.006, 0), (0.006, 0), (0, -0.006), (0, 0.006))
            )
        stage.painter.scenery(heads, stage.at(stage.palette.accent, 0.0), soft=soft * 0.4, line=False)


def _stones(stage: Stage, footing: Footing, soft: float) -> None:
    """Boulders in one corner."""
    rng = stage.rng
    right = rng.random() < 0.5  # noqa: PLR2004 - either side
    x = stage.aspect * (0.94 if right else 0.06)
    tone = mix(stage.at(shifted(footing.surface, value=0.5), 0.0), stage.palette.shade, 0.35)
    for k in range(3):
        stone = oval(
            x + rng.uniform(-0.1, 0.1),
            1.0 - 0.012 * k,
            0.15 - 0.03 * k,
            0.085 - 0.012 * k,
            rng.uniform(-12, 12),
        )
        stage.painter.scenery(
            [stone],
            mix(tone, stage.palette.sun, 0.16),
            tone,
            soft=soft * 0.5,
            crest=mix(stage.palette.sun, tone, 0.4),
        )
