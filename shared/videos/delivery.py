"""Fetching what a provider made, and looking at it before it is kept: what is kept is found for ever."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from shared.assets.make import note_failure
from shared.assets.models import Bench, ProviderCall
from shared.assets.recipes import ClipRecipe
from shared.errors import MediaError, NotFound, ProviderBroken
from shared.media.probe import probe_video
from shared.media.sound import measure
from shared.providers.ports import ClipMaker, Narrator, ReadPicture

T = TypeVar("T")

DOWNLOADS = 2
"""How often a result is fetched that turns out damaged, before the call is written off."""


def fetch_clip(
    bench: Bench,
    call: ProviderCall,
    maker: ClipMaker,
    recipe: ClipRecipe,
    frame: ReadPicture,
    into: Path,
    cost_usd: Decimal | None,
) -> None:
    """Fetch a finished clip. Raises ProviderBroken where it is no clip, and the call is over then."""

    def fetch() -> None:
        maker.collect(_task_id(call), recipe, frame, into)
        probe_video(into)

    _accepted(bench, call, fetch, cost_usd)


def fetch_narration(
    bench: Bench, call: ProviderCall, narrator: Narrator, into: Path, cost_usd: Decimal | None
) -> str:
    """Fetch finished speech; returns its content type. Raises ProviderBroken where it cannot be heard."""

    def fetch() -> str:
        content_type = narrator.collect(_task_id(call), into)
        measure(into)
        return content_type

    return _accepted(bench, call, fetch, cost_usd)


def _accepted(bench: Bench, call: ProviderCall, fetch: Callable[[], T], cost_usd: Decimal | None) -> T:
    for _ in range(DOWNLOADS - 1):
        try:
            return fetch()
        except MediaError:
            continue  # damaged on the way, perhaps: a download is free
    try:
        return fetch()
    except MediaError as error:
        broken = ProviderBroken(
            f"{call.provider}'s result cannot be used: {error.message}", provider=call.provider
        )
        note_failure(bench, call, broken, cost_usd)
        raise broken from error


def _task_id(call: ProviderCall) -> str:
    if call.task_id is None:
        raise NotFound("The provider has no task for this.")
    return call.task_id
