"""The administration of keys, through the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.accounts.counters import forget_counters
from shared.accounts.service import create_api_key
from shared.database import admin_transaction, transaction
from tests.running_stack import Api, RunningStack

KEYS = "/api/admin/api-keys"


@pytest.fixture
def admin(stack: RunningStack) -> Api:
    """A caller with the scope of the administration, and no other."""
    return stack.new_caller("admin", scopes=["admin"])[0]


@pytest.fixture
def issued(admin: Api) -> dict[str, Any]:
    """A key of a new user's."""
    status, answer = admin.call("POST", KEYS, {"name": "Ada"})
    assert status == 201, answer
    return answer


def change(admin: Api, issued: dict[str, Any], **changes: object) -> dict[str, Any]:
    status, answer = admin.call("PATCH", f"{KEYS}/{issued['key']['id']}", changes)
    assert status == 200, answer
    key: dict[str, Any] = answer["key"]
    return key


def as_holder(admin: Api, issued: dict[str, Any]) -> Api:
    return Api(admin.url, issued["apiKey"])


def test_a_new_key_is_shown_once_and_has_the_usual_terms(admin: Api, issued: dict[str, Any]) -> None:
    key = issued["key"]
    assert issued["apiKey"].startswith(key["prefix"])
    assert (key["kind"], key["scopes"], key["perMinute"], key["perHour"]) == ("stored", ["*"], 600, 10000)
    assert (key["active"], key["version"], key["expiresAt"], key["lastUsedAt"]) == (True, 1, None, None)
    status, listed = admin.call("GET", f"{KEYS}?userId={key['userId']}")
    assert (status, listed["items"], listed["nextCursor"]) == (200, [key], None)
    assert issued["apiKey"] not in str(listed)


def test_a_new_key_works_at_once_and_its_use_is_noted(admin: Api, issued: dict[str, Any]) -> None:
    assert as_holder(admin, issued).call("GET", "/api/videos")[0] == 200
    _, listed = admin.call("GET", f"{KEYS}?userId={issued['key']['userId']}")
    used = datetime.fromisoformat(listed["items"][0]["lastUsedAt"])
    assert timedelta(0) <= datetime.now(UTC) - used < timedelta(minutes=5)


def test_a_user_can_have_several_keys_and_an_unknown_user_has_none(
    admin: Api, issued: dict[str, Any]
) -> None:
    user_id = issued["key"]["userId"]
    status, second = admin.call("POST", KEYS, {"name": "phone", "userId": user_id, "scopes": ["videos"]})
    assert (status, second["key"]["userId"], second["key"]["userName"]) == (201, user_id, "Ada")
    status, answer = admin.call("POST", KEYS, {"name": "nobody's", "userId": str(uuid4())})
    assert (status, answer["code"]) == (404, "not_found")


def test_the_list_goes_on_where_the_page_before_ended(admin: Api, issued: dict[str, Any]) -> None:
    user_id = issued["key"]["userId"]
    orders = [{"name": f"{number}", "userId": user_id} for number in range(4)]
    made = [issued["key"]["id"], *(admin.call("POST", KEYS, each)[1]["key"]["id"] for each in orders)]
    seen, cursor = [], ""
    while True:
        _, page = admin.call("GET", f"{KEYS}?userId={user_id}&limit=2{cursor}")
        seen += [each["id"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"active": False}, 401),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, 401),
        ({"scopes": ["account"]}, 403),
        ({"scopes": ["get_video"]}, 403),
        ({"scopes": ["list_videos"]}, 200),
        ({"expiresAt": "2999-01-01T00:00:00Z", "perMinute": 5}, 200),
    ],
)
def test_a_change_holds_from_the_next_request(
    admin: Api, issued: dict[str, Any], changes: dict[str, Any], status: int
) -> None:
    key = change(admin, issued, **changes)
    assert {name: key[name] for name in changes} == changes
    assert as_holder(admin, issued).call("GET", "/api/videos")[0] == status


def test_an_end_can_be_taken_back_and_what_is_left_out_stays(admin: Api, issued: dict[str, Any]) -> None:
    change(admin, issued, expiresAt="2020-01-01T00:00:00Z", perHour=77)
    key = change(admin, issued, expiresAt=None)
    assert (key["expiresAt"], key["perHour"], key["name"]) == (None, 77, "Ada")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scopes": ["fly"]},
        {"scopes": ["issue_api_key"]},
        {"scopes": None},
        {"perMinute": 0},
        {"perMinute": 10**9},
        {"name": ""},
        {"expiresAt": "2020-01-01T00:00:00"},
        {"expiresAt": "0001-01-01T00:00:00+14:00"},  # a year before the first one, in UTC
        {"expiresAt": "9999-12-31T23:59:59-14:00"},
        {"active": None},
    ],
    ids=str,
)
def test_a_change_that_makes_no_sense_is_refused(
    admin: Api, issued: dict[str, Any], changes: dict[str, Any]
) -> None:
    status, answer = admin.call("PATCH", f"{KEYS}/{issued['key']['id']}", changes)
    assert (status, answer["code"]) == (422, "invalid_request")


