"""One attempt over TLS, as it goes out on AWS: name checked, address pinned."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.net import Patience, WayOut
from shared.webhooks.sending import Letter, Outcome, send
from tests.receiver import Receiver

HOST = "hooks.example.com"
PUBLIC = "93.184.216.34"
PATIENCE = Patience(connect=5, silence=5, total=5)
LETTER = Letter(UUID(int=7), f"https://{HOST}/in?x=1", "ping", b'{"id":"1"}', ("whsec_a",))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of the host, in one PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def receiver(certificate: Path) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Receiver(tls=context) as receiver:
        yield receiver


@pytest.fixture
def way_out(receiver: Receiver, certificate: Path) -> WayOut:
    """To the receiver, as if it stood at the public address, and trusting its certificate."""

    def dial(address: tuple[str, int], seconds: float) -> socket.socket:
        assert address == (PUBLIC, 443)
        return socket.create_connection(("127.0.0.1", receiver.port), timeout=seconds)

    return WayOut(
        resolve=lambda _host, _port: [PUBLIC],
        dial=dial,
        trust=lambda: ssl.create_default_context(cafile=str(certificate)),
    )


def test_a_letter_goes_to_the_host_by_its_name_at_the_address_that_was_checked(
    receiver: Receiver, way_out: WayOut
) -> None:
    outcome = send(LETTER, way_out, PATIENCE)
    (received,) = receiver.received
    assert (outcome.failure, outcome.status_code) == (None, 200)
    assert received.is_signed_with("whsec_a")
    assert (received.path, received.headers["host"]) == ("/in?x=1", HOST)


def test_a_certificate_of_another_name_is_not_accepted(receiver: Receiver, way_out: WayOut) -> None:
    letter = Letter(LETTER.id, "https://other.example.com/", "ping", LETTER.body, LETTER.secrets)
    assert _failure(send(letter, way_out, PATIENCE)) == ("tls", None)
    assert receiver.received == []


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(receiver: Receiver, way_out: WayOut) -> None:
    public = WayOut(resolve=way_out.resolve, dial=way_out.dial)
    assert _failure(send(LETTER, public, PATIENCE)) == ("tls", None)
    assert receiver.received == []


def test_a_name_that_leads_inside_is_not_followed(way_out: WayOut) -> None:
    inside = WayOut(resolve=lambda _host, _port: ["169.254.169.254"], dial=way_out.dial, trust=way_out.trust)
    assert _failure(send(LETTER, inside, PATIENCE)) == ("address_refused", None)


def test_a_name_without_an_address_is_a_failed_connection(way_out: WayOut) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(f"{host}:{port} has no address")

    nowhere = WayOut(resolve=resolve, dial=way_out.dial, trust=way_out.trust)
    assert _failure(send(LETTER, nowhere, PATIENCE)) == ("connection", None)


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".com"])
def test_a_name_that_can_be_no_name_is_a_failed_connection(host: str) -> None:
    letter = replace(LETTER, url=f"https://{host}/")
    assert _failure(send(letter, WayOut(), PATIENCE)) == ("connection", None)


def test_a_proxy_of_the_environment_is_not_asked(
    receiver: Receiver, way_out: WayOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert _failure(send(LETTER, way_out, PATIENCE)) == (None, 200)
    assert len(receiver.received) == 1


def test_what_speaks_no_http_is_a_failure(way_out: WayOut) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    with client, server:
        server.sendall(b"SMTP ready\r\n\r\n")
        plain = WayOut(loopback_allowed=True, dial=lambda _address, _seconds: client.dup())
        letter = Letter(LETTER.id, "http://127.0.0.1:9/", "ping", LETTER.body, LETTER.secrets)
        assert _failure(send(letter, plain, PATIENCE)) == ("not_http", None)
    assert way_out.loopback_allowed is False


def _failure(outcome: Outcome) -> tuple[str | None, int | None]:
    return outcome.failure, outcome.status_code
