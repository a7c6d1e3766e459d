"""Whatever fails and when: a video ends or says what it waits for, nothing is paid twice, nothing is lost."""

from __future__ import annotations

import pytest

from tests.workflow.crash.matrix import Cell, cells
from tests.workflow.crash.trials import Trials


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_a_video_survives(cell: Cell, trials: Trials) -> None:
    outcome = trials.outcome(cell)
    assert outcome.wrong == (), outcome
    assert outcome.second == "succeeded", outcome
    assert (outcome.first not in {"succeeded", "stopped"}, outcome.lost) == (cell.ends, cell.lost), outcome