class TestRotation:
    def test_both_secrets_are_good_within_the_grace(self, admin: Api, issued: dict[str, Any]) -> None:
        status, rotated = admin.call("POST", f"{KEYS}/{issued['key']['id']}/rotate", {"graceHours": 1})
        assert (status, rotated["key"]["version"]) == (200, 2)
        assert rotated["apiKey"] != issued["apiKey"]
        assert {each.call("GET", "/api/videos")[0] for each in self._both(admin, issued, rotated)} == {200}

    @pytest.mark.parametrize("kind", ["stored", "sealed"])
    def test_without_a_grace_the_old_secret_is_void_at_once(self, admin: Api, kind: str) -> None:
        _, issued = admin.call("POST", KEYS, {"name": "Ada", "kind": kind})
        _, rotated = admin.call("POST", f"{KEYS}/{issued['key']['id']}/rotate", {"graceHours": 0})
        old, new = self._both(admin, issued, rotated)
        assert (old.call("GET", "/api/videos")[0], new.call("GET", "/api/videos")[0]) == (401, 200)

    def test_the_secret_before_the_last_is_void(self, admin: Api, issued: dict[str, Any]) -> None:
        for _ in range(2):
            admin.call("POST", f"{KEYS}/{issued['key']['id']}/rotate", {})
        assert as_holder(admin, issued).call("GET", "/api/videos")[0] == 401

    @staticmethod
    def _both(admin: Api, *issued: dict[str, Any]) -> list[Api]:
        return [as_holder(admin, each) for each in issued]


class TestSealedKeys:
    @pytest.fixture
    def sealed(self, admin: Api) -> dict[str, Any]:
        status, answer = admin.call("POST", KEYS, {"name": "the server", "kind": "sealed"})
        assert status == 201, answer
        return answer

    def test_one_is_made_opens_the_api_and_has_its_own_limits(
        self, admin: Api, sealed: dict[str, Any]
    ) -> None:
        assert sealed["apiKey"].startswith("sk_sealed_")
        assert (sealed["key"]["perMinute"], sealed["key"]["perHour"]) == (200, 10000)
        assert as_holder(admin, sealed).call("GET", "/api/videos")[0] == 200

    @pytest.mark.parametrize("grace", [0, 1])
    def test_it_is_rotated_like_any_other(self, admin: Api, sealed: dict[str, Any], grace: int) -> None:
        _, rotated = admin.call("POST", f"{KEYS}/{sealed['key']['id']}/rotate", {"graceHours": grace})
        assert rotated["apiKey"].startswith("sk_sealed_")
        assert as_holder(admin, rotated).call("GET", "/api/videos")[0] == 200
        assert as_holder(admin, sealed).call("GET", "/api/videos")[0] == (200 if grace else 401)

    def test_when_its_row_is_gone_it_is_void(self, admin: Api, sealed: dict[str, Any]) -> None:
        assert admin.call("DELETE", f"{KEYS}/{sealed['key']['id']}")[0] == 200
        assert as_holder(admin, sealed).call("GET", "/api/videos")[0] == 401


def test_a_deleted_key_is_gone_and_its_user_stays(admin: Api, issued: dict[str, Any]) -> None:
    path = f"{KEYS}/{issued['key']['id']}"
    assert admin.call("DELETE", path)[0] == 200
    assert as_holder(admin, issued).call("GET", "/api/videos")[0] == 401
    assert admin.call("DELETE", path)[1]["code"] == "not_found"
    again = admin.call("POST", KEYS, {"name": "again", "userId": issued["key"]["userId"]})
    assert again[0] == 201


def test_a_key_cannot_end_its_own_administration(stack: RunningStack) -> None:
    admin, user_id = stack.new_caller("admin", scopes=["admin"])
    _, listed = admin.call("GET", f"{KEYS}?userId={user_id}")
    path = f"{KEYS}/{listed['items'][0]['id']}"
    attempts = [
        admin.call("DELETE", path),
        admin.call("PATCH", path, {"active": False}),
        admin.call("PATCH", path, {"scopes": ["*"]}),
        admin.call("PATCH", path, {"expiresAt": "2020-01-01T00:00:00Z"}),
    ]
    assert [(status, answer["code"]) for status, answer in attempts] == [(409, "conflict")] * 4
    assert admin.call("PATCH", path, {"scopes": ["admin", "videos"], "perMinute": 999})[0] == 200


