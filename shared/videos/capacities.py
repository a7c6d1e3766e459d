"""How much each provider lets this deployment do: asked of the provider, kept for an hour."""

from __future__ import annotations

from uuid import UUID

from shared.assets.make import UNLIMITED
from shared.database import transaction
from shared.errors import ProviderError
from shared.log import logger
from shared.providers.catalog import DRAFT
from shared.providers.ports import Capacity, ClipMaker, ImageMaker, Narrator, StoryWriter

KEPT_SECONDS = 3600


def capacity_of(user_id: UUID, maker: StoryWriter | ImageMaker | ClipMaker | Narrator) -> Capacity:
    """The capacity of a model. Where the provider does not say just now, what it said last."""
    if maker.provider == DRAFT:
        return UNLIMITED
    with transaction(user_id) as db:
        row = db.execute(
            "select max_concurrent, max_daily, read_at > now() - make_interval(secs => %s) as fresh"
            " from provider_capacities where provider = %s and model = %s",
            [KEPT_SECONDS, maker.provider, maker.model],
        ).fetchone()
    kept = None if row is None else Capacity(row["max_concurrent"], row["max_daily"])
    if row is not None and kept is not None and row["fresh"]:
        return kept
    try:
        capacity = maker.capacity()
    except ProviderError as error:
        logger().warning("capacity unknown", extra={"provider": maker.provider, "code": error.code})
        return kept or UNLIMITED
    with transaction(user_id) as db:
        db.execute(
            "insert into provider_capacities (provider, model, max_concurrent, max_daily)"
            " values (%s, %s, %s, %s) on conflict (provider, model) do update"
            " set max_concurrent = excluded.max_concurrent, max_daily = excluded.max_daily, read_at = now()",
            [maker.provider, maker.model, capacity.max_concurrent, capacity.max_daily],
        )
    return capacity
