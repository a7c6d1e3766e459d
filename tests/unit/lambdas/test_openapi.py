from __future__ import annotations

import json

import pytest

from functions.system.get_docs import get_docs
from functions.system.get_openapi import get_openapi
from shared.api_models import Answer
from shared.lambdas.declaration import declarations
from shared.lambdas.endpoint import Endpoint, endpoint
from shared.lambdas.openapi import openapi
from tests.unit.lambdas.events import Context, proxy_event


def test_every_declared_route_is_in_the_document_under_its_own_name() -> None:
    document = openapi(declarations(Endpoint))
    found = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == {
        each.operation_id(method): (method, each.path.replace("+}", "}"))
        for each in declarations(Endpoint)
        for method in each.methods
    }


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = openapi(declarations(Endpoint))
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "#/')[1:]}:
        place = document
        for name in reference.split("/"):
            place = place[name]


def test_sign_in_is_required_unless_the_declaration_says_otherwise() -> None:
    document = openapi(declarations(Endpoint))
    public = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if operation.get("security") == []
    }
    assert public == {
        *("get_docs", "get_health", "get_openapi"),
        *("register_user", "sign_in", "refresh_tokens", "sign_out"),
    }
    assert document["security"] == [{"apiKey": []}, {"apiKeyHeader": []}]


def test_every_post_takes_a_key_and_the_document_says_where_it_belongs_to_its_body() -> None:
    document = openapi(declarations(Endpoint))
    without = {
        operation["operationId"]
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if (method == "post") is not ("Idempotency-Key" in {each["name"] for each in operation["parameters"]})
    }
    assert without == set()
    named = document["info"]["description"].split("signed in at ")[1].split(", so")[0]
    assert set(named.replace("`", "").split(", ")) == {
        "register_user",
        "sign_in",
        "refresh_tokens",
    }


def test_a_range_is_answered_to_a_get_alone() -> None:
    for path in openapi(declarations(Endpoint))["paths"].values():
        if "head" in path:
            assert {"200", "206", "304", "307", "404", "416"} <= path["get"]["responses"].keys()
            assert path["get"]["responses"].keys() - path["head"]["responses"].keys() == {"206", "416"}


def test_operations_stand_in_the_order_in_which_they_are_read() -> None:
    document = openapi(declarations(Endpoint))
    read = [
        (operation["tags"][0], operation["operationId"])
        for methods in document["paths"].values()
        for operation in methods.values()
    ]
    groups = [tag["name"] for tag in document["tags"]]
    assert (
        list(dict.fromkeys(tag for tag, _ in read))
        == groups
        == [
            "videos",
            "scenes",
            "uploads",
            "generation",
            "public",
            "sessions",
            "library",
            "auth",
            "webhooks",
            "account",
            "admin",
            "system",
        ]
    )
    assert all(tag["description"] for tag in document["tags"])
    assert [name for _, name in read[:4]] == ["create_video", "list_videos", "get_video", "delete_video"]


def test_only_what_is_accepted_may_be_done_at_once_too() -> None:
    document = openapi(declarations(Endpoint))
    good = {
        operation["operationId"]: [status for status in operation["responses"] if status < "300"]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    assert good["create_video"] == ["200", "202"]
    assert good["upload_image"] == ["201"]
    assert good["get_video"] == ["200"]


def test_two_models_of_one_name_are_refused() -> None:
    def make(name: str) -> Endpoint:
        model = type("Thing", (Answer,), {})

        def function() -> Answer:
            raise AssertionError

        function.__name__ = name
        function.__annotations__ = {"return": model}
        return endpoint("GET", f"/api/{name}", anonymous=True)(function)

    with pytest.raises(ValueError, match="Thing"):
        openapi([make("one"), make("two")])


def test_the_document_names_the_public_address_that_it_was_asked_under() -> None:
    response = get_openapi(proxy_event(path="/api/openapi.json", stage="prod"), Context())
    assert json.loads(response["body"])["servers"] == [{"url": "/prod"}]


def test_the_docs_page_runs_only_its_own_scripts_and_fits_a_lambda_response() -> None:
    response = get_docs(proxy_event(path="/api/docs"), Context())
    nonce = response["headers"]["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
    assert response["body"].count(f'<script nonce="{nonce}">') == 2
    assert '"/dev/api/openapi.json"' in response["body"]
    assert '<link rel="icon" href="data:image/svg+xml,' in response["body"]  # none is asked for elsewhere
    assert len(response["body"].encode()) < 6 * 1024 * 1024


def test_whoever_signs_in_is_told_his_allowance_and_how_he_may_be_refused() -> None:
    document = openapi(declarations(Endpoint))
    allowance = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
    assert set(document["components"]["securitySchemes"]) == {"apiKey", "apiKeyHeader"}
    assert {*allowance, "Retry-After"} == set(document["components"]["headers"])
    assert "Retry-After" in document["components"]["responses"]["Error429"]["headers"]
    for methods in document["paths"].values():
        for operation in methods.values():
            if operation.get("security") == []:
                continue
            assert {"401", "403", "404", "429"} <= operation["responses"].keys(), operation["operationId"]
            done = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            assert all(allowance <= answer["headers"].keys() for answer in done), operation["operationId"]
            assert "X-User-ID" in [each["name"] for each in operation["parameters"]]


def test_the_header_that_names_a_session_is_a_parameter_where_the_body_may_name_it() -> None:
    document = openapi(declarations(Endpoint))
    told = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "X-Request-ID" in [each["name"] for each in operation["parameters"]]
    }
    assert told == {
        "create_video",
        "generate_images",
        "generate_single_image",
        "generate_single_video_clip",
        "generate_story",
        "generate_video",
        "merge_video_clips",
        "public_upload_image",
        "upload_final_video",
        "upload_image",
        "upload_video",
    }


def test_the_document_says_what_a_webhook_is_sent() -> None:
    response = get_openapi(proxy_event(path="/api/openapi.json", stage="prod"), Context())
    document = json.loads(response["body"])
    sent = document["webhooks"]["event"]["post"]
    reference = sent["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    assert set(schema["properties"]) == {"id", "type", "createdAt", "data"}
    assert [each["name"] for each in sent["parameters"]] == [
        "Storyreel-Signature",
        "Storyreel-Delivery",
        "Storyreel-Event",
    ]
