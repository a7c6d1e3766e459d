"""Who is admitted, and how often: on the real function in the real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import LiteralString
from uuid import uuid4

import pytest

from shared.accounts import admission, sealed_keys
from shared.accounts.admission import Admission, admit
from shared.accounts.credentials import Token
from shared.accounts.models import Credential
from shared.accounts.sealed_keys import SealedKey, seal
from shared.accounts.service import NewKey
from shared.database import admin_transaction, close_connections
from shared.errors import Forbidden, NotFound, TooManyRequests, Unauthenticated
from shared.lambdas.http import HttpRequest


def ask_for(headers: Mapping[str, str], *, operation: str = "list_videos", area: str = "videos") -> Admission:
    request = HttpRequest.from_event(
        {
            "httpMethod": "GET",
            "path": "/api/videos",
            "headers": dict(headers),
            "requestContext": {"requestId": str(uuid4())},
        },
        1024,
    )
    return admit(request, operation=operation, scopes=[area])


def with_key(user: NewKey, **more: str) -> dict[str, str]:
    return {"X-API-Key": user.api_key, **{name.replace("_", "-"): value for name, value in more.items()}}


def change(user: NewKey, change: LiteralString, *values: object) -> None:
    with admin_transaction() as db:
        db.execute("update api_keys set " + change + " where id = %s", [*values, user.key_id])


def pass_by(user: NewKey, seconds: int) -> None:
    """So much time, for the counts of the user's key."""
    with admin_transaction() as db:
        db.execute(
            "update request_counts set counted_at = counted_at - make_interval(secs => %s)"
            " where subject = %s",
            [seconds, user.key_id],
        )


def counted(user: NewKey) -> tuple[int, int]:
    """How many requests are written down for the last minute, and for the last hour."""
    with admin_transaction() as db:
        row = db.execute(
            "select seconds, minutes from request_counts where subject = %s", [user.key_id]
        ).fetchone()
    assert row is not None
    return sum(row["seconds"]), sum(row["minutes"])


def admitted(user: NewKey, times: int) -> int:
    """How many of so many requests in turn are."""
    return sum(ask_for(with_key(user)).caller is not None for _ in range(times))


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"authorization": f"bearer  {key} "},
        lambda key: {"X-API-Key": key},
        lambda key: {"Authorization": "Basic dTpw", "x-api-key": key},
    ],
)
def test_a_key_signs_its_user_in(user: NewKey, headers: Callable[[str], dict[str, str]]) -> None:
    caller = ask_for(headers(user.api_key)).granted()
    assert (caller.user_id, caller.key_id, caller.credential) == (
        user.user_id,
        user.key_id,
        Credential.STORED_KEY,
    )


@pytest.mark.parametrize(
    "how",
    ["active = false", "expires_at = now()", "key_hash = sha256('another')"],
    ids=["deactivated", "expired", "unknown"],
)
def test_a_key_that_is_not_good_any_more_is_refused_and_nobody_learns_why(
    user: NewKey, how: LiteralString
) -> None:
    change(user, how)
    admission = ask_for(with_key(user))
    assert admission.allowance is None
    with pytest.raises(Unauthenticated, match=r"^This API key is not valid\.$"):
        admission.granted()


def test_the_secret_before_a_rotation_is_good_until_its_grace_ends(user: NewKey) -> None:
    change(user, "previous_hash = key_hash, key_hash = sha256('new'), previous_expires_at = now() + '1 hour'")
    assert ask_for(with_key(user)).granted().key_id == user.key_id
    change(user, "previous_expires_at = now()")
    with pytest.raises(Unauthenticated):
        ask_for(with_key(user)).granted()


def test_the_use_of_a_key_is_noted_once_a_minute(user: NewKey) -> None:
    def last_used() -> object:
        with admin_transaction() as db:
            row = db.execute("select last_used_at from api_keys where id = %s", [user.key_id]).fetchone()
            return row and row["last_used_at"]

    assert last_used() is None
    ask_for(with_key(user))
    noted = last_used()
    ask_for(with_key(user))
    assert noted is not None
    assert last_used() == noted


