"""OpenAI's side: responses, images and speech, as strict as the real one."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from typing import Any

from tests.fakes.providers import media
from tests.fakes.providers.state import Accepted, Ledger
from tests.fakes.providers.story import story_for
from tests.fakes.providers.wire import Part, Refused, Reply, Request, json_reply, names

TEXT_MODELS = names(
    "gpt-6-luna gpt-6-sol gpt-6-astra gpt-6.1-sol gpt-6.1-terra gpt-5.6-luna gpt-5.6-terra gpt-5.6-sol"
)
IMAGE_MODELS = names(
    "gpt-image-2 gpt-image-2-2026-04-21 gpt-image-2.5-sunburst gpt-image-2.5-flare "
    "gpt-image-2.6-sunburst gpt-image-2.6-flare"
)
SPEECH_MODELS = names("tts-1 tts-1-hd gpt-4o-mini-tts")
VOICES = names("alloy ash ballad coral echo sage shimmer verse marin cedar fable onyx nova")
QUALITIES = {"low": 196, "medium": 439, "high": 1756, "xhigh": 3122, "max": 7024, "auto": 439}
IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
NO_CREDIT = frozenset({"insufficient_quota", "credit_balance_exhausted", "project_spend_limit_exceeded"})

_RESPONSES = names(
    "model input text max_output_tokens store reasoning temperature top_p metadata "
    "safety_identifier stream instructions"
)
_GENERATE = names(
    "model prompt n size quality output_format output_compression background moderation "
    "safety_identifier stream user"
)
_EDIT = _GENERATE - {"moderation"} | {"image", "image[]", "mask"}
_SPEECH = frozenset({"model", "input", "voice", "instructions", "response_format", "speed", "stream_format"})


class OpenAIApi:
    """The handlers, by route."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def responses(self, request: Request) -> Reply:
        body = _json_object(request)
        _known(body, _RESPONSES)
        _require(body.get("model") in TEXT_MODELS, "model_not_found", "model", status=404)
        messages: Any = body.get("input")
        _require(isinstance(messages, list) and bool(messages), "invalid_type", "input")
        for message in messages:
            ok = message.get("role") in {"system", "developer", "user"} and isinstance(
                message.get("content"), str
            )
            _require(ok, "invalid_value", "input")
        limit = body.get("max_output_tokens")
        _require(
            limit is None or (isinstance(limit, int) and limit >= 16), "invalid_value", "max_output_tokens"
        )
        schema = _strict_schema(body)
        scenes = schema["properties"].get("scenes", {})
        count = scenes.get("minItems", 6)
        self._accept("responses", body)
        user = "\n".join(m["content"] for m in messages if m["role"] == "user")
        story = story_for(user, count - 1 if request.fault == "story_short" else count)
        if request.fault == "story_empty_text":
            story["scenes"][-1]["narration"] = " "
        answer = _response(body, story, request.fault)
        if request.fault.startswith("story_failed"):
            error = {"code": request.fault.partition(":")[2] or "server_error", "message": "Failed."}
            answer |= {"status": "failed", "error": error, "output": []}
            if not request.fault.startswith("story_failed_late"):
                answer["usage"] = None
        return json_reply(answer)

    def images_generations(self, request: Request) -> Reply:
        body = _json_object(request)
        _known(body, _GENERATE)
        self._check_image(body)
        self._accept("images_generations", body)
        return _images(body, (), request.fault)

    def images_edits(self, request: Request) -> Reply:
        _require(request.media_type == "multipart/form-data", "invalid_content_type", "image", status=415)
        parts = request.form()
        pictures = [part for part in parts if part.name in {"image", "image[]"}]
        fields: dict[str, Any] = {p.name: p.content.decode() for p in parts if p.filename is None}
        _known({part.name: "" for part in parts}, _EDIT)
        _require(0 < len(pictures) <= 16, "invalid_value", "image")
        for picture in pictures:
            _check_picture(picture)
        if "n" in fields:
            fields["n"] = int(fields["n"]) if fields["n"].isdigit() else fields["n"]
        self._check_image(fields)
        self._accept("images_edits", {**fields, "images": [picture.as_json() for picture in pictures]})
        return _images(fields, tuple(picture.content for picture in pictures), request.fault)

    def audio_speech(self, request: Request) -> Reply:
        body = _json_object(request)
        _known(body, _SPEECH)
        _require(body.get("model") in SPEECH_MODELS, "model_not_found", "model", status=404)
        text = body.get("input")
        _require(isinstance(text, str) and 0 < len(text) <= 4096, "string_above_max_length", "input")
        _require(body.get("voice") in VOICES, "invalid_value", "voice")
        container = body.get("response_format", "mp3")
        _require(container in {"mp3", "wav"}, "invalid_value", "response_format")
        self._accept("audio_speech", body)
        kind = "audio/wav" if container == "wav" else "audio/mpeg"
        return Reply(200, media.speech(str(text), container), kind)

    def authorize(self, request: Request) -> None:
        """OpenAI's answers to a missing and to a wrong key."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key or "refused" in key:
            message = f"Incorrect API key provided: {key}."
            raise Refused(error(401, "invalid_api_key", message=message))

    def _accept(self, route: str, body: dict[str, Any]) -> None:
        self._ledger.write(Accepted(route, str(body.get("model")), body, task_id=None))

    def _check_image(self, body: dict[str, Any]) -> None:
        _require(body.get("model") in IMAGE_MODELS, "model_not_found", "model", status=404)
        prompt = body.get("prompt")
        _require(isinstance(prompt, str) and 0 < len(prompt) <= 32_000, "string_above_max_length", "prompt")
        _require(body.get("n", 1) in range(1, 11), "invalid_value", "n")
        _require(body.get("quality", "auto") in QUALITIES, "invalid_value", "quality")
        _require(body.get("output_format", "png") == "png", "invalid_value", "output_format")
        size = _size(body)
        _require(size is not None, "invalid_value", "size")


def error(status: int, code: str | None, param: str | None = None, message: str = "Refused.") -> Reply:
    """An error as OpenAI words it."""
    kind = "invalid_request_error"
    if code in NO_CREDIT:
        kind = "insufficient_quota"
    elif status == 429:
        kind = "requests"
    elif status >= 500:
        kind = "server_error"
    elif code == "moderation_blocked":
        kind = "image_generation_user_error"
    waiting = {"Retry_After": "7"} if status in {429, 503} else {}
    detail = {"message": message, "type": kind, "param": param, "code": code}
    return json_reply({"error": detail}, status, **waiting)


def _json_object(request: Request) -> dict[str, Any]:
    body = request.json()
    if not isinstance(body, dict):
        raise Refused(error(400, "invalid_json"))
    return body


def _known(body: dict[str, Any], names: frozenset[str]) -> None:
    for name in body:
        _require(name in names, "unknown_parameter", name)


def _require(fine: bool, code: str, param: str, status: int = 400) -> None:  # noqa: FBT001 - reads as an assertion
    if not fine:
        raise Refused(error(status, code, param))


def _check_picture(part: Part) -> None:
    _require(part.content_type in IMAGE_TYPES, "unsupported_image_media_type", "image")
    _require(len(part.content) < 50_000_000, "image_file_too_large", "image")
    _require(media.read_size(part.content) is not None, "invalid_image", "image")


def _size(body: dict[str, Any]) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", str(body.get("size", "1024x1024")))
    if not found:
        return None
    width, height = int(found[1]), int(found[2])
    whole = width % 16 == 0 and height % 16 == 0 and width > 0 and height > 0
    fits = max(width, height) <= 3840 and 655_360 <= width * height <= 3840 * 2160
    return (width, height) if whole and fits and 1 / 3 <= width / height <= 3 else None


def _images(body: dict[str, Any], references: tuple[bytes, ...], fault: str) -> Reply:
    width, height = _size(body) or (1024, 1024)
    content = media.picture(str(body["prompt"]), width, height, references)
    if fault == "picture_broken":
        content = content[: len(content) // 2]
    output = -(-QUALITIES[body.get("quality", "auto")] * width * height // (1024 * 1024))
    text, image = len(str(body["prompt"])) // 4, 500 * len(references)
    encoded = base64.b64encode(content).decode()
    usage = {
        "input_tokens": text + image,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens": output,
        "total_tokens": text + image + output,
    }
    data = [] if fault == "picture_missing" else [{"b64_json": encoded}]
    return json_reply(
        {"created": int(time.time()), "data": data, "size": f"{width}x{height}", "usage": usage}
    )


def _strict_schema(body: dict[str, Any]) -> dict[str, Any]:
    wanted = (body.get("text") or {}).get("format") or {}
    _require(
        wanted.get("type") == "json_schema" and wanted.get("strict") is True, "invalid_value", "text.format"
    )
    _require(bool(re.fullmatch(r"[\w-]{1,64}", str(wanted.get("name")))), "invalid_value", "text.format.name")
    schema = wanted.get("schema")
    _require(
        isinstance(schema, dict) and schema.get("type") == "object", "invalid_json_schema", "text.format"
    )
    _check_strict(schema)
    assert isinstance(schema, dict)
    return schema


def _check_strict(node: Any) -> None:
    """Strict mode wants each object closed and each of its properties required."""
    if isinstance(node, list):
        for item in node:
            _check_strict(item)
    if not isinstance(node, dict):
        return
    if node.get("type") == "object":
        closed = node.get("additionalProperties") is False
        whole = set(node.get("required", ())) == set(node.get("properties", {}))
        _require(closed and whole, "invalid_json_schema", "text.format.schema")
    for item in node.values():
        _check_strict(item)


def _response(body: dict[str, Any], story: dict[str, Any], fault: str) -> dict[str, Any]:
    text = json.dumps(story, ensure_ascii=False)
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    incomplete = None
    if fault == "story_refused":
        part = {"type": "refusal", "refusal": "I can't help with that."}
    if fault == "story_incomplete":
        part["text"] = text[: len(text) // 2]
        incomplete = {"reason": "max_output_tokens"}
    if fault == "story_misshapen":
        part["text"] = json.dumps({"title": "Nothing else"})
    if fault == "story_with_controls":
        part["text"] = json.dumps({**story, "title": f"{story['title']}\0\x1b"})
    return {
        "id": f"resp_{uuid.uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "incomplete" if incomplete else "completed",
        "incomplete_details": incomplete,
        "error": None,
        "model": body["model"],
        "output": [
            {
                "type": "message",
                "id": f"msg_{uuid.uuid4().hex}",
                "status": "incomplete" if incomplete else "completed",
                "role": "assistant",
                "content": [part],
            }
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "text": body["text"],
        "usage": _usage(body, text),
    }


def _usage(body: dict[str, Any], text: str) -> dict[str, Any]:
    told = sum(len(message["content"]) for message in body["input"]) // 4
    written = len(text) // 4
    return {
        "input_tokens": told,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": told + written,
    }
