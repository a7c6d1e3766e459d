"""The OpenAI client as all adapters use it."""

from __future__ import annotations

import httpx2
import openai

CONNECT_SECONDS = 10.0


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
