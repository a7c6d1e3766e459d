from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from ipaddress import ip_address

import pytest

from shared.errors import AddressRefused
from shared.net import Patience, WayOut, is_loopback, is_public, target_of

PATIENCE = Patience(connect=5, silence=5, total=5)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "3fff::1",
        "4000::1",
    ],
)
def test_an_address_of_anything_nearer_than_the_internet_is_not_public(address: str) -> None:
    assert is_public(ip_address(address)) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address)) is True


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://example.com:8443/",
        "https://example.com:22/",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "https://@example.com/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fe80::1%25eth0]/",
        "https:///nothing",
        "//example.com/",
        "example.com",
        "https://exa mple.com/",
        "https://example.com/\n",
        "",
    ],
)
def test_an_address_is_refused_before_anybody_asks_where_it_is(url: str) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise AssertionError(f"{host}:{port} was looked up.")

    with pytest.raises(AddressRefused), WayOut(resolve=resolve).open(url, PATIENCE):
        pass


def test_plain_http_goes_to_this_machine_and_only_where_that_is_allowed() -> None:
    with pytest.raises(AddressRefused):
        WayOut().check("http://127.0.0.1:8000/")
    assert WayOut(loopback_allowed=True).check("http://127.0.0.1:8000/").port == 8000
    with pytest.raises(AddressRefused):
        WayOut(loopback_allowed=True).check("http://example.com/")
    with pytest.raises(AddressRefused):
        WayOut(loopback_allowed=True).check("https://10.0.0.1/")


@pytest.mark.parametrize(
    "found",
    [["10.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["93.184.216.34", "::1"], ["fe80::1%eth0"], ["127.0.0.1"]],
)
def test_a_name_is_refused_if_any_of_its_addresses_is_not_public(found: list[str]) -> None:
    def connect(address: tuple[str, int], seconds: float) -> socket.socket:
        raise AssertionError(f"{address} was connected to in {seconds} s.")

    way_out = WayOut(resolve=lambda _host, _port: found, dial=connect)
    with pytest.raises(AddressRefused, match="not public"), way_out.open("https://example.com/", PATIENCE):
        pass


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    dialled: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], seconds: float) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError(f"Nobody answers within {seconds} s.")

    way_out = WayOut(resolve=lambda _host, _port: next(answers), dial=connect)
    with pytest.raises(ConnectionRefusedError), way_out.open("https://rebinding.example/", PATIENCE):
        pass

    assert dialled == [("93.184.216.34", 443)]
    assert len(list(answers)) == 2


def test_a_receiver_that_never_ends_its_handshake_is_cut_off(listener: socket.socket) -> None:
    way_out = WayOut(
        resolve=lambda _host, _port: ["93.184.216.34"],
        dial=lambda _address, seconds: socket.create_connection(listener.getsockname(), timeout=seconds),
        trust=_anybody,
    )
    patience = Patience(connect=5, silence=30, total=0.2)
    began = time.monotonic()
    with pytest.raises(OSError), way_out.open("https://slow.example/", patience):  # noqa: PT011 - of many kinds
        pass
    assert time.monotonic() - began < 20


def test_a_byte_now_and_then_does_not_keep_a_connection_open(listener: socket.socket) -> None:
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with closing(connection):
            while not over.wait(0.02):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    port = listener.getsockname()[1]
    patience = Patience(connect=5, silence=30, total=0.3)
    try:
        with (
            pytest.raises((OSError, Exception)) as caught,
            WayOut(loopback_allowed=True).open(f"http://127.0.0.1:{port}/", patience) as connection,
        ):
            connection.request("GET", "/")
            connection.getresponse()
    finally:
        over.set()
        thread.join(5)
    assert not isinstance(caught.value, AssertionError)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", "/"),
        ("https://example.com/a/b?c=d#e", "/a/b?c=d"),
        ("https://example.com?c=d", "/?c=d"),
        ("https://example.com//a", "//a"),
    ],
)
def test_a_request_line_has_path_and_query(url: str, target: str) -> None:
    assert target_of(WayOut().check(url)) == target


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("api.dev.runwayml.com", False),
        ("10.0.0.1", False),
        ("127.0.0.1.example.com", False),
        (None, False),
    ],
)
def test_only_this_machine_is_loopback(host: str | None, *, local: bool) -> None:
    assert is_loopback(host) is local
