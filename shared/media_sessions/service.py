"""The media library: a user's sessions, what was made in each, and their end."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, get_args
from uuid import UUID

from psycopg.rows import DictRow

from shared import paging
from shared.database import Answer, Connection, reading, transaction
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.lambdas.endpoint import Call
from shared.library import links
from shared.media_sessions import queries
from shared.media_sessions.models import (
    SessionItem,
    SessionJob,
    SessionList,
    SessionQuery,
    SessionsQuery,
    SessionSummary,
    SessionUpload,
    SessionView,
)
from shared.media_sessions.names import is_request_id
from shared.media_sessions.places import ListName, Places
from shared.retention.queries import Session
from shared.retention.service import erase_session
from shared.videos import leftovers
from shared.videos.models import ACTIVE_STATES


def list_sessions(call: Call, query: SessionsQuery) -> SessionList:
    """A page of the user's sessions, newest first. Raises InvalidRequest for a search without a word."""
    if query.search is not None and not any(map(str.isalnum, query.search)):
        raise InvalidRequest("search has no word in it.")
    created_at, request_id = paging.decode_named(query.cursor) if query.cursor else (None, None)
    page = queries.page(
        state=query.state,
        kind=query.kind,
        since=query.created_after,
        until=query.created_before,
        words=query.search,
        before_created=created_at,
        before_request=request_id,
        most=query.limit + 1,
    )
    with reading(call.user_id) as read:
        found = read(page)
    rows = found.all
    shown, more = rows[: query.limit], len(rows) > query.limit
    return SessionList(
        items=[SessionSummary(**_summary(row, query.expires_in)) for row in shown],
        next_cursor=paging.encode_cursor((shown[-1]["created_at"], shown[-1]["request_id"]))
        if more
        else None,
        url_expires_in=links.link_times(query.expires_in)["url_expires_in"],
    )


def view_session(call: Call, request_id: str, query: SessionQuery) -> SessionView:
    """A session, and a page of each list of what was made in it. Raises NotFound and MalformedRequest."""
    _check_name(request_id)
    places = Places.of_cursor(query.cursor) if query.cursor else Places()
    with reading(call.user_id) as read:
        found = read(queries.session(request_id))
        final = read(queries.latest_final(request_id))
        answers: dict[ListName, Answer[DictRow]] = {
            name: read(queries.listed(name, request_id, getattr(places, name), query.limit + 1))
            for name in get_args(ListName)
        }
    if found.one is None:
        raise _no_such_session()
    lists = {name: _ListPage(answer.all, query.limit) for name, answer in answers.items()}
    linked = partial(_linked, call, query.expires_in)
    return SessionView(
        **_summary(found.one, query.expires_in),
        frame_items=[SessionItem(**linked(row)) for row in lists["frames"].rows],
        clip_items=[SessionItem(**linked(row)) for row in lists["clips"].rows],
        upload_items=[SessionUpload(**linked(row)) for row in lists["uploads"].rows],
        final_video=SessionItem(**linked(final.one)) if final.one else None,
        jobs=[SessionJob.model_validate(row) for row in lists["jobs"].rows],
        next_cursor=Places.model_validate({name: page.end for name, page in lists.items()}).cursor(),
        **links.link_times(query.expires_in),
    )


class _ListPage:
    """A page of one list, out of rows that are one more than the page where the list goes on."""

    def __init__(self, rows: list[DictRow], limit: int) -> None:
        places = [row.pop("place") for row in rows]
        self.rows = rows[:limit]
        self.end: object = places[limit - 1] if len(rows) > limit else "over"


def delete_session(user_id: UUID, request_id: str) -> int:
    """Delete a session, its videos and all its objects; returns how many objects.

    What a provider has not begun with is cancelled there, as far as it answers in time. Raises NotFound, and
    Conflict while something is being made in it.
    """
    _check_name(request_id)
    with transaction(user_id) as db:
        _deletable(db, request_id)
    deadline = time.monotonic() + leftovers.BEFORE_DELETION_SECONDS
    leftovers.cancel_before_deletion(user_id, deadline, request_id)
    with transaction(user_id) as db:
        return erase_session(db, Session(user_id, request_id), _deletable(db, request_id))


def _deletable(db: Connection, request_id: str) -> list[UUID]:
    """The videos of a session that nobody uses until the transaction ends."""
    if not queries.lock_session(db, request_id):
        raise _no_such_session()
    videos = queries.video_states(db, request_id)
    if any(state in ACTIVE_STATES for _, state in videos):
        raise Conflict("Something is being made in this session. Cancel it, or wait for it.")
    return [video_id for video_id, _ in videos]


def _check_name(request_id: str) -> None:
    if not is_request_id(request_id):
        raise _no_such_session()


def _no_such_session() -> NotFound:
    return NotFound("There is no such session.")


def _summary(row: DictRow, expires_in: int) -> dict[str, Any]:
    fields = dict(row)
    key = fields.pop("image_key")
    return {**fields, "image_url": None if key is None else links.presigned_url(key, expires_in)}


def _linked(call: Call, expires_in: int, row: DictRow) -> dict[str, Any]:
    """A row of something that is stored, with its addresses."""
    key = row["s3_key"]
    return {
        **row,
        "url": links.presigned_url(key, expires_in),
        "proxy_url": links.proxy_url(call, key, expires_in),
    }
