"""HTTP as the fake sees it: a request in, a reply out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any


@dataclass(frozen=True)
class Part:
    """One field of a form."""

    name: str
    filename: str | None
    content_type: str
    content: bytes

    def as_json(self) -> Any:
        """For the ledger: a text as it is, a file by its hash."""
        if self.filename is None:
            return self.content.decode()
        return {
            "filename": self.filename,
            "contentType": self.content_type,
            "bytes": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""

    body: bytes
    base_url: str
    fault: str = ""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The JSON body; None where it is none."""
        if self.media_type != "application/json":
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> list[Part]:
        """The parts of a multipart body."""
        head = f"Content-Type: {self.headers.get('content-type', '')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return [
            Part(
                name=str(part.get_param("name", header="content-disposition")),
                filename=part.get_filename(),
                content_type=part.get_content_type() if part.get("content-type") else "",
                content=_bytes(part.get_payload(decode=True)),
            )
            for part in message.iter_parts()
        ]


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    declared_length: int | None = None
    """Content-Length, where it is not the body's: the connection is cut after the body."""


class Refused(Exception):
    """Ends a handler with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(content: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(
        status, json.dumps(content).encode(), headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def _bytes(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else b""


def names(text: str) -> frozenset[str]:
    """The words of a text, to look them up."""
    return frozenset(text.split())
