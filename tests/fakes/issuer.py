"""An issuer of tokens for tests: keys of every kind, and a real HTTP server that publishes them."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key as new_rsa_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "storyreel-clients"
RSA_KEY = new_rsa_key(65537, 2048)
OTHER_RSA_KEY = new_rsa_key(65537, 2048)
EC_KEY = new_ec_key(SECP256R1())
ED_KEY = Ed25519PrivateKey.generate()


def published(key_id: str, key: Any) -> dict[str, Any]:
    """The public half of a key, as a set has it."""
    match key:
        case RSAPrivateKey():
            jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case Ed25519PrivateKey():
            jwk = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case _:
            jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**jwk, "kid": key_id, "use": "sig"}


class Issuer:
    """Signs tokens, and publishes its keys on a port of its own. `reads` counts how often they were read."""

    def __init__(self) -> None:
        self.name = f"https://issuer.example/{uuid4()}"
        self.keys: list[dict[str, Any]] = [
            published("rsa", RSA_KEY),
            published("ec", EC_KEY),
            published("ed", ED_KEY),
        ]
        self.reads = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] = self._publish
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.reads += 1
                issuer.answer(self)

            def log_message(self, *_: Any) -> None:
                """Tests are told by the answers."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/.well-known/jwks.json"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _publish(self, request: BaseHTTPRequestHandler) -> None:
        self.send(request, json.dumps({"keys": self.keys}).encode())

    @staticmethod
    def send(request: BaseHTTPRequestHandler, content: bytes, status: int = 200, **headers: str) -> None:
        """An answer of a server's."""
        request.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    @property
    def setting(self) -> dict[str, str]:
        """How a stage trusts it."""
        return {"issuer": self.name, "audience": AUDIENCE, "jwks_url": self.url}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What a good token says, with changes; None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": f"user-{uuid4()}",
            "iat": now,
            "exp": now + 300,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key: Any = RSA_KEY, algorithm: str = "RS256", kid: str = "rsa", **changed: Any) -> str:
        """A signed token."""
        return jwt.encode(self.claims(**changed), key, algorithm, headers={"kid": kid})


def encoded(part: Any) -> str:
    """A part of a token."""
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
