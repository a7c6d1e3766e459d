"""Limits as clients meet them: through the gateway, with many requests at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import aiohttp

from tests.running_stack import Api, RunningStack

Answer = tuple[int, Mapping[str, str]]


async def at_once(api: Api, times: int, path: str = "/api/budget") -> list[Answer]:
    headers = {"Authorization": f"Bearer {api.key}"}
    connector = aiohttp.TCPConnector(limit=times)
    async with aiohttp.ClientSession(api.url, headers=headers, connector=connector) as session:

        async def ask() -> Answer:
            async with session.get(path) as response:
                await response.read()
                return response.status, response.headers

        return await asyncio.gather(*(ask() for _ in range(times)))


def test_of_200_requests_at_once_exactly_60_pass_with_a_limit_of_60_a_minute(stack: RunningStack) -> None:
    api, _ = stack.new_caller("crowd", perMinute=60)
    answers = asyncio.run(at_once(api, 200))
    assert Counter(status for status, _ in answers) == {200: 60, 429: 140}
    left = sorted(int(headers["RateLimit-Remaining"]) for status, headers in answers if status == 200)
    assert left == list(range(60))
    for status, headers in answers:
        assert headers["RateLimit-Limit"] == "60"
        assert 0 < int(headers["RateLimit-Reset"]) <= 61
        assert ("Retry-After" in headers) is (status == 429)
        if status == 429:
            assert headers["RateLimit-Remaining"] == "0"
            assert headers["Retry-After"] == headers["RateLimit-Reset"]


def test_two_keys_of_one_user_have_a_limit_each(stack: RunningStack) -> None:
    first, user_id = stack.new_caller("two keys", perMinute=2)
    made = stack.invoke("create_api_key", {"name": "second", "userId": str(user_id), "perMinute": 2})
    second = Api(first.url, made["apiKey"])
    told = [asyncio.run(at_once(each, 3)) for each in (first, second)]
    assert [Counter(status for status, _ in answers) for answers in told] == [{200: 2, 429: 1}] * 2


def test_an_error_tells_what_is_left_as_an_answer_does(stack: RunningStack) -> None:
    api, _ = stack.new_caller("errors", perMinute=50)
    ((status, headers),) = asyncio.run(at_once(api, 1, "/api/videos?limit=nonsense"))
    assert (status, headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == (422, "50", "49")


def test_a_request_that_waits_counts_once(stack: RunningStack) -> None:
    api, _ = stack.new_caller("waiting", perMinute=50)
    video = api.create(prompt="A lighthouse keeper", draft=True, frameCount=1, duration=2)
    path = f"/api/videos/{video['id']}?wait=20"
    ((status, headers),) = asyncio.run(at_once(api, 1, path))
    assert (status, headers["RateLimit-Remaining"]) == (200, "48")
