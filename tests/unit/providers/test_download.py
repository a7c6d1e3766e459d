from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.errors import ProviderBroken, ProviderUnavailable
from shared.providers.download import (
    Downloader,
    DownloadLimits,
    LinkExpired,
    sniff_audio,
    sniff_video,
)

MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(5000)
LIMITS = DownloadLimits(bytes_at_most=10_000, seconds_at_most=20.0)

Serve = Callable[[bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answers one request on a port of its own with these bytes, whatever they are, and hangs up."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def answer(listener: socket.socket, reply: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(reply)

    def start(reply: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=answer, args=(listener, reply), daemon=True)
        thread.start()
        listeners.append(listener)
        threads.append(thread)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/clip.mp4?signature=x"

    yield start
    for thread in threads:
        thread.join(5)
    for listener in listeners:
        listener.close()


def _ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *(headers or (f"Content-Length: {len(body)}",)), "", ""]
    return "\r\n".join(lines).encode() + body


def _local() -> Downloader:
    return Downloader("runway", loopback_allowed=True)


def _get(url: str, into: Path, limits: DownloadLimits = LIMITS) -> str:
    return _local().download(url, into, sniff=sniff_video, limits=limits)


def test_a_whole_file_is_written(serve: Serve, tmp_path: Path) -> None:
    kind = _get(serve(_ok(MP4)), tmp_path / "clip")

    assert kind == "video/mp4"
    assert (tmp_path / "clip").read_bytes() == MP4


def test_a_chunked_file_is_written(serve: Serve, tmp_path: Path) -> None:
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(MP4), MP4)

    _get(serve(_ok(chunks, "Transfer-Encoding: chunked")), tmp_path / "clip")

    assert (tmp_path / "clip").read_bytes() == MP4


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(_ok(MP4[:100], f"Content-Length: {len(MP4)}"), id="shorter than declared"),
        pytest.param(_ok(b"%x\r\n%b" % (len(MP4), MP4[:100]), "Transfer-Encoding: chunked"), id="cut chunk"),
        pytest.param(_ok(b""), id="empty"),
        pytest.param(b"", id="no answer"),
        pytest.param(b"SMTP hello\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", id="500"),
        pytest.param(
            b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
            id="redirect",
        ),
    ],
)
def test_a_broken_transfer_leaves_nothing_and_may_be_repeated(
    serve: Serve, tmp_path: Path, reply: bytes
) -> None:
    with pytest.raises(ProviderUnavailable) as caught:
        _get(serve(reply), tmp_path / "clip")

    assert caught.value.retryable
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_forbidden_address_has_expired(serve: Serve, tmp_path: Path, status: int) -> None:
    with pytest.raises(LinkExpired):
        _get(serve(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()), tmp_path / "clip")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(_ok(b"<!doctype html><title>Sign in</title>"), id="web page"),
        pytest.param(_ok(b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n"), id="playlist"),
        pytest.param(_ok(MP4 * 3), id="too large by its declaration"),
        pytest.param(_ok(MP4 * 3, "Connection: close"), id="too large without one"),
    ],
)
def test_what_should_not_be_there_is_refused(serve: Serve, tmp_path: Path, reply: bytes) -> None:
    with pytest.raises(ProviderBroken):
        _get(serve(reply), tmp_path / "clip")

    assert list(tmp_path.iterdir()) == []


def test_a_download_past_its_time_is_stopped(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(ProviderUnavailable, match="too long"):
        _get(serve(_ok(MP4)), tmp_path / "clip", DownloadLimits(bytes_at_most=10_000, seconds_at_most=-1.0))


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example.com/clip.mp4",
        "ftp://cdn.example.com/clip.mp4",
        "file:///etc/passwd",
        "https:///clip.mp4",
        "https://cdn.example.com:99999/clip.mp4",
        "https://cdn.example.com:0/clip.mp4",
        "https://cdn.example.com/a b",
        "https://cdn.example.com/a\r\nX-Evil: 1",
        "https://cdn.example.com/\N{FOX FACE}",
        "https://[::1/clip.mp4",
        f"https://cdn.example.com/{'x' * 4096}",
        "",
    ],
)
def test_an_address_that_we_do_not_open_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ProviderBroken):
        _get(url, tmp_path / "clip")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "[::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1]",
        "224.0.0.1",
        "localhost",
        "2130706433",
    ],
)
def test_in_production_no_private_host_is_opened(tmp_path: Path, host: str) -> None:
    downloader = Downloader("runway", loopback_allowed=False)

    with pytest.raises(ProviderBroken, match="not public"):
        downloader.download(f"https://{host}/x", tmp_path / "clip", sniff=sniff_video, limits=LIMITS)


def test_in_production_plain_http_is_refused_even_to_this_machine(tmp_path: Path) -> None:
    downloader = Downloader("runway", loopback_allowed=False)

    with pytest.raises(ProviderBroken, match="not one that we open"):
        downloader.download("http://127.0.0.1/x", tmp_path / "clip", sniff=sniff_video, limits=LIMITS)


def test_a_fake_on_this_machine_does_not_open_private_hosts(tmp_path: Path) -> None:
    with pytest.raises(ProviderBroken, match="not public"):
        _get("https://10.0.0.1/x", tmp_path / "clip")


def _self_signed(host: str) -> bytes:
    """A key and a certificate for it, in one PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def test_a_server_without_a_trusted_certificate_is_not_listened_to(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(_self_signed("localhost"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection, pytest.raises(OSError):  # noqa: PT011 - TLS errors are of many kinds
            context.wrap_socket(connection, server_side=True)

    thread = threading.Thread(target=refuse)
    thread.start()
    with listener:
        port = listener.getsockname()[1]
        with pytest.raises(ProviderUnavailable) as caught:
            _get(f"https://localhost:{port}/clip.mp4", tmp_path / "clip")
        thread.join(5)

    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\x04" + bytes(12), "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + bytes(12), "audio/mpeg"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"OggS" + bytes(12), "audio/ogg"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
def test_sound_is_known_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    assert sniff_audio(head) == kind