@pytest.mark.parametrize(
    ("scopes", "operation", "area", "admitted"),
    [
        (["*"], "list_videos", "videos", True),
        (["videos"], "list_videos", "videos", True),
        (["list_videos"], "list_videos", "videos", True),
        (["get_video", "account"], "list_videos", "videos", False),
        ([], "list_videos", "videos", False),
        (["*"], "list_api_keys", "admin", False),
        (["list_api_keys"], "list_api_keys", "admin", False),
        (["admin"], "list_api_keys", "admin", True),
        (["admin"], "list_videos", "videos", False),
    ],
)
def test_scopes_are_areas_operations_or_everything_but_the_administration(
    user: NewKey, scopes: list[str], operation: str, area: str, *, admitted: bool
) -> None:
    change(user, "scopes = %s", scopes)
    answer = ask_for(with_key(user), operation=operation, area=area)
    assert answer.allowance is not None
    if admitted:
        assert answer.granted().scopes == frozenset(scopes)
    else:
        with pytest.raises(Forbidden):
            answer.granted()


class TestActingAsAnother:
    def test_a_key_with_the_scope_is_the_other_user(
        self, user: NewKey, new_user: Callable[[], NewKey]
    ) -> None:
        other = new_user()
        change(user, "scopes = %s", ["*", "act_as"])
        caller = ask_for(with_key(user, X_User_ID=str(other.user_id))).granted()
        assert (caller.user_id, caller.key_id) == (other.user_id, user.key_id)

    @pytest.mark.parametrize("who", ["5943c79c-d128-4354-88f1-86398407d673", "nobody", "'; drop table users"])
    def test_a_user_who_does_not_exist_is_not_found(self, user: NewKey, who: str) -> None:
        change(user, "scopes = %s", ["*", "act_as"])
        with pytest.raises(NotFound, match=r"^There is no such user\.$"):
            ask_for(with_key(user, X_User_ID=who)).granted()

    def test_without_the_scope_nobody_learns_whether_the_user_exists(
        self, user: NewKey, new_user: Callable[[], NewKey]
    ) -> None:
        refusals = [
            ask_for(with_key(user, X_User_ID=str(who))).refusal
            for who in (new_user().user_id, uuid4(), "nobody")
        ]
        assert {type(each) for each in refusals} == {Forbidden}
        assert len({str(each) for each in refusals}) == 1

    def test_to_name_oneself_changes_nothing(self, user: NewKey) -> None:
        caller = ask_for(with_key(user, X_User_ID=str(user.user_id).upper())).granted()
        assert caller.user_id == user.user_id


class TestSealedKeys:
    @pytest.fixture
    def sealed(self, user: NewKey) -> SealedKey:
        change(user, "kind = 'sealed', key_hash = null")
        return SealedKey(user.user_id, user.key_id, 1, datetime.now(UTC))

    def test_it_signs_its_user_in(self, sealed: SealedKey) -> None:
        caller = ask_for({"Authorization": f"Bearer {seal(sealed)}"}).granted()
        assert (caller.user_id, caller.key_id, caller.credential) == (
            sealed.user_id,
            sealed.key_id,
            Credential.SEALED_KEY,
        )

    def test_one_that_was_deactivated_is_refused(self, user: NewKey, sealed: SealedKey) -> None:
        change(user, "active = false")
        with pytest.raises(Unauthenticated):
            ask_for({"X-API-Key": seal(sealed)}).granted()

    def test_one_of_an_earlier_version_is_good_within_the_grace_only(
        self, user: NewKey, sealed: SealedKey
    ) -> None:
        change(user, "version = 2, previous_expires_at = now() + '1 hour'")
        assert ask_for({"X-API-Key": seal(sealed)}).granted().key_id == user.key_id
        change(user, "version = 3")
        with pytest.raises(Unauthenticated):
            ask_for({"X-API-Key": seal(sealed)}).granted()

    def test_one_that_was_tampered_with_is_refused_wherever_it_was_changed(self, sealed: SealedKey) -> None:
        key = seal(sealed)
        for place in range(len(sealed_keys.PREFIX), len(key)):
            letter = "A" if key[place] != "A" else "B"
            with pytest.raises(Unauthenticated):
                ask_for({"X-API-Key": key[:place] + letter + key[place + 1 :]})

    def test_a_stored_key_cannot_be_called_up_by_its_id(self, new_user: Callable[[], NewKey]) -> None:
        stored = new_user()
        key = seal(SealedKey(stored.user_id, stored.key_id, 1, datetime.now(UTC)))
        with pytest.raises(Unauthenticated):
            ask_for({"X-API-Key": key}).granted()


