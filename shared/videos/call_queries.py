"""The SQL of the ledger, as videos need it: what was asked, what it cost, what is still out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import DictRow, class_row
from psycopg.types.json import Jsonb

from shared.assets.models import Bench, CallEnd, ProviderCall, SceneRef
from shared.assets.queries import CALL_END
from shared.assets.recipes import ClipRecipe, NarrationRecipe, PaidRecipe, parse_recipe
from shared.database import Connection, Question
from shared.errors import AssetMissing, PoorOutput
from shared.log import logger
from shared.paging import Place
from shared.providers.ports import Cancellation
from shared.videos.edits import CallView

MOST_UNUSABLE_FETCHES = 5
"""How often what a task made is fetched in vain before it is left to the next render."""

LONGEST_COLLECTING_SECONDS = 7 * 24 * 3600
"""How long a task is looked after that no execution waits for."""


@dataclass(frozen=True, slots=True)
class Totals:
    """All calls for a video together. A lost call counts as if it was paid."""

    calls: int
    estimated_cost_usd: Decimal
    actual_cost_usd: Decimal
    lost: int


def totals(video_id: UUID) -> Question[Totals]:
    """What the calls for a video come to: one row, whatever there is."""
    return Question(
        "select count(*) as calls, count(*) filter (where state = 'lost') as lost,"
        " coalesce(sum(estimated_cost_usd) filter (where state <> 'failed'), 0) as estimated_cost_usd,"
        " coalesce(sum(coalesce(actual_cost_usd, case state when 'lost' then estimated_cost_usd end)), 0)"
        " as actual_cost_usd from provider_calls where video_id = %s",
        [video_id],
        class_row(Totals),
    )


def cancelled_cost(db: Connection, call_id: UUID, found: Cancellation) -> Decimal:
    """US$ to book for a task that was cancelled: its estimate, unless it never began."""
    if found == "queued":
        return Decimal(0)
    row = db.execute("select estimated_cost_usd from provider_calls where id = %s", [call_id]).fetchone()
    if row is None:
        raise AssetMissing("The ledger has lost a call that it had a moment ago.")
    return Decimal(row["estimated_cost_usd"])


def begin_cancelling(db: Connection, call_id: UUID, execution: int) -> bool:
    """Note that a task is about to be cancelled; False where its video is made again, or the call is over.

    Whoever then finds the task cancelled knows that it was us.
    """
    row = db.execute(
        "update provider_calls c set cancelled_at = now() from video_sessions v"
        " where c.id = %s and c.state = 'submitted' and v.id = c.video_id and v.executions = %s"
        " and v.state not in ('queued', 'running') returning c.id",
        [call_id, execution],
    ).fetchone()
    return row is not None


def seconds_since_cancelled(db: Connection, call_id: UUID) -> float | None:
    """How long ago we had a task cancelled; None where we did not."""
    row = db.execute(
        "select extract(epoch from now() - cancelled_at)::float8 as seconds"
        " from provider_calls where id = %s",
        [call_id],
    ).fetchone()
    return None if row is None else row["seconds"]


_CALLS: LiteralString = """
    select c.id, c.kind, s.number as scene, c.provider, c.model, c.state, c.task_id, c.estimated_cost_usd,
           c.actual_cost_usd, c.error, c.recipe, c.intended_at, c.submitted_at, c.running_at, c.ended_at,
           c.finished_at, c.lost_at
    from provider_calls c left join video_scenes s on s.id = c.scene_id where c.video_id = %s
"""


def calls(video_id: UUID, limit: int, after: Place | None) -> Question[CallView]:
    """The ledger of a video, oldest first, after a place."""
    where: LiteralString = "" if after is None else " and (c.intended_at, c.id) > (%s, %s)"
    return Question(
        _CALLS + where + " order by c.intended_at, c.id limit %s",
        [video_id, *(after or ()), limit],
        class_row(CallView),
    )


def poor_takes(db: Connection, video_id: UUID, recipe: PaidRecipe) -> int:
    """How many takes of what a recipe asks for the provider itself called unusable, since the last render.

    Another take asks for the same; other words, another picture or another model ask for something else.
    """
    row = db.execute(
        "select count(*) as poor from provider_calls c join video_sessions v on v.id = c.video_id"
        " where c.video_id = %s and c.kind = %s and c.intended_at >= v.queued_at"
        " and c.error->>'code' = %s and c.recipe - '{take,seed}'::text[] = %s::jsonb - '{take,seed}'::text[]",
        [video_id, recipe.kind, PoorOutput.code, Jsonb(recipe.model_dump(mode="json"))],
    ).fetchone()
    return int(row["poor"]) if row else 0


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A video that is not being made any more, and for which providers have tasks."""

    user_id: UUID
    video_id: UUID
    cancelled: bool
    executions: int


