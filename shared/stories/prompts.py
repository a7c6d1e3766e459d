"""What we say to the models: texts in `prompts/*.md`, filled in with a recipe or a shot.

The texts are part of what determines an asset. A composed prompt is stored in the recipe of the frame
or clip, so that a changed text makes new assets and leaves finished ones as they are.
"""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path
from string import Template

from shared.assets.recipes import StoryRecipe
from shared.errors import InvalidRequest
from shared.stories.looks import Mood, Style, moods, styles
from shared.stories.models import Character, Shot

_HERE = Path(__file__).parent / "prompts"

# Narrators of text-to-speech services speak 2.2 to 2.8 words of English a second. The upper number leaves
# a breath at both ends of the scene.
WORDS_PER_SECOND_LOW = 1.6
WORDS_PER_SECOND_HIGH = 2.2

# Chinese and Japanese sentences end without a space behind them.
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)|[。！？][」』”’）]*")
_EMPTY_FACTS = re.compile(r"^(?:Setting|Palette): *\n+", re.MULTILINE)
_IDEA_TAG = re.compile(r"<\s*/?\s*idea\s*>", re.IGNORECASE)


def story_instructions() -> str:
    """What a story writer must know, whatever the story."""
    return _text("story_system").strip()


def story_request(recipe: StoryRecipe) -> str:
    """The idea and the brief of one story. The idea cannot close its own tags."""
    style, mood = _style(recipe.style), _mood(recipe.mood)
    scene_seconds = recipe.duration_ms / 1000 / recipe.scene_count
    low, high = narration_words(scene_seconds)
    return _fill(
        "story_user",
        idea=_IDEA_TAG.sub("", recipe.prompt).strip(),
        scene_count=str(recipe.scene_count),
        film_seconds=f"{recipe.duration_ms / 1000:g}",
        scene_seconds=f"{scene_seconds:.3g}",
        words_low=str(low),
        words_high=str(high),
        style_label=style.label,
        style_prompt=style.prompt,
        mood_label=mood.label,
        mood_prompt=mood.prompt,
        narration_tone=mood.narration,
    )


def narration_words(seconds: float) -> tuple[int, int]:
    """The least and the most words that a narrator should speak in so many seconds."""
    high = max(2, math.floor(seconds * WORDS_PER_SECOND_HIGH))
    return min(high, max(1, math.floor(seconds * WORDS_PER_SECOND_LOW))), high


def frame_prompt(shot: Shot) -> str:
    """The picture of one shot: what it shows, who looks how, in what style, light and mood."""
    style, mood = _style(shot.style), _mood(shot.mood)
    filled = _fill(
        "frame",
        scene=_sentence(shot.scene.prompt),
        characters=_characters(shot),
        setting=_sentence(shot.sheet.setting),
        palette=_sentence(shot.sheet.palette),
        style_prompt=_sentence(style.prompt),
        technical=_sentence(style.technical),
        lighting=_sentence(style.lighting),
        mood=_sentence(mood.prompt),
    )
    # A frame that was asked for alone has a sheet without these: the scene says all.
    return _EMPTY_FACTS.sub("", filled)


def composition(width: int, height: int) -> str:
    """How to fill a canvas of these proportions; added when the picture is drawn."""
    aspect = width / height
    if aspect >= 2:  # noqa: PLR2004 - wider than any television
        advice = "a very wide panorama: spread the scene along the horizon, the subject on a third"
    elif aspect > 1.1:  # noqa: PLR2004 - anything nearer to 1 reads as a square
        advice = "a wide landscape picture: subject on a third, depth behind it"
    elif aspect >= 0.9:  # noqa: PLR2004
        advice = "a square picture: subject near the middle, balanced on all sides"
    else:
        advice = "a tall portrait picture: subject upright, space above the head, the ground visible below"
    return f"Compose for {advice}. Canvas of {width} by {height} pixels."


