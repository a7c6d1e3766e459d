"""The program that runs one function: AWS's own runtime client, on this machine's Python.

python -m infra.local.worker HANDLER DATA

DATA says to whom the process belongs. AWS ships the client's inner HTTP part as a native module for Linux
alone; elsewhere `PortableClient` does the same in Python.
"""

from __future__ import annotations

import http.client
import sys
from types import ModuleType
from typing import Any

_DEADLINE = "lambda-runtime-deadline-ms"


class PortableClient(ModuleType):
    """What awslambdaric wants of its module `runtime_client`: Lambda's Runtime API over one connection."""

    _PREFIX = "/2018-06-01/runtime/invocation"

    def __init__(self, address: str) -> None:
        super().__init__("runtime_client")
        self._connection = http.client.HTTPConnection(address)

    def initialize_client(self, user_agent: str) -> None:
        """Take the name by which awslambdaric introduces itself."""
        self._user_agent = user_agent

    def next(self) -> tuple[bytes, dict[str, Any]]:
        """Wait for the next invocation: its event and its headers, the deadline as a number."""
        event, headers = self._call("GET", "/next")
        headers[_DEADLINE] = int(headers[_DEADLINE])
        return event, headers

    def post_invocation_result(
        self, invoke_id: str, result: bytes, content_type: str, invocation_id: str | None = None
    ) -> None:
        """Hand in a result."""
        self._call("POST", f"/{invoke_id}/response", result, _headers(content_type, invocation_id))

    def post_error(
        self, invoke_id: str, error: str, xray_fault: str, invocation_id: str | None = None
    ) -> None:
        """Hand in an error. There is no X-Ray here to take the fault."""
        del xray_fault
        self._call("POST", f"/{invoke_id}/error", error.encode(), _headers("application/json", invocation_id))

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[bytes, dict[str, Any]]:
        sent = {"User-Agent": self._user_agent, **(headers or {})}
        self._connection.request(method, self._PREFIX + path, body, sent)
        answer = self._connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's successes
            raise RuntimeError(f"The Runtime API answers {answer.status} to {method} {path}.")
        return content, _Headers(answer.getheaders())


class _Headers(dict[str, Any]):
    """Header names in any case."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__({name.lower(): value for name, value in pairs})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _headers(content_type: str, invocation_id: str | None) -> dict[str, str]:
    given = {} if invocation_id is None else {"Lambda-Runtime-Invocation-Id": invocation_id}
    return {"Content-Type": content_type, **given}


def main(handler: str, address: str) -> None:
    """Answer invocations until the process is ended."""
    try:
        import runtime_client  # type: ignore[import-not-found]  # noqa: F401, PLC0415 - native, Linux only
    except ImportError:
        sys.modules["runtime_client"] = PortableClient(address)
    from awslambdaric.__main__ import main as run  # noqa: PLC0415 - it imports runtime_client

    run(["awslambdaric", handler])


if __name__ == "__main__":
    import os

    main(sys.argv[1], os.environ["AWS_LAMBDA_RUNTIME_API"])
