"""Runway's side: tasks with a life of their own, uploads and the account, as strict as the real one."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from typing import Any

from tests.fakes.providers import media
from tests.fakes.providers.clock import Clock
from tests.fakes.providers.state import Accepted, Ledger, Settings, Task, Tasks
from tests.fakes.providers.wire import Refused, Reply, Request, json_reply, names

VERSION = "2024-11-06"
GEN4_RATIOS = frozenset({"1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"})
VEO_RATIOS = frozenset({"1280:720", "720:1280", "1080:1920", "1920:1080"})
RATIOS = {
    "gen4_turbo": GEN4_RATIOS,
    "gen4.5": GEN4_RATIOS,
    "veo3.1": VEO_RATIOS,
    "veo3.1_fast": VEO_RATIOS,
}
CREDITS_PER_SECOND = {"gen4_turbo": 5, "gen4.5": 12, "veo3.1": 20, "veo3.1_fast": 10}
SPEECH_UNITS = {"eleven_multilingual_v2": 1000, "eleven_v3": 5000, "eleven_v4": 5000}
PRESETS = names(
    "Maya Arjun Serene Bernard Billy Mark Clint Mabel Chad Leslie Eleanor Elias Elliot Grungle "
    "Brodie Sandra Kirk Kylie Lara Lisa Malachi Marlene Martin Miriam Monster Paula Pip Rusty "
    "Ragnar Xylar Maggie Jack Katie Noah James Rina Ella Mariah Frank Claudia Niki Vincent "
    "Kendrick Myrna Tom Wanda Benjamin Kiana Rachel"
)
DATA_URI_CHARACTERS = 5_242_880
_DATA_URI = re.compile(r"data:(image/(?:png|jpeg|jpg|webp));base64,(.*)", re.DOTALL)
_TASK_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VIDEO_FIELDS = frozenset(
    {"model", "promptImage", "promptText", "ratio", "duration", "seed", "contentModeration", "outputFormat"}
)


class RunwayApi:
    """The handlers, by route."""

    def __init__(self, ledger: Ledger, tasks: Tasks, settings: Settings, clock: Clock) -> None:
        self._ledger = ledger
        self._tasks = tasks
        self._settings = settings
        self._clock = clock
        self._uploads: dict[str, bytes | None] = {}

    def authorize(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key or "refused" in key:
            raise Refused(json_reply({"error": f"Invalid API key: {key}"}, 401))
        if request.headers.get("x-runway-version") != VERSION:
            raise Refused(json_reply({"error": "The X-Runway-Version header is missing or unknown."}, 400))

    def image_to_video(self, request: Request) -> Reply:
        body = _json_object(request)
        model = body.get("model")
        _require(model in RATIOS, "model")
        veo = str(model).startswith("veo")
        allowed = _VIDEO_FIELDS | ({"audio", "negativePrompt"} if veo else set())
        for name in body:
            _require(name in allowed, name, "unrecognized_keys")
        _require(body.get("ratio") in RATIOS[str(model)], "ratio")
        seconds = body.get("duration", 8 if veo else 10)
        _require(_whole(seconds) and seconds in ((4, 6, 8) if veo else range(2, 11)), "duration")
        _check_text(body.get("promptText"), 1000, required=model == "gen4.5")
        seed = body.get("seed", 0)
        _require(_whole(seed) and 0 <= seed <= 4_294_967_295, "seed")
        _require(isinstance(body.get("audio", True), bool), "audio")
        image = self._image(body.get("promptImage"), last_too=veo)
        per_second = CREDITS_PER_SECOND[str(model)]
        audible = veo and body.get("audio", True)
        variant = request.fault if request.fault.startswith("clip_") else ""
        what = {"image": image, "ratio": body["ratio"], "seconds": seconds}
        return self._start(
            "image_to_video",
            request,
            body,
            Task(
                model=str(model),
                created=self._clock.now(),
                run_seconds=self._settings.latencies.get("image_to_video", 0.0),
                credits=per_second * seconds * (2 if audible else 1),
                what=what,
                suffix="mp4",
                variant=variant or ("clip_with_audio" if audible else ""),
            ),
        )

    def text_to_speech(self, request: Request) -> Reply:
        body = _json_object(request)
        model = str(body.get("model"))
        _require(model in SPEECH_UNITS, "model")
        for name in body:
            _require(name in {"model", "promptText", "voice"}, name, "unrecognized_keys")
        _check_text(body.get("promptText"), SPEECH_UNITS[model], required=True)
        voice = body.get("voice")
        _require(isinstance(voice, dict) and voice.get("type") == "runway-preset", "voice")
        _require(isinstance(voice, dict) and voice.get("presetId") in PRESETS, "voice")
        text = body["promptText"]
        task = Task(
            model=model,
            created=self._clock.now(),
            run_seconds=self._settings.latencies.get("text_to_speech", 0.0),
            credits=-(-len(text) // 50),
            what={"text": text},
            suffix="mp3",
        )
        return self._start("text_to_speech", request, body, task)

    def tasks_get(self, request: Request) -> Reply:
        task = self._task(request)
        now = self._clock.now()
        state, progress = self._tasks.state(task, now)
        answer: dict[str, Any] = {"id": task.task_id, "status": state, "createdAt": task.created_at}
        if state in {"SUCCEEDED", "FAILED"}:
            answer["cost"] = {"credits": 0 if state == "FAILED" else task.credits}
        else:
            answer["estimatedCost"] = {"credits": task.credits}
        if state == "RUNNING":
            answer["progress"] = progress
        if state == "FAILED":
            answer |= {"failure": "It did not work out.", "failureCode": task.failure_code}
        if state == "SUCCEEDED":
            token = self._tasks.issue(task, now)
            answer["output"] = [f"{request.base_url}/_media/{token}/{task.task_id}.{task.suffix}?_jwt=x"]
        if request.fault == "unknown_status":
            answer["status"] = "REHEATING"
        if request.fault == "missing_cost":
            answer.pop("cost", None)
        return json_reply(answer)

    def tasks_delete(self, request: Request) -> Reply:
        task = self._task(request)
        begun = request.fault == "begins_to_run"
        self._settings.credit_balance += self._tasks.cancel(task, self._clock.now(), begun=begun)
        return Reply(204)

    def uploads(self, request: Request) -> Reply:
        body = _json_object(request)
        _require(body.get("type") == "ephemeral" and bool(body.get("filename")), "filename")
        name = uuid.uuid4().hex
        self._uploads[name] = None
        return json_reply(
            {
                "uploadUrl": f"{request.base_url}/_upload",
                "fields": {"key": name, "policy": "p"},
                "runwayUri": f"runway://{name}",
            }
        )

    def upload(self, request: Request) -> Reply:
        parts = {part.name: part for part in request.form()}
        name = parts["key"].content.decode() if "key" in parts else ""
        if name not in self._uploads or "file" not in parts or "policy" not in parts:
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        self._uploads[name] = parts["file"].content
        return Reply(204)

    def organization(self, _: Request) -> Reply:
        limit = {"maxConcurrentGenerations": self._settings.concurrency, "maxDailyGenerations": 1000}
        models = dict.fromkeys((*RATIOS, *SPEECH_UNITS), limit)
        made = {model: {"dailyGenerations": 0} for model in models}
        return json_reply(
            {
                "creditBalance": self._settings.credit_balance,
                "tier": {"maxMonthlyCreditSpend": 100_000, "models": models},
                "usage": {"models": made},
            }
        )

    def words(self, request: Request) -> str:
        """What a request is about: the words of its task, or its own."""
        task = self._tasks.find(request.path.rsplit("/", 1)[1])
        if request.path.startswith("/_media/"):
            task = self._tasks.redeem(request.path.split("/")[2], self._clock.now())
        return request.body.decode(errors="replace") if task is None else task.words

    def download(self, request: Request) -> Reply:
        token = request.path.split("/")[2]
        task = self._tasks.redeem(token, self._clock.now())
        if task is None or request.fault == "expired_url":
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        if request.fault == "html_download":
            return Reply(200, b"<!doctype html><title>Just a moment</title>", "text/html")
        if request.fault == "empty_download":
            return Reply(200, b"", "video/mp4")
        content, kind = self._made(task)
        if request.fault == "corrupt_download":
            return Reply(200, content[:64] + bytes(len(content) - 64), kind)
        if request.fault == "truncated_download":
            return Reply(200, content[: len(content) // 2], kind, declared_length=len(content))
        return Reply(200, content, kind)

    def _made(self, task: Task) -> tuple[bytes, str]:
        what = task.what
        if task.suffix == "mp3":
            return media.speech(what["text"], "mp3"), "audio/mpeg"
        return media.clip(what["image"], what["ratio"], what["seconds"], task.variant), "video/mp4"

    def _start(self, route: str, request: Request, body: dict[str, Any], task: Task) -> Reply:
        if self._settings.credit_balance < task.credits:
            raise Refused(json_reply({"error": "You do not have enough credits to run this task."}, 400))
        task.words = f"{route} {body.get('promptText', '')}"
        task.stuck = request.fault == "task_stuck"
        task.failure_code = request.fault.partition(":")[2] if request.fault.startswith("task_failed") else ""
        self._settings.credit_balance -= task.credits
        self._tasks.add(task)
        self._ledger.write(Accepted(route, task.model, body, task.task_id, task.credits))
        return json_reply({"id": task.task_id, "estimatedCost": {"credits": task.credits}})

    def _task(self, request: Request) -> Task:
        task_id = request.path.rsplit("/", 1)[1]
        task = self._tasks.find(task_id) if _TASK_ID.fullmatch(task_id) else None
        if task is None or task.cancelled_at is not None:
            raise Refused(json_reply({"error": "The task does not exist."}, 404))
        return task

    def _image(self, prompt_image: Any, *, last_too: bool = False) -> bytes:
        if isinstance(prompt_image, list):
            positions = [each.get("position") for each in prompt_image]
            _require(positions == ["first"] or (last_too and positions == ["first", "last"]), "promptImage")
            for each in prompt_image[1:]:
                self._image(each.get("uri"))
            prompt_image = prompt_image[0].get("uri")
        _require(isinstance(prompt_image, str), "promptImage")
        content = self._content(str(prompt_image))
        size = media.read_size(content)
        _require(size is not None, "promptImage", "invalid_asset")
        width, height = size or (1, 1)
        _require(width / height >= 0.5, "promptImage", "invalid_asset")
        return content

    def _content(self, uri: str) -> bytes:
        if uri.startswith("runway://"):
            stored = self._uploads.get(uri.removeprefix("runway://"))
            if stored is None:
                raise Refused(_issue("promptImage", "invalid_asset"))
            return stored
        found = _DATA_URI.fullmatch(uri)
        if not found or len(uri) > DATA_URI_CHARACTERS:
            raise Refused(_issue("promptImage", "invalid_string"))
        try:
            return base64.b64decode(found[2], validate=True)
        except binascii.Error as exc:
            raise Refused(_issue("promptImage", "invalid_string")) from exc


def _json_object(request: Request) -> dict[str, Any]:
    body = request.json()
    if not isinstance(body, dict):
        raise Refused(json_reply({"error": "The body must be JSON."}, 400))
    return body


def _check_text(text: Any, most: int, *, required: bool) -> None:
    if text is None and not required:
        return
    units = len(text.encode("utf-16-le")) // 2 if isinstance(text, str) else 0
    _require(0 < units <= most, "promptText", "too_big")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _require(fine: bool, field: str, code: str = "invalid_value") -> None:  # noqa: FBT001 - reads as an assertion
    if not fine:
        raise Refused(_issue(field, code))


def _issue(field: str, code: str) -> Reply:
    issue = {"code": code, "path": [field], "message": f"Invalid {field}."}
    return json_reply({"error": "Validation of body failed.", "issues": [issue]}, 400)
