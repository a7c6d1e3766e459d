"""Requests to whatever endpoint is declared, with ids of what a tenant has or of what nobody has.

Nothing is listed here but `BELONGINGS`: how one of mine is made, by the name that a path, a query or a body
has for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from psycopg import sql
from pydantic.alias_generators import to_camel

from shared import storage
from shared.aws import client
from shared.database import admin_transaction
from shared.lambdas.declaration import declarations
from shared.lambdas.endpoint import Endpoint
from tests.examples import example
from tests.running_stack import Api, RunningStack

ENDPOINTS = list(declarations(Endpoint))
SIGNED_IN = [each for each in ENDPOINTS if not each.anonymous]
KEYS = "/api/admin/api-keys"

Answer = tuple[int, dict[str, str], bytes]

CHANGES_BY_ITSELF = {"webhook_deliveries", "idempotency_keys"}
"""Deliveries are tried again; answers are kept and forgotten."""

_TABLES = (
    "select table_name as name from information_schema.columns"
    " where table_schema = 'public' and column_name = 'user_id'"
)
_DIGEST = sql.SQL(
    "select count(*), md5(string_agg(row::text, ' ' order by row::text)) from"
    " (select to_jsonb(t) - 'last_used_at' as row from {} t where user_id = %s) own"
)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


class Tenant:
    """A user with keys of every kind, made by an administrator."""

    def __init__(self, stack: RunningStack, name: str) -> None:
        self.admin = stack.api
        self.api, self.user_id = stack.new_caller(name)

    def key(self, **terms: Any) -> dict[str, Any]:
        """Another key of the user's."""
        order = {"name": "k", "userId": str(self.user_id), "perMinute": 100_000, "perHour": 1_000_000}
        status, answer = self.admin.call("POST", KEYS, {**order, **terms})
        assert status == 201, answer
        return answer

    def changed(self, key: dict[str, Any], **changes: Any) -> str:
        """The key's secret, once the key is changed."""
        status, answer = self.admin.call("PATCH", f"{KEYS}/{key['key']['id']}", changes)
        assert status == 200, answer
        return str(key["apiKey"])

    def deleted(self) -> str:
        """A key that is gone."""
        key = self.key()
        assert self.admin.call("DELETE", f"{KEYS}/{key['key']['id']}")[0] == 200
        return str(key["apiKey"])

    def rotated(self, **terms: Any) -> str:
        """The secret that a key had before it was rotated, without a grace."""
        key = self.key(**terms)
        assert self.admin.call("POST", f"{KEYS}/{key['key']['id']}/rotate", {"graceHours": 0})[0] == 200
        return str(key["apiKey"])

    def belongings(self) -> dict[str, Any]:
        """A digest of the user's rows in every table, and every object's ETag: nobody else changes it."""
        with admin_transaction() as db:
            tables = {row["name"] for row in db.execute(_TABLES)} - CHANGES_BY_ITSELF
            rows = {
                table: db.execute(_DIGEST.format(sql.Identifier(table)), [self.user_id]).fetchone()
                for table in tables
            }
        listed = client("s3").list_objects_v2(Bucket=storage.bucket(), Prefix=f"{self.user_id}/")
        return rows | {each["Key"]: each["ETag"] for each in listed.get("Contents", [])}

    def used_up(self) -> str:
        """A key with no request left."""
        key = str(self.key(perHour=1)["apiKey"])
        Api(self.api.url, key).call("GET", "/api/budget")
        return key


