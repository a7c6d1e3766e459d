"""Caps on spending: the call that would pass one is not made.

What counts is what was paid, and the estimate of what is open or was lost: it may have been paid.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from psycopg.rows import DictRow, dict_row

from shared.assets.models import Bench
from shared.database import Connection, Question
from shared.errors import OverBudget, OverDeploymentCap, OverMonthlyCap, OverVideoCap
from shared.metrics import BUDGET_REFUSALS
from shared.settings import ProviderSettings, settings

SPENT: LiteralString = """
    coalesce(sum(case c.state
        when 'succeeded' then coalesce(c.actual_cost_usd, c.estimated_cost_usd)
        when 'failed' then coalesce(c.actual_cost_usd, 0)
        else c.estimated_cost_usd end), 0)
"""
"""US$ that calls come to, of `provider_calls c`."""


def check(db: Connection, bench: Bench, price_usd: Decimal) -> None:
    """Refuse a call just intended that passes a cap of the video's, the user's or the deployment's.

    One user's intents are checked one after another, so that two at once cannot share the last dollar; and
    so are all users' where the deployment has a cap. Raises OverBudget; the intent goes with its transaction.
    """
    if price_usd == 0:
        return
    db.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"budget/{bench.user_id}"])
    spent, cap = video_spending(db, bench.video_id)
    if cap is not None and spent > cap:
        raise _over(OverVideoCap, spent - price_usd, cap, price_usd)
    spent, cap = monthly_spending(db)
    if cap is not None and spent > cap:
        raise _over(OverMonthlyCap, spent - price_usd, cap, price_usd)
    cap = deployment_cap()
    if cap is not None:
        db.execute("select pg_advisory_xact_lock(hashtextextended('budget', 0))")
        if deployment_spending(db) > cap:
            raise _over_deployment(price_usd)


def refuse_unaffordable(db: Connection, video_id: UUID, first_call_usd: Callable[[], Decimal]) -> None:
    """Refuse to begin what cannot even begin: its first call would pass a cap. Raises OverBudget.

    What can begin and cannot end waits where the money ends. The price is asked for only if there is a cap.
    """
    for error, (spent, cap) in {
        OverVideoCap: video_spending(db, video_id),
        OverMonthlyCap: monthly_spending(db),
    }.items():
        if cap is not None and (price := first_call_usd()) and spent + price > cap:
            raise _over(error, spent, cap, price)
    cap = deployment_cap()
    if cap is not None and (price := first_call_usd()) and deployment_spending(db) + price > cap:
        raise _over_deployment(price)


_OF_VIDEO: LiteralString = (
    "select v.max_cost_usd as cap, " + SPENT + " as spent from video_sessions v"  # noqa: S608 - literals
    " left join provider_calls c on c.video_id = v.id where v.id = %s group by v.id"
)
_OF_MONTH: LiteralString = (
    "select u.monthly_cap_usd as cap, " + SPENT + " as spent from users u"  # noqa: S608 - literals
    " left join provider_calls c on c.user_id = u.id"
    " and c.intended_at >= date_trunc('month', now(), 'UTC')"
    " where u.id = app_user_id() group by u.id"
)
MONTH: Question[DictRow] = Question(_OF_MONTH, (), dict_row)
"""What the caller has spent this month: for `spending`."""


def video_spending(db: Connection, video_id: UUID) -> tuple[Decimal, Decimal | None]:
    """US$ spent on a video, and its cap."""
    return spending(db.execute(_OF_VIDEO, [video_id]).fetchone())


def monthly_spending(db: Connection) -> tuple[Decimal, Decimal | None]:
    """US$ that the caller has spent since the month began (UTC), and the caller's cap."""
    return spending(MONTH.one(db))


def deployment_cap() -> Decimal | None:
    """What everybody together can spend in a month at the most, in US$; None for no cap."""
    return settings(ProviderSettings).monthly_cap_usd


def deployment_spending(db: Connection) -> Decimal:
    """US$ that all users have spent since the month began (UTC)."""
    row = db.execute("select deployment_spending() as spent").fetchone()
    return row["spent"] if row else Decimal(0)


def spending(row: DictRow | None) -> tuple[Decimal, Decimal | None]:
    """US$ spent, and the cap."""
    return (row["spent"], row["cap"]) if row else (Decimal(0), None)


def _over_deployment(price: Decimal) -> OverBudget:
    """Says nothing of what is spent: that is other users' money."""
    BUDGET_REFUSALS.record(scope=str(OverDeploymentCap.cap))
    return OverDeploymentCap(
        f"The next call costs up to ${price:.2f}, and all users of this deployment together do not"
        " have that much left for this month. Whoever runs it can raise its cap.",
        details={"scope": OverDeploymentCap.cap, "priceUsd": str(price)},
    )


def _over(error: type[OverBudget], spent: Decimal, cap: Decimal, price: Decimal) -> OverBudget:
    BUDGET_REFUSALS.record(scope=str(error.cap))
    of = "this video" if error is OverVideoCap else "this month"
    return error(
        f"The next call costs up to ${price:.2f}; ${spent:.2f} of the ${cap:.2f} for {of} is spent."
        " Raise the cap to go on.",
        details={"scope": error.cap, "spentUsd": str(spent), "capUsd": str(cap), "priceUsd": str(price)},
    )
