from __future__ import annotations

from random import Random

from shared.providers.draft.pictures.looks import look
from shared.providers.draft.pictures.painter import Painter


def test_a_layer_without_any_shape_draws_nothing() -> None:
    painter = Painter((64, 96), look("cinematic"), Random(1))
    before = painter.canvas.tobytes()
    painter.scenery([], (10, 20, 30), crest=(200, 200, 200))
    assert painter.canvas.tobytes() == before
