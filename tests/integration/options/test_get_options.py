from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.running_stack import Api


def test_a_form_can_be_built_from_what_the_api_offers(api: Api) -> None:
    status, answer = api.call("GET", "/api/options")
    options = answer["options"]
    assert status == 200
    assert options["clip"]["default"] == "runway/gen4_turbo"
    order = {
        "prompt": "A fox learns to paint",
        "style": options["styles"]["values"][-1]["value"],
        "mood": options["moods"]["values"][-1]["value"],
        "aspectRatio": options["ratios"]["default"],
        "frameCount": options["limits"]["frameCount"]["default"],
        "duration": options["limits"]["duration"]["default"],
    }
    assert api.call("POST", "/api/videos?dryRun=true", order)[0] == 200


def test_who_has_the_options_already_is_not_sent_them_again(api: Api) -> None:
    address = f"{api.url}/api/options"
    signed_in = {"Authorization": f"Bearer {api.key}"}
    with urlopen(Request(address, headers=signed_in), timeout=40) as answer:  # noqa: S310 - the stack's own
        etag = answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "private, max-age=300"
    again = Request(address, headers={**signed_in, "If-None-Match": etag})  # noqa: S310 - the same
    with pytest.raises(HTTPError) as caught, urlopen(again, timeout=40):  # noqa: S310 - the same
        pass
    with caught.value as unchanged:
        assert (unchanged.code, unchanged.read(), unchanged.headers["ETag"]) == (304, b"", etag)
