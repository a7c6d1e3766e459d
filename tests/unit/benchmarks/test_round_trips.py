"""How the proxy counts, on Postgres' own messages."""

from __future__ import annotations

import struct

from tests.benchmarks.round_trips import RoundTrips

START = struct.pack("!II", 8, 196608)


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def opened() -> RoundTrips:
    counted = RoundTrips()
    counted.sent(START)
    counted.received()
    return counted


def test_opening_a_connection_is_a_round_trip_and_no_statement() -> None:
    counted = opened()
    assert (counted.count, counted.statements) == (1, 0)


def test_each_statement_that_is_waited_for_is_a_round_trip() -> None:
    counted = opened()
    for _ in range(3):
        counted.sent(message(b"Q", b"select 1\0"))
        counted.received()
        counted.received()
    assert (counted.count, counted.statements) == (4, 3)


def test_statements_in_a_pipeline_are_one_round_trip() -> None:
    counted = opened()
    prepared = message(b"P", b"\0select 1\0\0\0") + message(b"B", bytes(8)) + message(b"E", bytes(5))
    counted.sent(prepared)
    counted.sent(prepared + message(b"S"))
    counted.received()
    assert (counted.count, counted.statements) == (2, 2)


def test_an_answer_that_comes_before_the_pipeline_is_sent_is_not_waited_for() -> None:
    counted = opened()
    prepared = message(b"P", b"\0select 1\0\0\0") + message(b"B", bytes(8)) + message(b"E", bytes(5))
    counted.sent(prepared)
    counted.received()
    counted.sent(prepared + message(b"S"))
    counted.received()
    counted.received()
    assert (counted.count, counted.statements) == (2, 2)
    counted.sent(prepared + message(b"S"))
    assert (counted.count, counted.statements) == (3, 3)


def test_an_answer_that_is_asked_for_within_a_pipeline_is_waited_for() -> None:
    counted = opened()
    prepared = message(b"P", b"\0select 1\0\0\0") + message(b"B", bytes(8)) + message(b"E", bytes(5))
    counted.sent(prepared + message(b"H"))
    counted.received()
    counted.sent(prepared + message(b"S"))
    counted.received()
    assert (counted.count, counted.statements) == (3, 2)


def test_a_message_that_arrives_byte_by_byte_is_one() -> None:
    counted = RoundTrips()
    for byte in START + message(b"Q", b"select 1\0"):
        counted.sent(bytes([byte]))
    assert (counted.count, counted.statements) == (1, 1)


def test_the_word_of_a_message_is_not_taken_for_its_type() -> None:
    counted = opened()
    counted.sent(message(b"p", b"QQQQQEEEEE"))
    assert counted.statements == 0