class TestTokens:
    @contextmanager
    def showing(self, token: Token) -> Iterator[None]:
        """As if the request had shown this token, verified."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(admission, "presented", lambda _: token)
            yield

    def test_a_user_who_was_verified_elsewhere_is_counted_like_a_key(self, user: NewKey) -> None:
        with self.showing(Token(user.user_id, frozenset({"*"}))):
            first, second = ask_for({}), ask_for({})
        assert first.granted().credential is Credential.TOKEN
        assert first.granted().key_id is None
        assert first.allowance is not None
        assert second.allowance is not None
        assert (first.allowance.limit, first.allowance.remaining) == (600, 599)
        assert second.allowance.remaining == 598

    def test_its_scopes_hold(self, user: NewKey) -> None:
        with self.showing(Token(user.user_id, frozenset({"account"}))):
            assert isinstance(ask_for({}).refusal, Forbidden)

    @pytest.mark.usefixtures("user")
    def test_a_user_who_is_gone_is_refused(self) -> None:
        with self.showing(Token(uuid4(), frozenset({"*"}))):
            assert isinstance(ask_for({}).refusal, Unauthenticated)


class TestLimits:
    def test_many_at_once_get_exactly_as_many_as_the_limit(self, user: NewKey) -> None:
        change(user, "per_minute = 60")

        def ask(times: int) -> int:
            try:
                return admitted(user, times)
            finally:
                close_connections()

        with ThreadPoolExecutor(20) as pool:
            passed = list(pool.map(ask, [10] * 20))
        assert sum(passed) == 60

    def test_an_answer_tells_of_the_window_in_which_less_is_left(self, user: NewKey) -> None:
        change(user, "per_minute = 10, per_hour = 3")
        told = [ask_for(with_key(user)).allowance for _ in range(3)]
        assert [(each.limit, each.remaining) for each in told if each] == [(3, 2), (3, 1), (3, 0)]
        assert all(each and 3590 < each.reset_seconds <= 3660 for each in told)

    def test_a_refusal_says_when_to_come_back_and_is_not_counted(self, user: NewKey) -> None:
        change(user, "per_minute = 1")
        ask_for(with_key(user)).granted()
        refused = [ask_for(with_key(user)) for _ in range(3)]
        error = refused[-1].refusal
        assert isinstance(error, TooManyRequests)
        assert error.retry_after_seconds is not None
        assert 0 < error.retry_after_seconds <= 61
        assert counted(user) == (1, 1)

    def test_after_a_minute_there_is_room_again(self, user: NewKey) -> None:
        change(user, "per_minute = 1")
        ask_for(with_key(user)).granted()
        pass_by(user, 61)
        again = ask_for(with_key(user))
        assert again.granted().allowance == again.allowance
        assert counted(user) == (1, 2)

    def test_in_no_minute_there_are_more_than_the_limit(self, user: NewKey) -> None:
        """Neither across the border of two: what was asked for stays counted until it is a minute ago."""
        change(user, "per_minute = 10")
        assert admitted(user, 12) == 10
        pass_by(user, 30)
        assert admitted(user, 3) == 0
        pass_by(user, 31)
        assert admitted(user, 4) == 4
        pass_by(user, 31)
        assert admitted(user, 12) == 6
        pass_by(user, 31)
        assert admitted(user, 12) == 4

    def test_room_comes_back_as_it_was_taken(self, user: NewKey) -> None:
        change(user, "per_minute = 3")
        for _ in range(3):
            assert admitted(user, 1) == 1
            pass_by(user, 10)
        refused = ask_for(with_key(user)).refusal
        assert isinstance(refused, TooManyRequests)
        assert refused.retry_after_seconds is not None
        assert 25 <= refused.retry_after_seconds <= 31  # the first one is 30 seconds ago
        pass_by(user, 31)
        assert admitted(user, 3) == 1

    def test_an_hour_that_is_used_up_is_not_helped_by_a_new_minute(self, user: NewKey) -> None:
        change(user, "per_hour = 1")
        ask_for(with_key(user)).granted()
        pass_by(user, 300)
        refused = ask_for(with_key(user))
        assert isinstance(refused.refusal, TooManyRequests)
        assert refused.allowance is not None
        assert 3200 < refused.allowance.reset_seconds <= 3360
        pass_by(user, 3360)
        ask_for(with_key(user)).granted()