def videos_with_tasks(db: Connection) -> list[LeftOver]:
    """Videos with tasks that nobody looks after any more, of every user: the operator's question.

    What was often fetched in vain, or is a week old, is left to the video's next render: until then the
    history shows it as submitted, with the reason.
    """
    with db.cursor(row_factory=class_row(LeftOver)) as cursor:
        return cursor.execute(
            "select v.user_id, v.id as video_id, v.state = 'cancelled' as cancelled, v.executions"
            " from video_sessions v where v.state not in ('queued', 'running') and v.id in ("
            "  select video_id from provider_calls where state = 'submitted' and unusable_fetches < %s"
            "  and submitted_at > now() - make_interval(secs => %s))"
            " order by random() limit 200",
            [MOST_UNUSABLE_FETCHES, LONGEST_COLLECTING_SECONDS],
        ).fetchall()


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that a provider has, with all that is needed to fetch it."""

    call: ProviderCall
    task_id: str
    recipe: ClipRecipe | NarrationRecipe
    execution: int
    """The last one of its video."""

    _place: dict[str, Any]
    """The fields of the bench that it was submitted from."""

    @property
    def is_given_up(self) -> bool:
        """Whether only a render fetches it any more."""
        return self.call.unusable_fetches >= MOST_UNUSABLE_FETCHES

    @property
    def may_be_queued(self) -> bool:
        """Whether the provider was not seen at work on it so far."""
        return self.call.running_at is None and self.call.ended_at is None

    def bench(self, lease_seconds: float) -> Bench:
        """Where it is fetched: no execution looks after it any more."""
        return Bench(**self._place, lease_seconds=lease_seconds)


_OPEN_TASKS: LiteralString = """
    select c.id, c.identity, c.state, c.task_id, c.provider, c.model, c.running_at, c.submitted_at,
           c.ended_at, c.actual_cost_usd, c.unusable_fetches, c.recipe, s.id as scene_id, s.number,
           v.user_id, v.request_id, v.id as video_id, v.piece_index, v.executions
    from provider_calls c join video_sessions v on v.id = c.video_id
    left join video_scenes s on s.id = c.scene_id
    where c.state = 'submitted' and c.recipe is not null and
"""


def open_tasks(db: Connection, video_id: UUID) -> list[OpenTask]:
    """The tasks that providers have for a video. One that another version of this code submitted, and this
    one cannot read, is left to that.
    """
    rows = db.execute(_OPEN_TASKS + " v.id = %s order by c.intended_at", [video_id]).fetchall()
    return [task for row in rows if (task := _open_task(row)) is not None]


def own_open_tasks(db: Connection, request_id: str | None) -> list[OpenTask]:
    """The same for the caller's videos that are over, in one session or in all."""
    rows = db.execute(
        _OPEN_TASKS + " v.user_id = app_user_id() and v.request_id = coalesce(%s, v.request_id)"
        " and v.state not in ('queued', 'running') order by c.intended_at",
        [request_id],
    ).fetchall()
    return [task for row in rows if (task := _open_task(row)) is not None]


def _open_task(row: DictRow) -> OpenTask | None:
    scene_id, number, recipe = row.pop("scene_id"), row.pop("number"), row.pop("recipe")
    execution = row.pop("executions")
    try:
        parsed = parse_recipe(json.dumps(recipe))
        if not isinstance(parsed, ClipRecipe | NarrationRecipe):
            raise TypeError(f"A {parsed.kind} is never a task.")  # noqa: TRY301 - logged with the others
    except (ValueError, TypeError):
        logger().exception("task not read", extra={"task_id": row["task_id"]})
        return None
    scene = None if scene_id is None else SceneRef(scene_id, number)
    place = {name: row.pop(name) for name in ("user_id", "request_id", "video_id", "piece_index")}
    return OpenTask(ProviderCall(**row), row["task_id"], parsed, execution, {**place, "scene": scene})


def expire_leases(db: Connection) -> None:
    """Nobody who intended a call is alive any more: the operator's certainty, at a local start."""
    db.execute("update provider_calls set lease_expires_at = now() where state = 'intended'")


def lose_expired(db: Connection) -> list[CallEnd]:
    """Write off intents whose maker is gone, in videos that nobody makes: the operator's chore.

    In a video that is being made, the next attempt at the recipe does it.
    """
    with db.cursor(row_factory=class_row(CallEnd)) as cursor:
        return cursor.execute(
            "update provider_calls c set state = 'lost', finished_at = now() from video_sessions v"  # noqa: S608 - literals
            " where v.id = c.video_id and v.state not in ('queued', 'running')"
            " and c.state = 'intended' and c.lease_expires_at < now()" + CALL_END
        ).fetchall()
