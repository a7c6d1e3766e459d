"""One hundred videos at once through a provider that takes five clips at a time.

    python -m tests.benchmarks.bench_limits

Ten users begin ten videos of one scene each. The provider works on five clips at once; those who have to
wait keep their place in the database, and no function waits with them.
"""

from __future__ import annotations

import time
from statistics import fmean

from tests import crowd
from tests.benchmarks.simulation import in_this_process, simulated_stack
from tests.fakes.providers.server import FakeProviders

VIDEOS, USERS, LIMIT = 100, 10, 5
CLIP_SECONDS = 4.0
SECONDS_AT_MOST = 1200.0


def main() -> None:
    """Begin them all, wait for all, print the table."""
    with FakeProviders() as fake, simulated_stack(fake) as stack, in_this_process(stack):
        fake.settings.concurrency = LIMIT
        fake.settings.latencies["image_to_video"] = CLIP_SECONDS
        started = time.monotonic()
        order = {"prompt": "A lamp in the fog", "frameCount": 1, "duration": 2, "narration": False}
        with crowd.Line() as line:
            begun = crowd.start(stack, USERS, VIDEOS, **order)
            states = crowd.states(begun, SECONDS_AT_MOST)
        seconds = time.monotonic() - started
        found = crowd.spans([video_id for _, video_id in begun], line)
    bound = LIMIT / CLIP_SECONDS
    at_work = (max(span.ended_at for span in found) - min(span.began_at for span in found)).total_seconds()
    sending = fmean((span.submitted_at - span.began_at).total_seconds() for span in found)
    seen = fmean((span.ended_at - span.submitted_at).total_seconds() for span in found) - CLIP_SECONDS
    empty = at_work * LIMIT / VIDEOS - sending - seen - CLIP_SECONDS
    print(f"\n{VIDEOS} videos of one scene, {USERS} users, {LIMIT} clips of {CLIP_SECONDS:.0f} s at a time\n")
    print(f"  finished                    {states.count('succeeded'):>8} of {VIDEOS}")
    print(f"  most clips at work at once  {crowd.most_at_once(found):>8} of {LIMIT}")
    print(f"  of another's while one waits {crowd.most_before(found):>7} of {VIDEOS // USERS}")
    print(f"  wall time                   {seconds:>8.1f} s")
    print(f"  clips a second              {VIDEOS / at_work:>8.2f}   the limit's own: {bound:.2f}")
    print(f"  share of the limit          {VIDEOS / at_work / bound:>8.2f}")
    print(f"\n  Beside its {CLIP_SECONDS:.0f} s at the provider, a clip keeps its place")
    print(f"  while it is sent            {sending:>8.2f} s")
    print(f"  until its end is seen       {seen:>8.2f} s")
    print(f"  empty, until the next       {empty:>8.2f} s")


if __name__ == "__main__":
    main()
