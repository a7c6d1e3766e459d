"""Captions: narration split into cues that can be read, and written as WebVTT.

A cue is at most two lines of 42 columns, as broadcasters hold it; a Chinese or Japanese character takes
two columns. Cues break where sentences and clauses end when they can, and share their scene's time by
their length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.errors import MediaError
from shared.media.formats import FRAMES_PER_SECOND

MAX_COLUMNS = 42
MAX_LINES = 2
MAX_CHARACTERS = 5000
"""Of one scene's text: five minutes of speech."""

_LINGER_MS = 600
"""How long a scene's last cue stays when the voice has ended."""
_COLUMNS_FOR_A_PAUSE = 10
_COMFORTABLE = MAX_COLUMNS * MAX_LINES * 9 // 10
_SENTENCE_ENDS = tuple(".!?…。！？")
_CLAUSE_ENDS = tuple(",;:—–、，；：")
_CLOSING = "\"'”’»)]」』）"

_WIDE = re.compile(r"[\u2e80-\u303e\u3040-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]")
_NOT_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that turn the direction of what follows them, in other cues too."""


@dataclass(frozen=True, slots=True)
class Caption:
    """One cue. Milliseconds from the video's start; `text` has one or two lines, joined by a newline."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class SpokenText:
    """One scene's words and how long it lasts. `spoken_ms`: how long the voice takes, if there is one."""

    text: str
    frames: int
    spoken_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, or one character of a script without spaces. `glued`: no space before it."""

    text: str
    columns: int
    glued: bool


def captions_for(scenes: Sequence[SpokenText]) -> list[Caption]:
    """Cues for scenes that follow one another: in order, never overlapping, each inside its scene.

    MediaError when a scene's text is longer than anyone could speak.
    """
    captions: list[Caption] = []
    frame = 0
    for scene in scenes:
        start, end = _milliseconds(frame), _milliseconds(frame + scene.frames)
        frame += scene.frames
        captions += _scene_captions(scene, start, end)
    return captions


def webvtt(captions: Sequence[Caption]) -> str:
    """A WebVTT file. Text is escaped, so that none can end its cue or carry markup."""
    blocks = ["WEBVTT"]
    blocks += [
        f"{_clock(caption.start_ms)} --> {_clock(caption.end_ms)}\n{_escaped(lines)}"
        for caption in captions
        if (lines := _clean_lines(caption.text))
    ]
    return "\n\n".join(blocks) + "\n"


def clean_text(text: str) -> str:
    """One line of text: composed, without control characters, each run of white space one space."""
    composed = unicodedata.normalize("NFC", text)
    kept = (
        character if unicodedata.category(character) not in _NOT_TEXT else " "
        for character in composed
        if character not in _DIRECTIONS
    )
    return " ".join("".join(kept).split())


def _scene_captions(scene: SpokenText, start: int, end: int) -> list[Caption]:
    if len(scene.text) > MAX_CHARACTERS:
        raise MediaError(
            "A scene's text is too long for captions.", details={"maxCharacters": MAX_CHARACTERS}
        )
    cues = _cues(_words(clean_text(scene.text)))
    if not cues:
        return []
    voice_end = end if scene.spoken_ms is None else min(end, start + max(1, scene.spoken_ms))
    total = sum(_columns(cue) for cue in cues)
    times, done = [start], 0
    for cue in cues:
        done += _columns(cue)
        times.append(start + round(Fraction((voice_end - start) * done, total)))
    times[-1] = min(end, voice_end + _LINGER_MS)
    return [
        Caption(begin, until, "\n".join(_lines(cue)))
        for cue, begin, until in zip(cues, times, times[1:], strict=False)
        if until > begin
    ]


def _words(text: str) -> list[_Word]:
    """Split at spaces, between characters of scripts that have none, and inside endless words."""
    words: list[_Word] = []
    for chunk in text.split():
        glued = False
        for part in re.findall(rf"{_WIDE.pattern}[^\w\s]*|(?:(?!{_WIDE.pattern}).)+", chunk):
            for at in range(0, len(part), MAX_COLUMNS // 2):
                piece = part[at : at + MAX_COLUMNS // 2] if _width(part) > MAX_COLUMNS else part
                words.append(_Word(piece, _width(piece), glued))
                glued = True
                if piece is part:
                    break
    return words


def _cues(words: list[_Word]) -> list[list[_Word]]:
    cues: list[list[_Word]] = []
    while words:
        count = _cue_length(words)
        cues.append(words[:count])
        words = words[count:]
    return cues


def _cue_length(words: list[_Word]) -> int:
    """How many words the next cue takes: all if they fit, else up to the best place to break."""
    fitting = 1
    while fitting < len(words) and _lines(words[: fitting + 1]):
        fitting += 1
    if fitting == len(words):
        return fitting
    total = _columns(words[: fitting * 3])
    wanted = Fraction(total, -(-total // _COMFORTABLE))

    def merit(count: int) -> Fraction:
        return _pause(words[count - 1]) - abs(_columns(words[:count]) - wanted) / wanted

    return max(range(1, fitting + 1), key=merit)


def _pause(word: _Word) -> Fraction:
    """How good it is to break after a word: 1 where a sentence ends, 1/2 for a clause, else 0."""
    text = word.text.rstrip(_CLOSING)
    if text.endswith(_SENTENCE_ENDS):
        return Fraction(1)
    return Fraction(1, 2) if text.endswith(_CLAUSE_ENDS) else Fraction(0)


def _lines(words: list[_Word]) -> list[str]:
    """The words in one line if they fit, else in two; empty if they do not fit at all.

    The two are as equal as can be, but a break after a sentence or clause may cost some columns.
    """
    if _columns(words) <= MAX_COLUMNS:
        return [_join(words)]
    halves = [(words[:at], words[at:]) for at in range(1, len(words))]
    fitting = [pair for pair in halves if max(map(_columns, pair)) <= MAX_COLUMNS]
    if not fitting:
        return []
    first, second = min(
        fitting, key=lambda pair: max(map(_columns, pair)) - _COLUMNS_FOR_A_PAUSE * _pause(pair[0][-1])
    )
    return [_join(first), _join(second)]


def _join(words: Sequence[_Word]) -> str:
    return "".join(
        word.text if word.glued or position == 0 else f" {word.text}" for position, word in enumerate(words)
    )


def _columns(words: Sequence[_Word]) -> int:
    return sum(word.columns for word in words) + sum(not word.glued for word in words[1:])


def _width(text: str) -> int:
    return len(text) + len(_WIDE.findall(text))


def _milliseconds(frames: int) -> int:
    return round(Fraction(frames * 1000, FRAMES_PER_SECOND))


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}.{thousandths:03}"


def _clean_lines(text: str) -> list[str]:
    return [line for part in text.splitlines() if (line := clean_text(part))]


def _escaped(lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
