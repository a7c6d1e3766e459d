"""The SQL of assets and of the ledger. Every function runs in a transaction of the caller's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from shared.assets.models import Asset, Bench, CallEnd, CallState, ProviderCall
from shared.assets.recipes import PaidRecipe, Recipe
from shared.database import Connection, Question

ASSET_COLUMNS: LiteralString = (
    "a.id, a.scene_id, a.kind, a.identity, a.sha256, a.storage_key, a.content_type, a.size_bytes"
)
"""The fields of `Asset`, of a table `assets a`."""

TAKES = frozenset({"frame", "clip", "narration", "upload"})
"""Kinds of which a scene has takes to choose from."""

_ASSET: LiteralString = "select " + ASSET_COLUMNS + " from assets a"  # noqa: S608 - literals


def find_asset(db: Connection, video_id: UUID, identity: str) -> Asset | None:
    """What a recipe was made into, if it was."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(
            _ASSET + " where a.video_id = %s and a.identity = %s", [video_id, identity]
        ).fetchone()


def asset_by_id(db: Connection, asset_id: UUID) -> Asset | None:
    """One asset of the caller's."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(_ASSET + " where a.id = %s", [asset_id]).fetchone()


def asset_of_content(db: Connection, video_id: UUID, sha256: str) -> Asset | None:
    """An asset of the video with this content."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(
            _ASSET + " where a.video_id = %s and a.sha256 = %s limit 1", [video_id, sha256]
        ).fetchone()


def add_asset(db: Connection, bench: Bench, recipe: Recipe, stored: Asset) -> Asset:
    """Record what was stored. Whoever comes second gets what the first one recorded."""
    db.execute(
        "insert into assets (id, user_id, video_id, scene_id, identity, kind, recipe, storage_key,"
        " content_type, size_bytes, sha256) values (%s, %s, %s,"
        " (select id from video_scenes where id = %s), %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (video_id, identity) do nothing",
        [
            stored.id,
            bench.user_id,
            bench.video_id,
            stored.scene_id,
            stored.identity,
            stored.kind,
            Jsonb(recipe.model_dump(mode="json")),
            stored.storage_key,
            stored.content_type,
            stored.size_bytes,
            stored.sha256,
        ],
    )
    asset = find_asset(db, bench.video_id, stored.identity) or stored
    if bench.scene_id is not None and recipe.kind in TAKES:
        add_take(db, bench.scene_id, asset.id)
    return asset


def add_take(db: Connection, scene_id: UUID, asset_id: UUID) -> None:
    """The asset was made for the scene, or put into it. A second time changes nothing."""
    db.execute(
        "insert into scene_takes (scene_id, asset_id, user_id)"
        " select id, %s, user_id from video_scenes where id = %s on conflict do nothing",
        [asset_id, scene_id],
    )


def open_call(db: Connection, video_id: UUID, identity: str) -> ProviderCall | None:
    """The one call for a recipe that is not over, if there is one."""
    with db.cursor(row_factory=class_row(ProviderCall)) as cursor:
        return cursor.execute(
            "select id, identity, state, task_id, provider, model, running_at, submitted_at, ended_at,"
            " actual_cost_usd, unusable_fetches from provider_calls"
            " where video_id = %s and identity = %s and state in ('intended', 'submitted')",
            [video_id, identity],
        ).fetchone()


def intend(db: Connection, bench: Bench, recipe: PaidRecipe, estimated_cost_usd: Decimal) -> UUID | None:
    """Write down that a call is about to be made; None where another one is open already.

    It is intended now, not when its transaction began: that may have waited for its turn to look at the line.
    """
    row = db.execute(
        "insert into provider_calls (user_id, video_id, scene_id, identity, kind, recipe, provider,"
        " model, estimated_cost_usd, intended_at, lease_expires_at)"
        " values (%s, %s, (select id from video_scenes where id = %s), %s, %s, %s, %s, %s, %s,"
        " clock_timestamp(), clock_timestamp() + make_interval(secs => %s))"
        " on conflict (video_id, identity) where state in ('intended', 'submitted') do nothing"
        " returning id",
        [
            bench.user_id,
            bench.video_id,
            bench.scene_id,
            recipe.identity,
            recipe.kind,
            Jsonb(recipe.model_dump(mode="json")),
            recipe.provider,
            recipe.model,
            estimated_cost_usd,
            bench.lease_seconds,
        ],
    ).fetchone()
    return row["id"] if row else None


