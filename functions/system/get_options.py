"""GET /api/options."""

from __future__ import annotations

import hashlib

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Content, Reply
from shared.library.ranges import knows
from shared.options import service
from shared.options.models import OptionsAnswer


@endpoint("GET", "/api/options", needs={Access.PROVIDERS})
def get_options(call: Call) -> Reply[OptionsAnswer] | Content:
    """What can be chosen: styles, moods, ratios, voices, models with their limits and prices.

    A form can be built from it. It changes with a deployment, or with a provider's key: ask with
    `If-None-Match`, and the answer is 304 as long as it does not.
    """
    answer = OptionsAnswer(options=service.options())
    etag = f'"{hashlib.sha256(answer.model_dump_json(by_alias=True).encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=300"}
    if knows(call.request.headers.get("if-none-match"), etag):
        return Content(b"", "application/json", 304, headers)
    return Reply(answer, headers=headers)
