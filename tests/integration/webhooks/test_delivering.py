"""Deliveries to a real receiver, from a real outbox."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from shared.accounts.service import NewKey
from shared.database import Connection, admin_transaction, ask_all, close_connections, transaction
from shared.expiry import delete_expired_rows
from shared.net import Patience, WayOut
from shared.webhooks import delivering, queries, service
from shared.webhooks.delivering import MAX_ATTEMPTS
from shared.webhooks.models import ChangeWebhook
from shared.webhooks.sending import Letter, Outcome, send
from tests.integration.webhooks.conftest import Desk
from tests.receiver import Receiver

HASTY = Patience(connect=2, silence=0.2, total=0.3)


def hastily(letter: Letter, way_out: WayOut) -> Outcome:
    return send(letter, way_out, HASTY)


def test_what_is_delivered_carries_a_signature_that_its_receiver_can_verify(desk: Desk) -> None:
    with Receiver() as receiver:
        made = desk.add(f"{receiver.url}/hook?from=storyreel")
        delivery = desk.tell(made.webhook.id)
        row = desk.deliver(delivery, 1)
    (received,) = receiver.received
    assert received.is_signed_with(made.secret)
    assert not received.is_signed_with("whsec_another")
    assert received.path == "/hook?from=storyreel"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["storyreel-event"] == "ping"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.delivery == str(delivery)
    assert received.event["type"] == "ping"
    assert (row["state"], row["status_code"], row["failure"]) == ("delivered", 200, None)


def test_a_body_that_was_changed_does_not_verify(desk: Desk) -> None:
    with Receiver() as receiver:
        made = desk.add(receiver.url)
        desk.deliver(desk.tell(made.webhook.id), 1)
    (received,) = receiver.received
    changed = type(received)(received.path, received.headers, received.body.replace(b"ping", b"pong"))
    assert not changed.is_signed_with(made.secret)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (500, "status"),
        (404, "status"),
        (302, "redirect"),
        (308, "redirect"),
        (-1, "connection"),
        (-2, "timeout"),
    ],
)
def test_what_is_not_taken_is_sent_again_under_the_same_id(desk: Desk, answer: int, failure: str) -> None:
    with Receiver(answer) as receiver:
        delivery = desk.tell(desk.add(receiver.url).webhook.id)
        row = desk.deliver(delivery, 1, send=hastily if failure == "timeout" else send)
        assert (row["state"], row["failure"]) == ("pending", failure)
        assert row["status_code"] == (answer if answer > 0 else None)
        assert row["next_attempt_at"] > row["attempted_at"]
        row = desk.deliver(delivery, 2)
    assert (row["state"], row["failure"]) == ("delivered", None)
    assert [each.path for each in receiver.received] == ["/", "/"]
    assert {each.delivery for each in receiver.received} == {str(delivery)}
    assert len({each.event["id"] for each in receiver.received}) == 1


def test_where_nobody_listens_is_tried_again(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    delivery = desk.tell(desk.add(f"http://127.0.0.1:{port}/").webhook.id)
    row = desk.deliver(delivery, 1)
    assert (row["state"], row["failure"], row["status_code"]) == ("pending", "connection", None)


def test_what_fails_ten_times_is_dead_and_stays_in_the_log(desk: Desk) -> None:
    with Receiver(otherwise=503) as receiver:
        delivery = desk.tell(desk.add(receiver.url).webhook.id)
        row = desk.deliver(delivery, MAX_ATTEMPTS)
    assert (row["state"], row["status_code"]) == ("dead", 503)
    assert row["finished_at"] is not None
    assert len(receiver.received) == MAX_ATTEMPTS


def test_a_sender_that_dies_before_it_says_so_leaves_the_delivery_to_the_next(desk: Desk) -> None:
    class Died(Exception):
        pass

    def die(letter: Letter, way_out: WayOut) -> Outcome:
        outcome = send(letter, way_out)
        if letter.id == delivery:
            died.append(letter.id)
            raise Died
        return outcome

    died: list[UUID] = []
    with Receiver() as receiver:
        endpoint = desk.add(receiver.url).webhook.id
        delivery = desk.tell(endpoint)
        delivering.deliver(WayOut(loopback_allowed=True), 5, send=die)
        while not died:  # the stack's own schedule was faster
            delivery = desk.tell(endpoint)
            delivering.deliver(WayOut(loopback_allowed=True), 5, send=die)
        assert desk.row(delivery)["leased_until"] is not None
        desk.change(delivery, "leased_until = now()")
        row = desk.deliver(delivery, 2)
    assert row["state"] == "delivered"
    assert [each.delivery for each in receiver.received][-2:] == [str(delivery)] * 2


def test_what_kills_its_sender_every_time_is_given_up(desk: Desk) -> None:
    with Receiver() as receiver:
        delivery = desk.tell(desk.add(receiver.url).webhook.id)
        desk.change(delivery, f"attempts = {MAX_ATTEMPTS}")
        row = desk.deliver(delivery, MAX_ATTEMPTS + 1)
    assert (row["state"], row["failure"]) == ("dead", "interrupted")
    assert receiver.received == []


def test_one_delivery_is_claimed_once_by_whoever_asks_at_the_same_time(desk: Desk) -> None:
    endpoint = desk.add("http://127.0.0.1:1/").webhook.id
    deliveries = [desk.tell(endpoint) for _ in range(8)]
    claimed: list[UUID] = []
    start = threading.Barrier(6)

    def claim() -> None:
        start.wait()
        claimed.extend(row["id"] for row in ask_all(delivering._CLAIM, [uuid4(), 100, 4, 60]))
        close_connections()

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine = [each for each in claimed if each in deliveries]
    assert len(mine) == len(set(mine)) <= 8
    service.delete_webhook(desk.user_id, endpoint)


def test_a_claim_whose_answer_was_lost_is_the_same_when_it_is_asked_for_again(desk: Desk) -> None:
    endpoint = desk.add("http://127.0.0.1:1/").webhook.id
    claim, mine = uuid4(), set[UUID]()
    while not mine:  # the stack's own schedule was faster
        told = {desk.tell(endpoint) for _ in range(4)}
        first = {row["id"] for row in ask_all(delivering._CLAIM, [claim, 100, 4, 60])}
        mine = first & told
    assert {row["id"] for row in ask_all(delivering._CLAIM, [claim, 100, 4, 60])} == first
    assert {desk.row(each)["attempts"] for each in mine} == {1}
    assert first.isdisjoint(row["id"] for row in ask_all(delivering._CLAIM, [uuid4(), 100, 4, 60]))
    service.delete_webhook(desk.user_id, endpoint)


def test_a_slow_endpoint_does_not_hold_up_another(desk: Desk) -> None:
    with Receiver(otherwise=-2) as slow, Receiver() as quick:
        behind = desk.add(slow.url).webhook.id
        for _ in range(30):
            desk.tell(behind)
        delivery = desk.tell(desk.add(quick.url).webhook.id)
        began = time.monotonic()
        seen: list[float] = []

        def watch(letter: Letter, way_out: WayOut) -> Outcome:
            outcome = send(letter, way_out, Patience(2, 2, 2))
            if letter.id == delivery:
                seen.append(time.monotonic() - began)
            return outcome

        delivering.deliver(WayOut(loopback_allowed=True), 0.5, send=watch)
        if not quick.received:  # the stack's own schedule has it
            quick.until(lambda received: len(received) == 1)
        assert len(slow.received) <= 2 * delivering.AT_ONCE_EACH
    service.delete_webhook(desk.user_id, behind)


def test_a_dead_address_of_one_job_does_not_hold_up_those_of_other_jobs(desk: Desk) -> None:
    with admin_transaction() as db:
        db.execute(
            "insert into webhook_deliveries (user_id, url, event_id, event, body)"
            " select %s, case n when 99 then 'http://127.0.0.1:9/quick' else 'http://127.0.0.1:9/dead' end,"
            " gen_random_uuid(), 'ping', '{}' from generate_series(1, 99) n",
            [desk.user_id],
        )
        targets = db.execute(
            "select url, count(distinct target) as targets from webhook_deliveries"
            " where user_id = %s group by url",
            [desk.user_id],
        ).fetchall()
        claimed = db.execute(
            "select d.url, count(*) as n"
            " from claim_webhook_deliveries(gen_random_uuid(), 1000, 4, interval '1 minute') c"
            " join webhook_deliveries d on d.id = c.id where c.user_id = %s group by d.url",
            [desk.user_id],
        ).fetchall()
        db.execute("delete from webhook_deliveries where user_id = %s", [desk.user_id])
    assert [row["targets"] for row in targets] == [1, 1]
    assert {row["url"].rpartition("/")[2]: row["n"] for row in claimed} == {"dead": 4, "quick": 1}


def test_turns_go_round_by_user_whatever_many_addresses_one_has(
    desk: Desk, new_user: Callable[[], NewKey]
) -> None:
    other = new_user().user_id

    def claimed(db: Connection, most: int) -> dict[UUID, int]:
        rows = db.execute(
            "select user_id, count(*) as n"
            " from claim_webhook_deliveries(gen_random_uuid(), %s, 4, interval '1 minute') group by user_id",
            [most],
        ).fetchall()
        return {row["user_id"]: row["n"] for row in rows if row["user_id"] in {desk.user_id, other}}

    with admin_transaction() as db, db.transaction(force_rollback=True):
        db.execute("delete from webhook_deliveries where state = 'pending'")
        for user_id, addresses, waits in ((desk.user_id, 60, "1 hour"), (other, 3, "0")):
            db.execute(
                "insert into webhook_deliveries (user_id, url, event_id, event, body, next_attempt_at)"
                " select %s, 'http://127.0.0.1:9/' || n, gen_random_uuid(), 'ping', '{}',"
                " now() - %s::interval from generate_series(1, %s) n",
                [user_id, waits, addresses],
            )
        assert claimed(db, 2) == {desk.user_id: 1, other: 1}
        assert claimed(db, 3) == {desk.user_id: 2, other: 1}  # what is sent now counts: 3 and 2
        assert claimed(db, 100) == {desk.user_id: 5, other: 1}
        assert claimed(db, 100) == {}  # one user has eight at a time


def test_however_much_is_due_at_one_address_an_endpoint_gets_its_turn(desk: Desk) -> None:
    endpoint = desk.add("http://127.0.0.1:9/").webhook.id
    with admin_transaction() as db, db.transaction(force_rollback=True):
        db.execute("delete from webhook_deliveries where state = 'pending'")
        db.execute(
            "insert into webhook_deliveries (user_id, url, event_id, event, body, next_attempt_at)"
            " select %s, 'http://127.0.0.1:9/d', gen_random_uuid(), 'ping', '{}', now() - interval '1 hour'"
            " from generate_series(1, 1000)",
            [desk.user_id],
        )
        db.execute(
            "insert into webhook_deliveries (user_id, endpoint_id, event_id, event, body)"
            " values (%s, %s, gen_random_uuid(), 'ping', '{}')",
            [desk.user_id, endpoint],
        )
        claimed = db.execute(
            "select d.endpoint_id, count(*) as n"
            " from claim_webhook_deliveries(gen_random_uuid(), 2, 4, interval '1 minute') c"
            " join webhook_deliveries d on d.id = c.id group by d.endpoint_id"
        ).fetchall()
    assert {row["endpoint_id"]: row["n"] for row in claimed} == {None: 1, endpoint: 1}
    service.delete_webhook(desk.user_id, endpoint)


def test_an_endpoint_that_fails_gets_one_at_a_time(desk: Desk) -> None:
    with Receiver(otherwise=500) as receiver:
        endpoint = desk.add(receiver.url).webhook.id
        desk.deliver(desk.tell(endpoint), 1)
        assert service.get_webhook(desk.user_id, endpoint).failing_since is not None
        waiting = [desk.tell(endpoint) for _ in range(3)]
        claimed = [row["id"] for row in ask_all(delivering._CLAIM, [uuid4(), 1000, 4, 60])]
        assert len([each for each in claimed if each in waiting]) <= 1
    service.delete_webhook(desk.user_id, endpoint)


def test_a_success_ends_a_time_of_failures(desk: Desk) -> None:
    with Receiver(500, 200) as receiver:
        endpoint = desk.add(receiver.url).webhook.id
        desk.deliver(desk.tell(endpoint), 2)
    found = service.get_webhook(desk.user_id, endpoint)
    assert (found.active, found.failing_since) == (True, None)


def test_an_endpoint_that_has_failed_for_five_days_is_deactivated_and_says_why(desk: Desk) -> None:
    with Receiver(otherwise=500) as receiver:
        endpoint = desk.add(receiver.url).webhook.id
        waiting = desk.tell(endpoint)
        desk.change(waiting, "next_attempt_at = now() + interval '1 hour'")
        delivery = desk.tell(endpoint)
        desk.deliver(delivery, 1)
        with admin_transaction() as db:
            db.execute(
                "update webhook_endpoints set failing_since = now() - interval '6 days' where id = %s",
                [endpoint],
            )
        desk.deliver(delivery, 2)
    found = service.get_webhook(desk.user_id, endpoint)
    assert (found.active, found.inactive_reason) == (
        False,
        "Every attempt has failed for 5 days. The last: status.",
    )
    assert (desk.row(waiting)["state"], desk.row(waiting)["failure"]) == ("dead", "inactive")
    again = service.change_webhook(desk.user_id, endpoint, ChangeWebhook(active=True))
    assert (again.active, again.inactive_reason, again.failing_since) == (True, None, None)


def test_an_endpoint_that_says_that_it_is_gone_is_deactivated_at_once(desk: Desk) -> None:
    with Receiver(410) as receiver:
        endpoint = desk.add(receiver.url).webhook.id
        desk.deliver(desk.tell(endpoint), 1)
    found = service.get_webhook(desk.user_id, endpoint)
    assert (found.active, found.inactive_reason) == (False, "It answered 410 Gone: nobody is there any more.")


def test_two_secrets_sign_while_one_is_rotated_and_one_when_the_grace_is_over(desk: Desk) -> None:
    with Receiver() as receiver:
        made = desk.add(receiver.url)
        endpoint = made.webhook.id
        rotated = service.rotate_secret(desk.user_id, endpoint, 24)
        desk.deliver(desk.tell(endpoint), 1)
        again = service.rotate_secret(desk.user_id, endpoint, 0)
        desk.deliver(desk.tell(endpoint), 1)
    first, second = receiver.received
    assert rotated.old_secret_expires_at is not None
    assert first.headers["storyreel-signature"].count("v1=") == 2
    assert first.is_signed_with(made.secret)
    assert first.is_signed_with(rotated.secret)
    assert second.is_signed_with(again.secret)
    assert not second.is_signed_with(made.secret)
    assert not second.is_signed_with(rotated.secret)


def test_a_replay_is_a_delivery_of_its_own_with_the_same_event(desk: Desk) -> None:
    with Receiver() as receiver:
        delivery = desk.tell(desk.add(receiver.url).webhook.id)
        desk.deliver(delivery, 1)
        replayed = service.replay(desk.user_id, delivery)
        receiver.until(lambda received: len(received) == 2)
    first, second = receiver.received
    assert (replayed.replay_of, replayed.event_id) == (delivery, UUID(first.event["id"]))
    assert second.delivery == str(replayed.id)
    assert second.body == first.body


def test_the_database_holds_no_secret_that_can_be_read(desk: Desk) -> None:
    made = desk.add("https://example.com/hook")
    with admin_transaction() as db:
        rows = db.execute("select sealed from webhook_secrets where user_id = %s", [desk.user_id]).fetchall()
    assert len(rows) == 1
    assert made.secret.encode() not in rows[0]["sealed"]


def test_a_sealed_secret_opens_for_its_own_user_alone(desk: Desk, new_user: Callable[[], NewKey]) -> None:
    from shared.accounts.sealing import SealBroken  # noqa: PLC0415 - only here
    from shared.webhooks.secrets import seal, unseal  # noqa: PLC0415

    sealed = seal("whsec_x", desk.user_id)
    assert unseal(sealed, desk.user_id) == "whsec_x"
    assert sealed != seal("whsec_x", desk.user_id)
    with pytest.raises(SealBroken):
        unseal(sealed, new_user().user_id)
    with pytest.raises(SealBroken):
        unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), desk.user_id)


def test_settled_deliveries_are_forgotten_after_a_month_and_no_others(desk: Desk) -> None:
    endpoint = desk.add("http://127.0.0.1:1/").webhook.id
    old, recent, waiting = (desk.tell(endpoint) for _ in range(3))
    desk.change(old, "state = 'dead', finished_at = now() - interval '31 days'")
    desk.change(recent, "state = 'dead', finished_at = now() - interval '29 days'")
    desk.change(
        waiting, "next_attempt_at = now() + interval '1 day', created_at = now() - interval '40 days'"
    )
    with admin_transaction() as db:
        delete_expired_rows(db)
    with transaction(desk.user_id) as db:
        left = {each.id for each in queries.deliveries_to(endpoint, None, None, 10).all(db)}
    assert left == {recent, waiting}
    service.delete_webhook(desk.user_id, endpoint)
