"""What changing one scene costs beside making the whole video.

    python -m tests.benchmarks.bench_change

A video of six scenes is made; then the third scene gets another picture and other words, and the video is
rendered again. The calls are counted by the fake providers' own ledger, the assets by the database.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.database import transaction
from tests.benchmarks.simulation import (
    CLIP_SECONDS,
    FRAME_SECONDS,
    LATENCIES,
    ORDER,
    SCENES,
    STORY_SECONDS,
    in_this_process,
    simulated_stack,
    succeeded,
)
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import RunningStack

CHANGED_SCENE = 3
CHANGE = {
    "prompt": "The keeper rows out to the whale in a small red boat, under the northern lights.",
    "narration": "So he takes the small red boat, and rows towards the singing.",
}
PIECES = ("story", "frame", "clip", "narration")
ONE_SCENE = {"frame": 1, "clip": 1, "narration": 1}
WHOLE_PATH = STORY_SECONDS + 2 * FRAME_SECONDS + CLIP_SECONDS
CHANGE_PATH = FRAME_SECONDS + CLIP_SECONDS

_KIND_OF_ROUTE = {
    "responses": "story",
    "images_generations": "frame",
    "images_edits": "frame",
    "image_to_video": "clip",
    "text_to_speech": "narration",
}


@dataclass(frozen=True, slots=True)
class Made:
    """One render: wall seconds, what providers were paid for, and which assets are new."""

    seconds: float
    paid: Counter[str]
    assets: Counter[str]


def main() -> None:
    """Make, change, render, print the table."""
    with FakeProviders() as fake, simulated_stack(fake) as stack:
        # Every function starts, and the fake makes its clips, at nobody's cost.
        make_and_change(stack, fake)
        fake.settings.latencies.update(LATENCIES)
        whole, changed, promised = make_and_change(stack, fake)
    print(f"\n{SCENES} scenes; then another prompt and another narration for scene {CHANGED_SCENE}\n")
    print(
        f"  {'':<18} {'wall s':>8} {'path s':>8} "
        + "".join(f"{each:>11}" for each in (*PIECES, "cut", "paid"))
    )
    row("the whole video", whole, WHOLE_PATH)
    row("after the change", changed, CHANGE_PATH)
    share = sum(changed.paid.values()) / sum(whole.paid.values())
    print(f"  {'changed / whole':<18} {changed.seconds / whole.seconds:>8.2f}{share:>76.2f}")
    exact = changed.paid == ONE_SCENE and changed.assets["cut"] == 1
    print(f"\n  goal one frame, one clip, one narration and the cut: {'reached' if exact else 'MISSED'}")
    said = "yes" if promised == ONE_SCENE else f"no, it said {promised}"
    print(f"  The answer to the change promised just these calls: {said}")


def make_and_change(stack: RunningStack, fake: FakeProviders) -> tuple[Made, Made, dict[str, int]]:
    """The whole video, the render after the change, and the calls that the answer to the change promised."""
    api, user_id = stack.new_caller("bench")
    watch = Watch(stack, fake, user_id)
    whole = watch.render(lambda: api.make(**ORDER))
    video_id = api.call("GET", "/api/videos")[1]["items"][0]["id"]
    status, answer = api.call("PATCH", f"/api/videos/{video_id}/scenes/{CHANGED_SCENE}", CHANGE)
    if status != 200:
        raise SystemExit(f"The change was refused: {answer}")
    promised = {kind: total["count"] for kind, total in answer["plan"]["byKind"].items()}
    return whole, watch.render(lambda: api.render(video_id)), promised


class Watch:
    """Counts what a render adds to the providers' ledger and to the user's assets."""

    def __init__(self, stack: RunningStack, fake: FakeProviders, user_id: UUID) -> None:
        self._stack = stack
        self._fake = fake
        self._user_id = user_id

    def render(self, work: Callable[[], dict[str, Any]]) -> Made:
        """Make a video and count."""
        paid, assets = self._paid(), self._assets()
        started = time.perf_counter()
        succeeded(work())
        seconds = time.perf_counter() - started
        return Made(seconds, self._paid() - paid, self._assets() - assets)

    def _paid(self) -> Counter[str]:
        return Counter(_KIND_OF_ROUTE[entry.route] for entry in self._fake.ledger)

    def _assets(self) -> Counter[str]:
        with in_this_process(self._stack), transaction(self._user_id) as db:
            rows = db.execute("select kind, count(*) as number from assets group by kind").fetchall()
        return Counter({row["kind"]: row["number"] for row in rows})


def row(name: str, made: Made, path: float) -> None:
    """One line of the table."""
    counts = [*(made.paid[kind] for kind in PIECES), made.assets["cut"], sum(made.paid.values())]
    print(f"  {name:<18} {made.seconds:>8.2f} {path:>8.2f} " + "".join(f"{each:>11}" for each in counts))


if __name__ == "__main__":
    main()
