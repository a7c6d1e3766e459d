"""What the functions' own log lines say of a video: one correlation id, and metrics that add up."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from infra.stages import STAGES
from shared.metrics import METRICS
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import RunningStack
from tests.workflow.test_make_video import until

ORDER = {"prompt": "A lighthouse keeper finds a lost whale", "frameCount": 2, "duration": 6}
STEPS = {"write_story", "choose_reference", "draw_frame", "submit_clip", "check_clip", "keep_clip", "narrate"}
LAST_STEPS = {"merge_clips", "publish_video"}

Lines = list[dict[str, Any]]


def _lines(logs: Path) -> Iterator[dict[str, Any]]:
    for file in sorted((logs / "functions").glob("*.log")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            for each in _objects(line):
                yield {"file": file.stem, **each}


def _objects(line: str) -> Iterator[dict[str, Any]]:
    """Processes of a function share its log, and a line's end is written by itself: two may stand in one."""
    while line.startswith("{"):
        found, end = json.JSONDecoder().raw_decode(line)
        yield found
        line = line[end:]


@pytest.fixture
def written(stack: RunningStack) -> Callable[..., Lines]:
    """The log lines with these values, of all functions."""

    def find(**values: str) -> Lines:
        return [line for line in _lines(stack.stack.folder.logs) if values.items() <= line.items()]

    return find


@pytest.fixture
def written_at_the_end(written: Callable[..., Lines]) -> Callable[[UUID], Lines]:
    """A user's lines, once the end of the video is counted, which is just after its state has changed."""

    def find(user_id: UUID) -> Lines:
        def ended() -> Lines | None:
            lines = written(user_id=str(user_id))
            return lines if any({"VideosFinished", "VideosFailed"} & line.keys() for line in lines) else None

        found: Lines = until(20, ended)
        return found

    return find


def _counted(lines: Lines, name: str) -> list[tuple[float, dict[str, str]]]:
    """Every value of a metric, with the dimensions that it goes by."""
    found = []
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if name in [each["Name"] for each in directive["Metrics"]]:
                names = directive["Dimensions"][-1]
                found.append((line[name][0], {each: line[each] for each in names if each != "service"}))
    return found


def _sums(lines: Lines, name: str) -> dict[tuple[str, ...], float]:
    sums: dict[tuple[str, ...], float] = {}
    for value, dimensions in _counted(lines, name):
        key = tuple(dimensions.values())
        sums[key] = sums.get(key, 0) + value
    return sums


def test_the_metrics_of_a_video_add_up_to_what_its_history_says(
    stack: RunningStack, fake: FakeProviders, written_at_the_end: Callable[[UUID], Lines]
) -> None:
    fake.settings.latencies["image_to_video"] = 3
    api, user_id = stack.new_caller()
    video = api.make(**ORDER)
    _, history = api.call("GET", f"/api/videos/{video['id']}/history")
    lines = written_at_the_end(user_id)
    paid: dict[tuple[str, ...], Decimal] = {}
    for call in history["items"]:
        key = (call["provider"], call["model"])
        spent = call["actualCostUsd"] or call["estimatedCostUsd"]
        paid[key] = paid.get(key, Decimal(0)) + Decimal(spent)

    assert video["state"] == "succeeded"
    assert _sums(lines, "VideosStarted") == {(): 1}
    assert _sums(lines, "VideosFinished") == {("succeeded",): 1}
    assert _sums(lines, "VideosFailed") == {}
    assert _sums(lines, "ProviderErrors") == {}
    assert _sums(lines, "ProviderCostUsd") == {key: pytest.approx(float(usd)) for key, usd in paid.items()}
    stages = [dimensions["stage"] for _, dimensions in _counted(lines, "StageSeconds")]
    assert {each: stages.count(each) for each in stages} == {
        "story": 1,
        "frame": 2,
        "clip": 2,
        "narration": 2,
        "cut": 1,
    }
    assert all(0 < seconds < 120 for seconds, _ in _counted(lines, "StageSeconds"))
    assert [each for _, each in _counted(lines, "ProviderQueueSeconds")] == [{"provider": "runway"}] * 2


def test_a_refused_scene_is_counted_as_a_providers_error_and_a_failed_video(
    stack: RunningStack, fake: FakeProviders, written_at_the_end: Callable[[UUID], Lines]
) -> None:
    fake.fail("image_to_video", "task_failed:SAFETY.INPUT.TEXT", times=1)
    api, user_id = stack.new_caller()
    assert api.make(**ORDER)["state"] == "failed"
    lines = written_at_the_end(user_id)
    assert _sums(lines, "ProviderErrors") == {("runway", "input_refused"): 1}
    assert _sums(lines, "VideosFailed") == {("input_refused",): 1}
    assert _sums(lines, "VideosFinished") == {}


