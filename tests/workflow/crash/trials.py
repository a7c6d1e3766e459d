"""All cells of the matrix: many videos at once, and those together that wait for an outage."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

from tests.fakes.providers.server import FakeProviders
from tests.running_stack import RunningStack
from tests.workflow.crash.matrix import Cell
from tests.workflow.crash.stack import CrashStack
from tests.workflow.crash.trial import Outcome, Trial

VIDEOS_AT_ONCE = 5
OUTAGES = {"database": CrashStack.lose_database, "storage": CrashStack.lose_storage}
REACH_SECONDS = 120
LATE = ("merge_clips", "publish_video", "keep_clip"), ("draw_frame", "submit_clip", "check_clip", "narrate")
"""Steps that a video reaches late. Whoever waits for the others must not run into its own timeout."""


class Trials:
    """All trials: many at once, and then those that wait together for an outage."""

    def __init__(self, cells: list[Cell], running: RunningStack, fake: FakeProviders) -> None:
        self._running = running
        self._fake = fake
        self._pool = ThreadPoolExecutor(VIDEOS_AT_ONCE)
        self._stage = ThreadPoolExecutor(1)
        self._outcomes: dict[Cell, Future[Outcome]] = {cell: Future() for cell in cells}
        self._stage.submit(self._run)

    def outcome(self, cell: Cell) -> Outcome:
        """What became of a cell. Raises what its trial raised."""
        return self._outcomes[cell].result(1200)

    def close(self) -> None:
        """Wait for all."""
        self._stage.shutdown()
        self._pool.shutdown()

    def _run(self) -> None:
        wait([self._pool.submit(self._try, cell) for cell in self._cells(*OUTAGES, exclude=True)])
        for fault in OUTAGES:
            self._lose(fault)

    def _cells(self, *faults: str, exclude: bool = False) -> list[Cell]:
        return [cell for cell in self._outcomes if (cell.fault in faults) is not exclude]

    def _try(self, cell: Cell) -> None:
        try:
            self._outcomes[cell].set_result(Trial(cell, self._running, self._fake).run())
        except BaseException as error:
            self._outcomes[cell].set_exception(error)
            raise

    def _lose(self, fault: str) -> None:
        """Every step waits at the worst moment; the part goes; the steps go on; the part comes back."""
        cells = self._cells(fault)
        if not cells:
            return
        stack = self._running.stack
        assert isinstance(stack, CrashStack)
        gate = stack.accidents / "open"
        gate.unlink(missing_ok=True)
        trials = {cell: Trial(cell, self._running, self._fake) for cell in cells}
        early = [cell for cell in cells if not any(cell.step in steps for steps in LATE)]
        for group in (*([cell for cell in cells if cell.step in steps] for steps in LATE), early):
            self._reach([trials[cell] for cell in group])
        gone = asyncio.run_coroutine_threadsafe(OUTAGES[fault](stack), self._running._loop)
        time.sleep(1)
        gate.touch()
        gone.result(120)
        wait([self._pool.submit(self._end, trials[cell]) for cell in cells])

    def _reach(self, trials: list[Trial]) -> None:
        """Bring videos to where they wait."""
        wait([self._pool.submit(trial.begin) for trial in trials])
        give_up_at = time.monotonic() + REACH_SECONDS
        while not all(trial.met() for trial in trials) and time.monotonic() < give_up_at:
            time.sleep(0.2)

    def _end(self, trial: Trial) -> None:
        try:
            assert trial.met(), f"{trial.cell}: the step was never reached"
            self._outcomes[trial.cell].set_result(trial.end())
        except BaseException as error:
            self._outcomes[trial.cell].set_exception(error)
            raise
