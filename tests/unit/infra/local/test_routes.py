from __future__ import annotations

from typing import Any

import pytest

from infra.local.routes import Routes

ARN = "arn:aws:lambda:us-east-1:1:function:"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}{{}}/invocations"


def proxy(name: str) -> dict[str, Any]:
    return {
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "uri": URI.format(name),
            "timeoutInMillis": 5000,
        }
    }


ROUTES = Routes(
    {
        "paths": {
            "/api/{proxy+}": {"get": proxy("anything")},
            "/api/videos/{video_id}": {"get": proxy("get_video"), "delete": proxy("delete_video")},
            "/api/videos/latest": {"get": proxy("latest_video")},
            "/api/videos/{video_id}/scenes/{scene}": {"x-amazon-apigateway-any-method": proxy("scene")},
        }
    }
)


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "/api/videos/7", "get_video", {"video_id": "7"}),
        ("GET", "/api/videos/7/", "get_video", {"video_id": "7"}),
        ("DELETE", "/api/videos/a%20b%2Fc", "delete_video", {"video_id": "a b/c"}),
        ("GET", "/api/videos/latest", "latest_video", {}),
        ("PATCH", "/api/videos/7/scenes/2", "scene", {"video_id": "7", "scene": "2"}),
        ("GET", "/api/other/deep/path", "anything", {"proxy": "other/deep/path"}),
    ],
)
def test_a_path_goes_to_its_most_exact_route(
    method: str, path: str, function: str, parameters: dict[str, str]
) -> None:
    match = ROUTES.match(method, path)
    assert match is not None
    assert match.route.function == f"{ARN}{function}"
    assert match.parameters == parameters
    assert match.route.timeout_seconds == 5


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/videos/7"), ("GET", "/"), ("GET", "/apix/videos")]
)
def test_a_path_that_is_not_declared_has_no_route(method: str, path: str) -> None:
    assert ROUTES.match(method, path) is None


def test_an_integration_of_another_kind_is_refused() -> None:
    body = {
        "paths": {"/x": {"get": {"x-amazon-apigateway-integration": {"type": "http", "uri": "http://x"}}}}
    }
    with pytest.raises(ValueError, match="does not know"):
        Routes(body)