def test_a_call_that_the_budget_refuses_is_counted(
    stack: RunningStack,
    fake: FakeProviders,  # noqa: ARG001 - with an empty ledger
    written_at_the_end: Callable[[UUID], Lines],
) -> None:
    api, user_id = stack.new_caller()
    assert api.make(**ORDER, maxCostUsd="0.01")["state"] == "needs_budget"
    lines = written_at_the_end(user_id)
    assert _sums(lines, "BudgetRefusals")["video",] >= 1
    assert _sums(lines, "VideosFailed") == {("over_budget",): 1}
    assert sum(_sums(lines, "ProviderCostUsd").values()) <= 0.01


def test_a_draft_that_is_stopped_costs_nothing(
    stack: RunningStack, written_at_the_end: Callable[[UUID], Lines]
) -> None:
    api, user_id = stack.new_caller()
    api.make(**ORDER, draft=True, stopAfter="story")
    lines = written_at_the_end(user_id)
    assert _sums(lines, "VideosFinished") == {("stopped",): 1}
    assert _sums(lines, "ProviderCostUsd") == {}


def test_every_line_of_every_step_carries_the_id_of_the_request(
    stack: RunningStack, fake: FakeProviders, written: Callable[..., Lines]
) -> None:
    fake.settings.latencies["image_to_video"] = 3
    api, user_id = stack.new_caller()
    video = api.make(**ORDER)
    (started,) = [each for each in written(user_id=str(user_id)) if "VideosStarted" in each]
    request = started["correlation_id"]
    steps = [each for each in written(video_id=video["id"]) if each["file"] in STEPS | LAST_STEPS]
    assert str(UUID(request)) == request
    assert {each["file"] for each in steps} == STEPS | LAST_STEPS
    assert {each["correlation_id"] for each in steps} == {request}


def test_a_render_is_a_request_of_its_own(
    stack: RunningStack,
    fake: FakeProviders,  # noqa: ARG001 - with an empty ledger
    written: Callable[..., Lines],
) -> None:
    api, _ = stack.new_caller()
    video = api.make(**ORDER, draft=True, stopAfter="story")
    api.render(video["id"], stopAfter="frames")
    stories = [each for each in written(video_id=video["id"]) if each["file"] == "write_story"]
    frames = [each for each in written(video_id=video["id"]) if each["file"] == "draw_frame"]
    assert len({each["correlation_id"] for each in stories}) == 2
    assert {each["correlation_id"] for each in frames} < {each["correlation_id"] for each in stories}


def test_a_refused_request_is_found_in_the_log_by_the_id_that_its_answer_quotes(
    stack: RunningStack, written: Callable[..., Lines]
) -> None:
    api, _ = stack.new_caller()
    _, answer = api.call("GET", "/api/videos/00000000-0000-0000-0000-000000000000")
    (line,) = [
        each for each in written(correlation_id=answer["requestId"]) if each["message"] == "request refused"
    ]
    assert (line["file"], line["code"]) == ("get_video", "not_found")


def test_metrics_are_of_the_stage_and_in_the_units_that_are_declared(
    stack: RunningStack, written_at_the_end: Callable[[UUID], Lines]
) -> None:
    api, user_id = stack.new_caller()
    api.make(**ORDER, draft=True, stopAfter="frames")
    units = {each.name: each.unit.value for each in METRICS}
    directives = [
        each
        for line in written_at_the_end(user_id)
        for each in line.get("_aws", {}).get("CloudWatchMetrics", [])
    ]
    assert directives
    for each in directives:
        (metric,) = each["Metrics"]
        assert each["Namespace"] == STAGES["dev"].metrics_namespace
        assert metric["Unit"] == units[metric["Name"]]
        assert each["Dimensions"][0] == ["service"]


def test_every_metric_is_recorded_somewhere(repository: Path) -> None:
    declared = {name for name, each in vars(__import__("shared.metrics").metrics).items() if each in METRICS}
    recorded = {
        node.func.value.id
        for folder in ("shared", "functions")
        for path in (repository / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"record", "timed"}
        and isinstance(node.func.value, ast.Name)
    }
    assert declared == recorded & declared