def likeness(references: int) -> str:
    """What the pictures are that go along with the prompt."""
    subject = "The attached picture shows" if references == 1 else "The attached pictures show"
    return (
        f"{subject} the characters, the setting and the style of this series. Keep faces, clothes, "
        "colours and rendering the same, and draw the new scene: do not copy the old composition."
    )


def motion_prompt(shot: Shot, limit: int) -> str:
    """The movement of one shot in at most `limit` UTF-16 units, cut at the end of a sentence.

    The movement itself is what counts: when room is short, what happens in the scene gives way first.
    """
    mood = _mood(shot.mood).prompt
    motion = trim(_sentence(shot.scene.motion), limit)
    frame = _fill("motion", motion="", action="", mood=mood)
    room = limit - utf16_units(frame) - 2  # two spaces join the three parts
    if utf16_units(motion) > room:
        return motion
    action = trim(_sentence(shot.scene.description), room - utf16_units(motion), whole_sentences=True)
    return " ".join(_fill("motion", motion=motion, action=action, mood=mood).split())


def utf16_units(text: str) -> int:
    """Length as JavaScript counts it, and with it some providers: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def trim(text: str, limit: int, *, whole_sentences: bool = False) -> str:
    """The longest beginning of `text` within `limit` UTF-16 units that ends well.

    It ends with a sentence if it holds one, else with a word (or is empty with `whole_sentences`).
    """
    text = text.strip()
    if utf16_units(text) <= limit:
        return text
    # `ignore` drops half of a surrogate pair at the cut.
    cut = text.encode("utf-16-le", "surrogatepass")[: max(0, limit) * 2].decode("utf-16-le", "ignore")
    ends = [match.end() for match in _SENTENCE_END.finditer(cut)]
    if ends and ends[-1] == len(cut) and not text[len(cut) : len(cut) + 1].isspace():
        ends.pop()  # the cut itself made this look like an end: "3.|5"
    if ends:
        return cut[: ends[-1]]
    if whole_sentences:
        return ""
    whole_word = text[len(cut) : len(cut) + 1].isspace() or " " not in cut
    return (cut if whole_word else cut.rpartition(" ")[0]).rstrip(" ,;:–-")


def _characters(shot: Shot) -> str:
    """The sheet's characters that this scene names; all of them, with a condition, when it names none."""
    words = f"{shot.scene.prompt} {shot.scene.description}".casefold()
    named = [c for c in shot.sheet.characters if c.name.casefold() in words]
    if named:
        return "Characters, exactly like this in every picture of the series:\n" + _listed(named)
    if shot.sheet.characters:
        return "If one of these characters is seen, then exactly like this:\n" + _listed(
            shot.sheet.characters
        )
    return ""


def _listed(characters: list[Character] | tuple[Character, ...]) -> str:
    return "".join(f"- {c.name}: {_sentence(c.appearance)}\n" for c in characters)


def _sentence(text: str) -> str:
    """The text on one line, with a full stop if it ends without any mark."""
    line = " ".join(text.split())
    return line if not line or line[-1] in ".!?…。！？" else f"{line}."


def _style(name: str) -> Style:
    try:
        return styles()[name]
    except KeyError as exc:
        raise InvalidRequest(f"There is no style {name!r}. There are: {', '.join(styles())}.") from exc


def _mood(name: str) -> Mood:
    try:
        return moods()[name]
    except KeyError as exc:
        raise InvalidRequest(f"There is no mood {name!r}. There are: {', '.join(moods())}.") from exc


def _fill(name: str, **values: str) -> str:
    """The text with its places filled. A value is never scanned again, so `$` in it is only a `$`."""
    filled = Template(_text(name)).substitute(values)
    return re.sub(r"\n{3,}", "\n\n", filled).strip()


@cache
def _text(name: str) -> str:
    return (_HERE / f"{name}.md").read_text(encoding="utf-8")
