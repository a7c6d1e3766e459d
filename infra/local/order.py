"""What `make demo` is asked for, checked before anything starts, in the words of make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.videos.models import CreateVideo

OPTIONS = {
    "prompt": "PROMPT",
    "frameCount": "SCENES",
    "duration": "SECONDS",
    "aspectRatio": "RATIO",
    "style": "STYLE",
    "mood": "MOOD",
}
"""A field of the request -> the option of `make demo` that sets it."""

_FIELD_NAME = re.compile(rf"\b({'|'.join(OPTIONS)})\b(?=[ .]|$)")
_LIVE = {"": False, "0": False, "1": True}


class OrderRefused(ValueError):
    """The options cannot be what was meant. The message has a line for each mistake."""


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """What to make. `live` lets the paid providers make it."""

    prompt: str
    scenes: int
    seconds: int
    ratio: str
    style: str | None
    mood: str | None
    out: Path
    live: bool

    def body(self) -> dict[str, Any]:
        """The request's body."""
        chosen = {"style": self.style, "mood": self.mood}
        return {
            "prompt": self.prompt,
            "frameCount": self.scenes,
            "duration": self.seconds,
            "aspectRatio": self.ratio,
            "draft": not self.live,
            **{name: value for name, value in chosen.items() if value},
        }


def read_order(options: Mapping[str, str]) -> DemoOrder:
    """The order that the options, by their names in make, stand for. Raises OrderRefused.

    What is left empty or out, of STYLE, MOOD and LIVE, was not chosen. The folder of OUT is made if needed.
    """
    given = {field: options[name] for field, name in OPTIONS.items() if options.get(name)}
    required = {field: options.get(OPTIONS[field], "") for field in ("prompt", "frameCount", "duration")}
    mistakes: list[str] = []
    try:
        request = CreateVideo.model_validate({**required, **given})
    except ValidationError as error:
        mistakes += [_mistake(each) for each in error.errors(include_url=False)]
    out, live = Path(options.get("OUT", "")), options.get("LIVE", "")
    mistakes += [each for each in (_live_mistake(live), _out_mistake(out)) if each]
    if mistakes:
        raise OrderRefused("\n".join(mistakes))
    return DemoOrder(
        prompt=request.prompt,
        scenes=request.frame_count,
        seconds=request.duration,
        ratio=request.aspect_ratio,
        style=request.style if "style" in given else None,
        mood=request.mood if "mood" in given else None,
        out=out,
        live=_LIVE[live],
    )


def _mistake(error: ErrorDetails) -> str:
    """One sentence or two about an option."""
    context = error.get("ctx", {})
    if not error["loc"]:  # about several options together
        return _FIELD_NAME.sub(lambda found: OPTIONS[found[0]], str(context.get("error", error["msg"])))
    field = str(error["loc"][0])
    name, value = OPTIONS.get(field, field), str(error["input"])
    shown = f"{name}={value if len(value) <= 40 else value[:39] + '…'}"  # noqa: PLR2004 - on one line
    limits = CreateVideo.model_json_schema()["properties"].get(field, {})
    sentences = {
        "int_parsing": "{shown} is not a whole number. Choose one from {limits}.",
        "int_from_float": "{shown} is not a whole number. Choose one from {limits}.",
        "greater_than_equal": "{shown} cannot be made. Choose {limits}.",
        "less_than_equal": "{shown} cannot be made. Choose {limits}.",
        "string_too_short": "{name} is empty.",
        "string_too_long": "{name} has {length} characters. It may have {max_length}.",
        "value_error": "{name}: {error}",
    }
    return sentences.get(error["type"], "{shown}: {message}.").format(
        **context, name=name, shown=shown, limits=_range(limits), length=len(value), message=error["msg"]
    )


def _range(limits: Mapping[str, Any]) -> str:
    return f"{limits.get('minimum')} to {limits.get('maximum')}"


def _live_mistake(live: str) -> str | None:
    if live in _LIVE:
        return None
    return f"LIVE={live[:40]}: LIVE=1 lets the paid providers make the video. Leave it out for a draft."


def _out_mistake(out: Path) -> str | None:
    """Why the video could not be put there; tried, because permissions alone do not say."""
    try:
        if out.is_dir():
            return f"OUT={out} is a folder. Name a file in it: OUT={out / 'demo.mp4'}"
        if out.exists() and not out.is_file():
            return f"OUT={out} is no ordinary file. Name another one."
        out.parent.mkdir(parents=True, exist_ok=True)
        trial = part_of(out)
        trial.write_bytes(b"")
        trial.unlink()
    except (FileExistsError, NotADirectoryError):
        return f"OUT={out} cannot be written: what should be its folder is a file. Name another place."
    except OSError as error:
        return f"OUT={out} cannot be written: {error.strerror}. Name another place."
    return None


def part_of(out: Path) -> Path:
    """Where the video is until it is whole."""
    return out.with_name(f".{out.name}.part")