def is_in_the_making(db: Connection, video_id: UUID, execution: int) -> bool:
    """Whether this execution still makes the video; it stays so until the transaction ends."""
    row = db.execute(
        "select 1 from video_sessions where id = %s and executions = %s"
        " and state in ('queued', 'running') for share",
        [video_id, execution],
    ).fetchone()
    return row is not None


def withdraw(db: Connection, call_id: UUID) -> None:
    """Take an intent back that nothing was sent for."""
    db.execute("delete from provider_calls where id = %s and state = 'intended'", [call_id])


def mark_submitted(db: Connection, call_id: UUID, task_id: str) -> bool:
    """The provider's id for the work is known: from here on it is collected, never sent again.

    False where the call was given up for lost meanwhile.
    """
    row = db.execute(
        "update provider_calls set task_id = %s, submitted_at = coalesce(submitted_at, now()),"
        " state = 'submitted' where id = %s and (state = 'intended' or state = 'submitted' and task_id = %s)"
        " returning id",
        [task_id, call_id, task_id],
    ).fetchone()
    return row is not None


def renew_lease(call_id: UUID, seconds: float) -> Question[int]:
    """Whoever intended a call is alive, and is at work for so long at the most. Answered with the take of
    its recipe; with nothing where it was given up for lost. A second time does no harm.
    """
    return Question(
        "update provider_calls set lease_expires_at = clock_timestamp() + make_interval(secs => %s)"
        " where id = %s and state = 'intended' returning (recipe->>'take')::integer",
        [seconds, call_id],
        scalar_row,
    )


def hold_video(db: Connection, video_id: UUID) -> bool:
    """Whether the video is there; nobody claims anything in it until the transaction ends."""
    row = db.execute("select 1 from video_sessions where id = %s for update", [video_id]).fetchone()
    return row is not None


def reopen_call(
    db: Connection, call_id: UUID, recipe: PaidRecipe, lease_seconds: float, task_id: str | None
) -> bool:
    """A call that was given up for lost was answered after all, and is for this recipe; False for any other.

    Where its video is deleted only the task's id is kept: nobody will look after it.
    """
    if task_id is not None:
        db.execute(
            "update provider_calls set task_id = %s, submitted_at = now() where id = %s and state = 'lost'",
            [task_id, call_id],
        )
    return (
        db.execute(
            "update provider_calls set state = %s, lost_at = finished_at, finished_at = null, error = null,"
            " identity = %s, recipe = %s,"
            " lease_expires_at = clock_timestamp() + make_interval(secs => %s)"
            " where id = %s and state = 'lost' and video_id is not null",
            [
                "intended" if task_id is None else "submitted",
                recipe.identity,
                Jsonb(recipe.model_dump(mode="json")),
                lease_seconds,
                call_id,
            ],
        ).rowcount
        > 0
    )


def mark_running(db: Connection, call_id: UUID) -> float | None:
    """The provider has begun: the task's time counts from now. How many seconds it was in the queue.

    None where somebody noted it before.
    """
    row = db.execute(
        "update provider_calls set running_at = now() where id = %s and running_at is null"
        " returning extract(epoch from running_at - submitted_at)::float8 as queued",
        [call_id],
    ).fetchone()
    return None if row is None else row["queued"]


