"""What follows when a video has come to an end, once that is committed."""

from __future__ import annotations

from shared.metrics import VIDEOS_FAILED, VIDEOS_FINISHED
from shared.videos.queries import Finished
from shared.webhooks.outbox import deliver_soon


def announce(finished: Finished | None) -> None:
    """Count it, and have its webhooks told soon. None: it had come to an end before. Needs Access.WEBHOOKS.

    A process that dies before this leaves the webhooks to the schedule.
    """
    if finished is None:
        return
    if finished.error_code is None:
        VIDEOS_FINISHED.record(outcome=finished.state)
    else:
        VIDEOS_FAILED.record(code=finished.error_code)
    deliver_soon(finished.deliveries)
