from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Container
from typing import Any

import pytest
from PIL import Image

from shared.providers.catalog import MODELS
from shared.providers.provider import Kind
from tests.fakes.providers import FakeProviders, ManualClock, media, openai_api, runway_api


def _call(fake: FakeProviders, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Status and JSON of one call, with the headers that a well-behaved client of Runway sends."""
    sent = {"Authorization": "Bearer key_test", "X-Runway-Version": "2024-11-06"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        sent["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{fake.url}{path}", data, {k: v for k, v in sent.items() if v}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content = answer.read()
            return answer.status, json.loads(content or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")


@pytest.fixture(scope="session")
def clip_body() -> dict[str, Any]:
    image = base64.b64encode(media.picture("x", 64, 36)).decode()
    return {
        "model": "gen4_turbo",
        "promptImage": f"data:image/png;base64,{image}",
        "promptText": "Push in.",
        "ratio": "1280:720",
        "duration": 5,
    }


def test_a_clip_is_accepted_and_written_down(fake: FakeProviders, clip_body: dict[str, Any]) -> None:
    status, answer = _call(fake, "POST", "/v1/image_to_video", clip_body)
    _, ledger = _call(fake, "GET", "/_fake/ledger")

    assert status == 200
    assert answer["estimatedCost"] == {"credits": 25}
    assert ledger == [
        {
            "route": "image_to_video",
            "model": "gen4_turbo",
            "body": clip_body,
            "task_id": answer["id"],
            "credits": 25,
        }
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "gen3a_turbo"}, "model"),
        ({"ratio": "1920:1080"}, "ratio"),
        ({"duration": 11}, "duration"),
        ({"duration": 5.5}, "duration"),
        ({"duration": True}, "duration"),
        ({"promptText": ""}, "promptText"),
        ({"promptText": "x" * 1001}, "promptText"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"audio": False}, "audio"),
        ({"promptImage": "data:application/octet-stream;base64,AAAA"}, "promptImage"),
        ({"promptImage": "data:image/png;base64,AAAA"}, "promptImage"),
        ({"promptImage": "data:image/png;base64," + "A" * 5_242_880}, "promptImage"),
        ({"promptImage": "runway://nothing"}, "promptImage"),
        ({"model": "veo3.1", "duration": 5}, "duration"),
        ({"model": "gen4.5", "promptText": None}, "promptText"),
    ],
)
def test_what_runway_refuses_is_refused_and_not_charged(
    fake: FakeProviders, clip_body: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    status, answer = _call(fake, "POST", "/v1/image_to_video", clip_body | changes)

    assert status == 400
    assert answer["issues"][0]["path"] == [field]
    assert len(fake.ledger) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": ""}, 401), ({"Authorization": "Basic x"}, 401), ({"X_Runway_Version": ""}, 400)],
)
def test_runway_wants_its_headers(
    fake: FakeProviders, clip_body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    assert _call(fake, "POST", "/v1/image_to_video", clip_body, **headers)[0] == status


def test_a_deleted_task_is_gone(fake: FakeProviders, clip_body: dict[str, Any]) -> None:
    _, task = _call(fake, "POST", "/v1/image_to_video", clip_body)

    assert _call(fake, "DELETE", f"/v1/tasks/{task['id']}")[0] == 204
    assert _call(fake, "GET", f"/v1/tasks/{task['id']}")[0] == 404
    assert _call(fake, "DELETE", f"/v1/tasks/{task['id']}")[0] == 404


def test_a_task_lives_by_the_clock(
    fake: FakeProviders, clock: ManualClock, clip_body: dict[str, Any]
) -> None:
    _call(
        fake,
        "PUT",
        "/_fake/settings",
        {"pending_seconds": 2, "concurrency": 1, "latencies": {"image_to_video": 10}},
    )
    ids = [_call(fake, "POST", "/v1/image_to_video", clip_body)[1]["id"] for _ in range(2)]

    def states() -> list[str]:
        return [_call(fake, "GET", f"/v1/tasks/{task_id}")[1]["status"] for task_id in ids]

    seen = [states()]
    for seconds in (3, 10, 10):
        clock.advance(seconds)
        seen.append(states())

    assert seen == [
        ["PENDING", "PENDING"],
        ["RUNNING", "THROTTLED"],
        ["SUCCEEDED", "RUNNING"],
        ["SUCCEEDED", "SUCCEEDED"],
    ]


def test_a_stuck_task_holds_its_place(
    fake: FakeProviders, clock: ManualClock, clip_body: dict[str, Any]
) -> None:
    fake.settings.concurrency = 1
    fake.fail("image_to_video", "task_stuck")
    ids = [_call(fake, "POST", "/v1/image_to_video", clip_body)[1]["id"] for _ in range(2)]
    clock.advance(1_000_000)

    states = [_call(fake, "GET", f"/v1/tasks/{task_id}")[1]["status"] for task_id in ids]

    assert states == ["RUNNING", "THROTTLED"]


def test_faults_come_when_and_as_often_as_planned(fake: FakeProviders) -> None:
    planned = {"route": "organization", "kind": "status_500", "times": 2, "skip": 1}
    _call(fake, "PUT", "/_fake/faults", planned)

    statuses = [_call(fake, "GET", "/v1/organization")[0] for _ in range(5)]

    assert statuses == [200, 500, 500, 200, 200]


def test_faults_can_be_taken_back(fake: FakeProviders) -> None:
    _call(fake, "PUT", "/_fake/faults", [{"route": "organization", "kind": "status_500"}])
    _call(fake, "DELETE", "/_fake/faults")

    assert _call(fake, "GET", "/v1/organization")[0] == 200


def test_an_unknown_setting_or_path_is_told(fake: FakeProviders) -> None:
    assert _call(fake, "PUT", "/_fake/settings", {"speed": 1})[0] == 400
    assert _call(fake, "GET", "/_fake/nothing")[0] == 404
    assert _call(fake, "GET", "/v1/nothing")[0] == 404


def test_every_model_that_is_offered_is_one_that_the_fakes_know() -> None:
    known: dict[str, dict[Kind, Container[str]]] = {
        "openai": {
            "story": openai_api.TEXT_MODELS,
            "frame": openai_api.IMAGE_MODELS,
            "narration": openai_api.SPEECH_MODELS,
        },
        "runway": {"clip": runway_api.RATIOS, "narration": runway_api.SPEECH_UNITS},
    }
    unknown = [
        f"{provider}/{model}"
        for provider, kinds in known.items()
        for kind, models in kinds.items()
        for model in MODELS[kind][provider]
        if model not in models
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"model": "dall-e-3"}, "model_not_found"),
        ({"size": "1000x1000"}, "invalid_value"),
        ({"size": "4096x1024"}, "invalid_value"),
        ({"size": "256x256"}, "invalid_value"),
        ({"quality": "standard"}, "invalid_value"),
        ({"prompt": ""}, "string_above_max_length"),
        ({"input_fidelity": "high"}, "unknown_parameter"),
    ],
)
def test_what_openai_refuses_of_a_picture_is_refused(
    fake: FakeProviders, changes: dict[str, Any], code: str
) -> None:
    body = {"model": "gpt-image-2.5-flare", "prompt": "A fox.", "size": "1280x720"} | changes

    status, answer = _call(fake, "POST", "/v1/images/generations", body)

    assert status in {400, 404}
    assert answer["error"]["code"] == code
    assert len(fake.ledger) == 0


def test_a_schema_that_is_not_strict_is_refused(fake: FakeProviders) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": []}
    text = {"format": {"type": "json_schema", "strict": True, "name": "Story", "schema": schema}}
    body = {"model": "gpt-6-luna", "input": [{"role": "user", "content": "x"}], "text": text}

    status, answer = _call(fake, "POST", "/v1/responses", body)

    assert (status, answer["error"]["code"]) == (400, "invalid_json_schema")


@pytest.mark.parametrize("variant", ["clip_with_audio", "clip_odd_rate", "clip_odd_size", "clip_ten_bit"])
def test_a_clip_can_be_asked_to_be_odd(variant: str) -> None:
    image = media.picture("odd", 64, 36)

    odd, plain = media.clip(image, "128:96", 2, variant), media.clip(image, "128:96", 2)

    assert odd != plain
    assert odd[4:8] == plain[4:8] == b"ftyp"


def test_a_jpeg_can_be_set_in_motion_too() -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 36), "navy").save(jpeg, "JPEG")

    assert media.clip(jpeg.getvalue(), "128:96", 2)[4:8] == b"ftyp"


def test_it_runs_as_a_program_that_the_sdks_find_by_their_variables() -> None:
    program = [sys.executable, "-m", "tests.fakes.providers", "--port", "0", "--clip", "0"]
    use = """
from openai import OpenAI
from runwayml import RunwayML
with OpenAI() as openai, RunwayML() as runway:
    speech = openai.audio.speech.create(model="gpt-4o-mini-tts", voice="sage", input="A fox.")
    print(len(speech.content) > 1000)
    print(runway.organization.retrieve().credit_balance)
"""
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as fake:
        assert fake.stdout is not None
        addresses = dict(pair.split("=") for pair in fake.stdout.readline().split())
        keys = {"OPENAI_API_KEY": "sk-test", "RUNWAYML_API_SECRET": "key_test"}
        used = subprocess.run(
            [sys.executable, "-c", use], env=addresses | keys, capture_output=True, text=True, check=False
        )
        fake.terminate()

    assert addresses.keys() == {"OPENAI_BASE_URL", "RUNWAYML_BASE_URL"}
    assert used.stdout.split() == ["True", "100000"], used.stderr
    assert fake.returncode == 0