def mark_ended(db: Connection, call_id: UUID, cost_usd: Decimal | None) -> None:
    """The task has succeeded: it holds no place at the provider any more, and is not asked after again."""
    db.execute(
        "update provider_calls set ended_at = now(), actual_cost_usd = coalesce(%s, actual_cost_usd)"
        " where id = %s and state = 'submitted' and ended_at is null",
        [cost_usd, call_id],
    )


def mark_unusable(db: Connection, call_id: UUID, error: dict[str, Any]) -> None:
    """What the task made was fetched, and cannot be used. It stays to be fetched: it was paid for."""
    db.execute(
        "update provider_calls set unusable_fetches = unusable_fetches + 1, error = %s"
        " where id = %s and state = 'submitted'",
        [Jsonb(error), call_id],
    )


def mark_uncollected(db: Connection, call_id: UUID, error: dict[str, Any]) -> None:
    """Why the task was not collected so far. A call that is over keeps its own reason."""
    db.execute(
        "update provider_calls set error = %s where id = %s and state = 'submitted'", [Jsonb(error), call_id]
    )


CALL_END: LiteralString = """
    returning new.kind, new.provider, new.model,
        extract(epoch from new.finished_at - new.intended_at)::float8 as seconds,
        case new.state
            when 'succeeded' then coalesce(new.actual_cost_usd, new.estimated_cost_usd)
            when 'failed' then coalesce(new.actual_cost_usd, 0)
            else new.estimated_cost_usd end
        - case old.state
            when 'succeeded' then coalesce(old.actual_cost_usd, old.estimated_cost_usd)
            when 'failed' then coalesce(old.actual_cost_usd, 0)
            when 'lost' then old.estimated_cost_usd
            else case when old.lost_at is null then 0 else old.estimated_cost_usd end end as cost_usd
"""
"""What an update that ends calls returns: a CallEnd."""


def finish_call(
    db: Connection,
    call_id: UUID,
    state: CallState,
    cost_usd: Decimal | None = None,
    error: dict[str, Any] | None = None,
) -> CallEnd | None:
    """The call is over. None where it was over before, or its user is gone.

    Only a success says more than what is written already: a call that was given up for lost is found.
    """
    with db.cursor(row_factory=class_row(CallEnd)) as cursor:
        return cursor.execute(
            "update provider_calls set state = %s, actual_cost_usd = coalesce(%s, actual_cost_usd),"  # noqa: S608 - literals
            " lost_at = case state when 'lost' then finished_at else lost_at end,"
            " error = %s, finished_at = now() where id = %s"
            " and (state in ('intended', 'submitted') or state = 'lost' and %s = 'succeeded')" + CALL_END,
            [state, cost_usd, Jsonb(error) if error else None, call_id, state],
        ).fetchone()


def lose_expired(db: Connection, call_id: UUID) -> CallEnd | None:
    """Declare an intent lost whose maker is gone; None while its lease holds."""
    with db.cursor(row_factory=class_row(CallEnd)) as cursor:
        return cursor.execute(
            "update provider_calls set state = 'lost', finished_at = now()"  # noqa: S608 - literals
            " where id = %s and state = 'intended' and lease_expires_at < now()" + CALL_END,
            [call_id],
        ).fetchone()


def times_failed(db: Connection, video_id: UUID, identity: str, *codes: str) -> int:
    """How many calls for a recipe failed with an error of these codes since the last render."""
    row = db.execute(
        "select count(*) as failed from provider_calls c join video_sessions v on v.id = c.video_id"
        " where c.video_id = %s and c.identity = %s and c.intended_at >= v.queued_at"
        " and c.state = 'failed' and c.error->>'code' = any(%s)",
        [video_id, identity, list(codes)],
    ).fetchone()
    return int(row["failed"]) if row else 0


def times_lost(db: Connection, video_id: UUID, identity: str) -> int:
    """How many calls for a recipe went out without an answer."""
    row = db.execute(
        "select count(*) as lost from provider_calls"
        " where video_id = %s and identity = %s and state = 'lost'",
        [video_id, identity],
    ).fetchone()
    return int(row["lost"]) if row else 0
