"""Which language a text is most likely in, told by its script and its most frequent small words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

ENGLISH = "en"

# The first word of a letter's Unicode name is its script; the value is the script's usual language.
_BY_SCRIPT: dict[str, str] = {
    "ARABIC": "ar", "ARMENIAN": "hy", "BENGALI": "bn", "CJK": "cmn", "CYRILLIC": "ru", "DEVANAGARI": "hi",
    "ETHIOPIC": "am", "GEORGIAN": "ka", "GREEK": "el", "GUJARATI": "gu", "GURMUKHI": "pa", "HANGUL": "ko",
    "HEBREW": "he", "HIRAGANA": "ja", "KANNADA": "kn", "KATAKANA": "ja", "MALAYALAM": "ml", "MYANMAR": "my",
    "ORIYA": "or", "SINHALA": "si", "TAMIL": "ta", "TELUGU": "te", "THAI": "th",
}  # fmt: skip

# Letters that only one of the languages of a script has.
_TELLTALE: tuple[tuple[str, frozenset[str], str], ...] = (
    ("ru", frozenset("іїєґІЇЄҐ"), "uk"),
    ("ar", frozenset("پچژگ"), "fa"),
)

_SMALL_WORDS: dict[str, str] = {
    "en": "a an the of and to in is for with who that how why what on at from its their",
    "de": "der die das ein eine einen einem und ist mit für auf von zu im den dem wie warum nicht",
    "fr": "le la les un une des et est avec pour dans du au aux qui que sur comment pourquoi",
    "es": "el la los las un una y es con para en del al que por sobre cómo como su",
    "it": "il lo la gli un una e è con per nel della di che dei delle come perché sul",
    "pt": "o a os as um uma e é com para em do da que dos das no na como por",
    "nl": "de het een en is met voor op van naar hoe waarom niet die dat door zijn",
}

_WORD = re.compile(r"[^\W\d_]+")
_READ_AT_MOST = 4000


def language_of(text: str) -> str:
    """A language code that espeak knows, `en` where nothing speaks for another.

    In a script of several languages this is the most spoken one. A text in Latin letters counts as
    English unless at least two of its words are small words of another language and more of those
    than of English.
    """
    text = text[:_READ_AT_MOST]
    script = _main_script(text)
    if script == "LATIN":
        return _by_small_words(text)
    language = _BY_SCRIPT.get(script, ENGLISH)
    if language == "cmn" and any(_script(letter) in {"HIRAGANA", "KATAKANA"} for letter in text):
        return "ja"
    for usual, letters, other in _TELLTALE:
        if language == usual and letters & set(text):
            return other
    return language


def has_words(text: str) -> bool:
    """Whether the text has letters at all."""
    return any(letter.isalpha() for letter in text[:_READ_AT_MOST])


def _main_script(text: str) -> str:
    scripts = Counter(_script(letter) for letter in text if letter.isalpha())
    return max(scripts, key=lambda script: (scripts[script], script), default="LATIN")


def _script(letter: str) -> str:
    return unicodedata.name(letter, "LATIN").split(" ", 1)[0]


def _by_small_words(text: str) -> str:
    words = Counter(_WORD.findall(text.lower()))
    scores = {
        language: sum(words[word] for word in small_words.split())
        for language, small_words in _SMALL_WORDS.items()
    }
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] >= 2 and scores[best] > scores[ENGLISH] else ENGLISH  # noqa: PLR2004
