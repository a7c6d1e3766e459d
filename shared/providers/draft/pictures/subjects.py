"""The catalogue: which drawing stands for which name, how large it is, and where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from shared.providers.draft.pictures import animals, figures, quadrupeds, structures, things
from shared.providers.draft.pictures.colours import Colour
from shared.providers.draft.pictures.proportions import PROPORTIONS
from shared.providers.draft.pictures.reading import Actor
from shared.providers.draft.pictures.shapes import Part

DrawActor: TypeAlias = Callable[[Actor, str], list[Part]]
DrawThing: TypeAlias = Callable[[Colour], list[Part]]

ACTORS: dict[str, tuple[DrawActor, float]] = {
    "person": (figures.person, 1.0),
    "elder": (figures.person, 1.0),
    "child": (figures.child, 0.74),
    "astronaut": (figures.astronaut, 1.02),
    "robot": (figures.robot, 0.92),
    "whale": (animals.whale, 1.0),
    "fish": (animals.fish, 0.5),
    "turtle": (animals.turtle, 0.5),
    "bird": (animals.bird, 0.36),
    "butterfly": (animals.butterfly, 0.3),
    "dragon": (animals.dragon, 1.3),
    "cat": (quadrupeds.quadruped, 0.56),
    "dog": (quadrupeds.quadruped, 0.62),
    "fox": (quadrupeds.quadruped, 0.62),
    "wolf": (quadrupeds.quadruped, 0.72),
    "bear": (quadrupeds.quadruped, 1.05),
    "lion": (quadrupeds.quadruped, 0.9),
    "rabbit": (quadrupeds.quadruped, 0.42),
    "mouse": (quadrupeds.quadruped, 0.34),
    "horse": (quadrupeds.quadruped, 1.2),
    "deer": (quadrupeds.quadruped, 1.1),
    "elephant": (quadrupeds.quadruped, 1.6),
}
"""By kind: the drawing, and its height where a grown-up is 1."""

LANDMARKS: dict[str, tuple[DrawThing, float]] = {
    "lighthouse": (structures.lighthouse, 0.52),
    "castle": (structures.castle, 0.40),
    "greenhouse": (structures.greenhouse, 0.46),
    "rocket": (structures.rocket, 0.50),
    "train": (structures.train, 0.17),
    "house": (structures.house, 0.26),
    "windmill": (structures.windmill, 0.40),
    "ship": (structures.ship, 0.34),
    "boat": (structures.boat, 0.30),
    "tree": (structures.tree, 0.44),
    "bridge": (structures.bridge, 0.26),
    "car": (structures.car, 0.17),
    "balloon": (structures.balloon, 0.30),
    "plane": (structures.plane, 0.20),
    "tent": (structures.tent, 0.18),
}
"""By name: the drawing, and its height in a wide picture."""

FACES: dict[str, tuple[float, float, float, float]] = {
    "person": (0.02, -0.89, 0.17, 0.27),
    "elder": (0.02, -0.88, 0.17, 0.28),
    "child": (0.02, -0.83, 0.30, 0.36),
    "astronaut": (0.02, -0.86, 0.30, 0.36),
    "robot": (0.02, -0.80, 0.38, 0.34),
    "dragon": (0.76, -0.99, 0.34, 0.26),
    "butterfly": (0.0, -0.56, 1.0, 0.50),
    "bird": (0.10, -0.62, 0.8, 0.50),
    **{
        kind: (f.head[0] + f.snout * 0.5, f.head[1] + 0.02, f.head_size * 2, 0.36)
        for kind, f in PROPORTIONS.items()
    },
}
"""For close views, by kind: the middle of the face, its size, and the share of the height it takes."""

AFLOAT = frozenset({"ship", "boat"})
ALOFT = frozenset({"balloon", "plane"})
SWIMMERS = frozenset({"whale", "fish", "turtle"})
FLYERS = frozenset({"bird", "butterfly"})
UPRIGHT = frozenset({"person", "elder", "child", "astronaut", "robot"})

THINGS: dict[str, DrawThing] = {
    "bottle": things.bottle,
    "cup": things.cup,
    "book": things.book,
    "easel": things.easel,
    "paperboat": structures.paper_boat,
    "flower": things.flower,
    "plant": things.plant,
    "lantern": things.lantern,
    "phone": things.phone,
    "telescope": things.telescope,
    "bicycle": things.bicycle,
    "clock": things.clock,
    "box": things.parcel,
    "crystal": things.crystal,
    "shoe": things.shoe,
    "guitar": things.guitar,
}
TABLETOP = frozenset({"cup", "book", "bottle", "phone", "clock", "crystal"})
"""Things that need a table or a hand: nobody leaves them in a meadow."""
TALL_THINGS = frozenset({"easel", "telescope", "bicycle", "guitar"})
"""Things as tall as a child; all others are shown at half that."""
