"""A story for any idea: always the same for the same request, with as many scenes as it asks for."""

from __future__ import annotations

import re
from typing import Any

_BEATS = (
    ("The first light", "stands at the edge of the scene and looks out", "wide", "Slow push in"),
    (
        "A small sign",
        "notices something small that was not there before",
        "medium",
        "Gentle pan to the right",
    ),
    ("One step further", "takes the first step towards it", "low", "Slow tracking shot from the side"),
    ("The obstacle", "stops before something much larger", "high", "Slow pull back"),
    ("The choice", "closes both hands and decides", "close", "The camera holds still"),
    ("Homeward", "turns round with a smile while light floods the place", "wide", "Slow rise into the sky"),
)
# Each beat in short sentences: as many are spoken as the scene has time for.
_WORDS = (
    ("It begins quietly.", "Nobody else is awake yet.", "And then something calls.", "It knows her name."),
    ("A glimmer.", "Hardly more than a breath.", "Yet nobody could look away.", "She certainly could not."),
    ("So she walks.", "One step, then another.", "The old fear grows small.", "The path grows wide."),
    ("Then it stands there.", "It is older than the hills.", "It will not move.", "Not for anyone."),
    ("Now she chooses.", "A heart can be louder than a storm.", "Hers is.", "It always was."),
    ("Here it was all along.", "What is lost can wait.", "It only wants to be found.", "By you."),
)


def story_for(user_prompt: str, scene_count: int) -> dict[str, Any]:
    """A word of the idea that begins with # goes into every text: a test knows its own requests by it."""
    idea = _between(user_prompt, "<idea>", "</idea>") or "A walk at dawn"
    tag = re.search(r"#\w+", idea)
    words = re.search(r"Narration per scene: \d+ to (\d+) words", user_prompt)
    most = int(words[1]) if words else 10
    return {
        "title": " ".join(idea.split()[:6])[:80].rstrip(" .,;:") or "Untitled",
        "overview": f"A short film about this: {idea[:300]}",
        "sheet": {
            "characters": [
                {"name": "Mira", "appearance": "A woman of thirty, short dark hair, red coat, round glasses"}
            ],
            "setting": f"The world of: {idea[:160]}, early on a clear autumn morning",
            "palette": "deep blue, warm amber, soft white",
        },
        "scenes": [
            _tagged(_scene(number, idea, most), tag[0] if tag else "") for number in range(scene_count)
        ],
    }


def _scene(number: int, idea: str, most: int) -> dict[str, str]:
    title, action, framing, camera = _BEATS[number % len(_BEATS)]
    narration = ""
    for sentence in _WORDS[number % len(_WORDS)]:
        if len(f"{narration} {sentence}".split()) > most:
            break
        narration = f"{narration} {sentence}".strip()
    return {
        "title": title,
        "description": f"Mira {action}.",
        "prompt": f"A {framing} shot. Mira {action}. Around her: {idea[:200]}. Scene {_spoken(number)}.",
        "motion": f"{camera}. Mira moves calmly, her coat stirs in the wind.",
        "narration": narration or "Look.",
    }


def _tagged(scene: dict[str, str], tag: str) -> dict[str, str]:
    return {name: f"{text} {tag}".strip() for name, text in scene.items()}


def _spoken(number: int) -> str:
    names = (
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    )
    return names[number] if number < len(names) else str(number + 1)


def _between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0].strip()