def test_a_key_for_everything_else_has_nothing_of_the_administration(
    stack: RunningStack, issued: dict[str, Any]
) -> None:
    user, user_id = stack.new_caller("user")
    own = f"{KEYS}/{issued['key']['id']}"
    attempts = [
        user.call("GET", KEYS),
        user.call("GET", f"{KEYS}?userId={user_id}"),
        user.call("POST", KEYS, {"name": "mine", "scopes": ["admin"]}),
        user.call("PATCH", own, {"perMinute": 100000}),
        user.call("POST", f"{own}/rotate", {}),
        user.call("DELETE", own),
    ]
    assert [(status, answer["code"]) for status, answer in attempts] == [(403, "forbidden")] * 6


def test_to_act_as_an_administrators_user_is_not_to_have_his_scopes(stack: RunningStack) -> None:
    _, admins_user = stack.new_caller("admin", scopes=["admin"])
    other, _ = stack.new_caller("other", scopes=["*", "act_as"])
    assert other.call("GET", KEYS, headers={"X-User-ID": str(admins_user)})[0] == 403


@pytest.mark.usefixtures("parts")
class TestTheDatabaseItself:
    def test_its_functions_look_who_asks(self, stack: RunningStack) -> None:
        from psycopg.errors import InsufficientPrivilege  # noqa: PLC0415 - for this test alone

        _, user_id = stack.new_caller("user")
        with transaction(user_id) as db:
            row = db.execute("select id from api_keys").fetchone()
        assert row is not None
        for key_id in (row["id"], uuid4(), None):
            with pytest.raises(InsufficientPrivilege), transaction(user_id) as db:
                db.execute("select * from list_api_keys(%s, null, null, null, 10)", [key_id])

    @pytest.mark.parametrize(
        "statement",
        [
            "update api_keys set scopes = '{admin}'",
            "delete from api_keys",
            "insert into api_keys (user_id, name, prefix) values (app_user_id(), 'n', 'p')",
            "select * from request_counts",
            "select require_admin(null)",
            "update users set per_minute = 1000000",
        ],
    )
    def test_the_apis_role_changes_no_key_and_no_limit(self, stack: RunningStack, statement: Any) -> None:
        from psycopg.errors import InsufficientPrivilege  # noqa: PLC0415 - for this test alone

        _, user_id = stack.new_caller("user")
        with pytest.raises(InsufficientPrivilege), transaction(user_id) as db:
            db.execute(statement)

    def test_counters_of_who_is_gone_are_forgotten(self, stack: RunningStack) -> None:
        api, user_id = stack.new_caller("user")
        api.call("GET", "/api/videos")

        def counters() -> int:
            with admin_transaction() as db:
                forget_counters(db)
                row = db.execute(
                    "select count(*) as n from request_counts r join api_keys k on k.id = r.subject"
                    " where k.user_id = %s",
                    [user_id],
                ).fetchone()
            return int(row["n"]) if row else -1

        assert counters() == 1
        with admin_transaction() as db:
            db.execute("update request_counts set counted_at = counted_at - interval '62 minutes'")
        assert counters() == 0


def test_a_key_by_hand_is_for_everything_but_the_administration(stack: RunningStack) -> None:
    made = stack.invoke("create_api_key", {"name": "by hand"})
    assert Api(stack.access.api_url, made["apiKey"]).call("GET", KEYS)[0] == 403
    assert stack.api.call("GET", f"{KEYS}?limit=1")[0] == 200  # the laptop's own


def test_a_sealed_key_by_hand_is_for_a_user_that_there_is(stack: RunningStack) -> None:
    _, user_id = stack.new_caller("a server's")
    order = {"name": "server", "userId": str(user_id), "sealed": True, "scopes": ["videos", "act_as"]}
    made = stack.invoke("create_api_key", order)
    assert made["userId"] == str(user_id)
    assert made["apiKey"].startswith("sk_sealed_")
    assert Api(stack.access.api_url, made["apiKey"]).call("GET", "/api/videos")[0] == 200


@pytest.mark.usefixtures("parts")
def test_the_first_key_of_a_deployment_is_for_the_administration_and_the_next_is_not() -> None:
    scopes = []
    with admin_transaction() as db:
        db.execute("savepoint before")
        db.execute("delete from api_keys")
        for _ in range(2):
            made = create_api_key(db, "by hand", None)
            row = db.execute("select scopes from api_keys where id = %s", [made.key_id]).fetchone()
            scopes.append(row and row["scopes"])
        db.execute("rollback to savepoint before")
    assert scopes == [["*", "admin"], ["*"]]
