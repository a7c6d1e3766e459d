"""Fetching what a provider made, and looking at it before it is kept: what is kept is found for ever.

What cannot be used is paid for all the same. It is stored beside the assets, and its call stays open: the
next render looks at it again, and fetches it again, and never pays again by itself. A retake does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from shared import storage
from shared.assets.keys import unusable_prefix
from shared.assets.make import keep_unusable, note_unusable
from shared.assets.models import Bench, Product, ProviderCall
from shared.assets.recipes import ClipRecipe, NarrationRecipe
from shared.errors import MediaError, NotFound, ProviderBroken
from shared.media.probe import probe_video
from shared.media.sound import measure
from shared.providers.ports import ClipMaker, Narrator, ReadPicture

DOWNLOADS = 2
"""How often a result is fetched that turns out damaged, before it is called unusable."""


def fetch_clip(
    bench: Bench, call: ProviderCall, maker: ClipMaker, recipe: ClipRecipe, read: ReadPicture, into: Path
) -> None:
    """Fetch a finished clip. Raises ProviderBroken where it is no clip."""

    def download() -> str:
        maker.collect(_task_id(call), recipe, read, into)
        return "video/mp4"

    _fetch(bench, call, recipe, into, download, probe_video)


def fetch_narration(
    bench: Bench, call: ProviderCall, narrator: Narrator, recipe: NarrationRecipe, into: Path
) -> str:
    """Fetch finished speech; returns its content type. Raises ProviderBroken where it cannot be heard."""
    return _fetch(bench, call, recipe, into, lambda: narrator.collect(_task_id(call), into), measure)


def _fetch(
    bench: Bench,
    call: ProviderCall,
    recipe: ClipRecipe | NarrationRecipe,
    into: Path,
    download: Callable[[], str],
    examine: Callable[[Path], object],
) -> str:
    """The content type of what is in `into`, which has been examined."""
    kept = _kept(bench, call, recipe, into)
    refused: MediaError | None = None
    content_type = ""
    for fetch in [*([kept] if kept else []), *[download] * DOWNLOADS]:
        try:
            content_type = fetch()
            examine(into)
        except MediaError as error:
            refused = error  # damaged on the way, perhaps: a download is free
        else:
            return content_type
    if content_type:
        keep_unusable(bench, recipe, Product(into, content_type))
    broken = ProviderBroken(
        f"{call.provider}'s result cannot be used{': ' + refused.message if refused else '.'} It is paid for"
        " and kept: a render looks at it again, and a retake asks for another.",
        provider=call.provider,
    )
    note_unusable(bench, call, broken)
    raise broken from refused


def _kept(
    bench: Bench, call: ProviderCall, recipe: ClipRecipe | NarrationRecipe, into: Path
) -> Callable[[], str] | None:
    """Fetches what was delivered before, if it was: the provider may not have it any more."""
    if call.unusable_fetches == 0:
        return None
    found = storage.find(unusable_prefix(bench, recipe), "")
    return None if found is None else partial(_restore, found.key, into)


def _restore(key: str, into: Path) -> str:
    storage.download(key, into)
    return storage.content_type(key)


def _task_id(call: ProviderCall) -> str:
    if call.task_id is None:
        raise NotFound("The provider has no task for this.")
    return call.task_id
