"""The administration of API keys: of every user's, by a caller whose key has the scope for it.

The functions of the database look themselves whether the key that asks is an administrator's. Whoever is
not has nothing here, not even his own keys: a key that could make keys would outlive its own end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg import errors
from psycopg.types.json import Jsonb

from shared.accounts import scopes
from shared.accounts.key_models import (
    ApiKey,
    ApiKeyAnswer,
    ApiKeyDeleted,
    ApiKeyIssued,
    ApiKeyList,
    ChangeApiKey,
    KeyListQuery,
    NewApiKey,
)
from shared.accounts.models import Caller, KeyTerms
from shared.accounts.service import new_secret, recognisable, stored_hash
from shared.database import ask_all, transaction
from shared.errors import Conflict, Forbidden, NotFound
from shared.lambdas.idempotency import NEW_REQUEST, AnswerNotKept, Idempotency
from shared.paging import decode_cursor, encode_cursor


def list_api_keys(caller: Caller, query: KeyListQuery) -> ApiKeyList:
    """A page of keys, newest first."""
    before = (None, None) if query.cursor is None else decode_cursor(query.cursor)
    with _refusals():
        rows = ask_all(
            "select * from list_api_keys(%s, %s, %s, %s, %s)",
            [caller.key_id, query.user_id, *before, query.limit + 1],
        )
    page = [ApiKey(**row) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    return ApiKeyList(
        items=page, next_cursor=encode_cursor((page[-1].created_at, page[-1].id)) if more else None
    )


def issue_api_key(caller: Caller, order: NewApiKey, idempotency: Idempotency = NEW_REQUEST) -> ApiKeyIssued:
    """A new key, shown once. Raises NotFound for an unknown user, InvalidRequest for an unknown scope.

    Raises AnswerNotKept where an attempt that died has made it: nobody can show it any more.
    """
    scopes.check(order.scopes)
    sealed = order.kind == "sealed"
    usual = KeyTerms.usual(sealed=sealed)
    new_user = uuid4()
    made = new_secret(uuid4(), order.user_id or new_user, sealed=sealed)
    row = _done(
        caller,
        "select * from issue_api_key(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            caller.key_id,
            made.key_id,
            order.user_id,
            new_user,
            order.name,
            order.kind,
            recognisable(made.api_key),
            stored_hash(made.api_key),
            list(order.scopes),
            order.per_minute or usual.per_minute,
            order.per_hour or usual.per_hour,
            order.expires_at,
        ],
        missing="There is no such user.",
        idempotency=idempotency,
    )
    return ApiKeyIssued(key=ApiKey(**row), api_key=made.api_key)


def change_api_key(caller: Caller, key_id: UUID, change: ChangeApiKey) -> ApiKeyAnswer:
    """Change what is named. Raises NotFound, InvalidRequest, and Conflict for a key that shuts itself out."""
    if change.scopes is not None:
        scopes.check(change.scopes)
    changes = change.model_dump(mode="json", by_alias=False, exclude_unset=True)
    row = _done(caller, "select * from change_api_key(%s, %s, %s)", [caller.key_id, key_id, Jsonb(changes)])
    return ApiKeyAnswer(key=ApiKey(**row))


def rotate_api_key(
    caller: Caller, key_id: UUID, grace: timedelta, idempotency: Idempotency = NEW_REQUEST
) -> ApiKeyIssued:
    """Another secret, shown once; the old one is good for the grace. Raises NotFound.

    Raises AnswerNotKept where an attempt that died has rotated it: once more would end the old one's grace.
    """
    stored = new_secret(key_id, UUID(int=0), sealed=False)
    row = _done(
        caller,
        "select * from rotate_api_key(%s, %s, %s, %s, %s)",
        [caller.key_id, key_id, recognisable(stored.api_key), stored_hash(stored.api_key), grace],
        idempotency=idempotency,
    )
    key = ApiKey(**row)
    if key.kind == "stored":
        return ApiKeyIssued(key=key, api_key=stored.api_key)
    sealed = new_secret(key_id, key.user_id, sealed=True, version=key.version)
    return ApiKeyIssued(key=key, api_key=sealed.api_key)


def delete_api_key(caller: Caller, key_id: UUID) -> ApiKeyDeleted:
    """Delete a key for good. Raises NotFound, and Conflict for one that would delete itself."""
    row = _done(caller, "select delete_api_key(%s, %s) as deleted", [caller.key_id, key_id])
    if not row["deleted"]:
        raise NotFound("There is no such key.")
    return ApiKeyDeleted(id=key_id)


def _done(
    caller: Caller,
    statement: LiteralString,
    parameters: Sequence[object],
    *,
    missing: str = "There is no such key.",
    idempotency: Idempotency = NEW_REQUEST,
) -> Mapping[str, Any]:
    """The one row that the statement gives. It changes things, so it is not asked twice as a read is."""
    with _refusals(), transaction(caller.user_id) as db:
        if not idempotency.is_new(db):
            raise AnswerNotKept("This was done before, and its secret cannot be shown again. Rotate the key.")
        row = db.execute(statement, parameters).fetchone()
    if row is None:
        raise NotFound(missing)
    return row


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except errors.InsufficientPrivilege as error:  # it was an administrator's a moment ago
        raise Forbidden("You may not administrate keys: it takes an API key with the scope admin.") from error
    except errors.RaiseException as error:
        raise Conflict("A key cannot end its own administration. Use another key with the scope.") from error
