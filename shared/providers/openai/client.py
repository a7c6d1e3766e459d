"""What the adapters to OpenAI have in common: the client, and how much is asked of it."""

from __future__ import annotations

import httpx2
import openai

from shared.providers.ports import Capacity

AT_WORK = 8
"""Calls for one model that are at work at the same time."""

CONNECT_SECONDS = 10.0


class OpenAIAdapter:
    """Asks OpenAI through a client of its own."""

    _client: openai.OpenAI

    def capacity(self) -> Capacity:
        """OpenAI limits rates, not calls at work: so many keep well within the rate of the lowest tier."""
        return Capacity(max_concurrent=AT_WORK)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def openai_client(api_key: str, base_url: str | None, *, read_seconds: float) -> openai.OpenAI:
    """A client that sends each request exactly once.

    No retries: a retried request is paid twice. No redirects: nobody should get the key but OpenAI. No
    connection is kept: after a Lambda's freeze a kept one is dead, and a request on a dead connection fails
    in a way that looks as if it might have been accepted.
    """
    timeout = httpx2.Timeout(connect=CONNECT_SECONDS, read=read_seconds, write=60.0, pool=CONNECT_SECONDS)
    return openai.OpenAI(
        api_key=api_key.strip(),
        base_url=base_url,
        max_retries=0,
        timeout=timeout,
        http_client=openai.DefaultHttpxClient(
            timeout=timeout,
            follow_redirects=False,
            limits=httpx2.Limits(max_connections=4, max_keepalive_connections=0),
        ),
    )