@dataclass
class Mine:
    """What one tenant has. Everything is made when an endpoint asks for it."""

    tenant: Tenant
    made: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name not in self.made:
            self.made[name] = BELONGINGS[name].make(self)
        return self.made[name]

    def for_request_to(self, endpoint: Endpoint) -> dict[str, Any]:
        """What a request to it names."""
        return {name: self[key_in_table(endpoint, name)] for name in names_of(endpoint)}

    def created(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self.tenant.api.call("POST", path, body)
        assert status in {200, 201, 202}, answer
        return answer


@dataclass(frozen=True)
class Belonging:
    """How one of mine is made, and one that nobody has. Where there is no such thing: not an id."""

    make: Callable[[Mine], Any]
    unknown: Callable[[], Any] | None = lambda: str(uuid4())


def _stored(name: str, content_type: str) -> Belonging:
    def make(mine: Mine) -> str:
        key = f"{mine.tenant.user_id}/{uuid4()}/{name}"
        storage.put(key, b"content", content_type)
        return key

    return Belonging(make, lambda: f"{uuid4()}/{uuid4()}/{name}")


def _session(mine: Mine) -> str:
    """That of the video."""
    assert mine["video_id"]
    status, answer = mine.tenant.api.call("GET", "/api/sessions")
    assert status == 200, answer
    return str(answer["items"][0]["requestId"])


_PICTURE = _stored("reference-frames/mine.png", "image/png")
_CLIP = _stored("video-clips/mine.mp4", "video/mp4")


BELONGINGS: dict[str, Belonging] = {
    "video_id": Belonging(
        lambda mine: mine.tenant.api.make(prompt="A lighthouse keeper", draft=True, frameCount=2, duration=4)[
            "id"
        ]
    ),
    "number": Belonging(lambda _: 1, unknown=None),
    "take": Belonging(lambda _: 1, unknown=None),
    "key": _PICTURE,
    "s3_key": _PICTURE,
    "proxy_s3_video.key": _CLIP,
    "upload_id": Belonging(
        lambda mine: mine.created("/api/upload_image", {"contentType": "image/png", "sizeBytes": 9})[
            "uploadId"
        ]
    ),
    "job_id": Belonging(lambda mine: mine["video_id"]),
    "request_id": Belonging(_session),
    "webhook_id": Belonging(
        # Nobody listens there.
        lambda mine: mine.created("/api/webhooks", {"url": "http://127.0.0.1:9/"})["webhook"]["id"]
    ),
    "delivery_id": Belonging(
        lambda mine: mine.created(f"/api/webhooks/{mine['webhook_id']}/ping", {})["delivery"]["id"]
    ),
    "key_id": Belonging(lambda mine: mine.tenant.key()["key"]["id"]),
}
"""By the names of path parameters, and of fields of queries and bodies; `endpoint.name` is one endpoint's."""

ONLY_IN_PATHS = {"number", "take", "request_id"}
"""In a body, a number is any number, and a session the caller's own of that name, made if there is none."""


def key_in_table(endpoint: Endpoint, name: str) -> str:
    """Where BELONGINGS says what a name means in a request to an endpoint."""
    own = f"{endpoint.name}.{name}"
    return own if own in BELONGINGS else name


@dataclass(frozen=True)
class Request:
    """One that the endpoint takes, with ids that are mine or nobody's."""

    method: str
    target: str
    body: dict[str, Any] | None

    def send(self, url: str, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        content = None if self.body is None else json.dumps(self.body).encode()
        kind = {} if content is None else {"Content-Type": "application/json"}
        connection.request(self.method, self.target, content, {**kind, **headers})
        response = connection.getresponse()
        try:
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()


def names_of(endpoint: Endpoint) -> list[str]:
    """What of mine a request to it can name, by its names in Python."""
    models = [endpoint.parameters[each] for each in ("query", "body") if each in endpoint.parameters]
    fields = {name for model in models for name in model.model_fields}
    return [*endpoint.path_names, *sorted(fields & BELONGINGS.keys() - ONLY_IN_PATHS)]


def names_something(endpoint: Endpoint) -> bool:
    """Whether a request to it names what has an owner."""
    named = [BELONGINGS[name] for name in names_of(endpoint) if name in BELONGINGS]
    return any(each.unknown is not None for each in named)


def request_to(endpoint: Endpoint, ids: Mapping[str, Any]) -> Request:
    path = re.sub(r"{(\w+)\+?}", lambda found: quote(str(ids[found[1]])), endpoint.path)
    given = {to_camel(name): value for name, value in ids.items() if name not in endpoint.path_names}
    query = example(endpoint.parameters["query"], given) if "query" in endpoint.parameters else {}
    target = path + (f"?{urlencode(query)}" if query else "")
    body = example(endpoint.parameters["body"], given) if "body" in endpoint.parameters else None
    return Request(endpoint.method, target, body)


def of_nobody(endpoint: Endpoint) -> Request:
    """A request that the endpoint takes, with ids that nobody has."""
    unknown = {name: BELONGINGS[key_in_table(endpoint, name)].unknown for name in names_of(endpoint)}
    return request_to(endpoint, {name: 1 if make is None else make() for name, make in unknown.items()})


def by_name(endpoint: Endpoint) -> str:
    return endpoint.name
