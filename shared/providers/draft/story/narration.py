"""Choosing a scene's words: sentences that fit into its time and have not been used before."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterable, Mapping, Sequence

PLEASANT_WORDS_PER_SECOND = 2.2
MOST_WORDS_PER_SECOND = 165 / 60

_SLOT = re.compile(r"\{(\w+)\}")
_SENTENCE_START = re.compile(r"((?:^|[.!?]\s+)[\"“]?)([a-z])")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
TELLING_SLOTS = frozenset(
    [
        "a_hero",
        "wish",
        "way",
        "state",
        "other",
        "a_other",
        "topic",
        "question",
        "asked",
        "view",
        "view_low",
        "matter",
        "thing",
    ]
)


def fill(template: str, slots: Mapping[str, str]) -> str | None:
    """The template with its slots filled and its sentences capitalised; None where a slot is missing."""
    names = _SLOT.findall(template)
    if any(name not in slots for name in names):
        return None
    filled = _SLOT.sub(lambda match: slots[match[1]], template)
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), filled)


def _slots_of(template: str) -> frozenset[str]:
    return frozenset(_SLOT.findall(template))


def spoken_words(text: str) -> int:
    """How many words a text takes to say; in scripts without spaces, two letters are one."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_UNSPACED.sub(" ", text).split()) + (unspaced + 1) // 2


class Narration:
    """Picks each scene's narration and remembers what has been said.

    `scene_ms` is how long a scene lasts: the words come near 2.2 for each second and never exceed what
    is spoken at 165 a minute.
    """

    def __init__(self, scene_ms: float, dice: random.Random) -> None:
        seconds = scene_ms / 1000
        self.most = int(seconds * MOST_WORDS_PER_SECOND)
        self._wanted = seconds * PLEASANT_WORDS_PER_SECOND
        self._dice = dice
        self._said: set[str] = set()

    def choose(
        self,
        say: Sequence[str],
        more: Sequence[str],
        moods: Sequence[str],
        slots: Mapping[str, str],
        *,
        title: str,
        prefer: tuple[frozenset[str], ...] = (),
    ) -> str:
        """One of `say`, followed by as much of `more` and one of `moods` as fits well.

        A sentence with a slot of the first set in `prefer` goes before all others, then one of the second
        set. A scene too short for any sentence gets its title, and one too short even for that stays silent.
        """
        texts = self._candidates(say, more, moods, slots, prefer)
        if not texts:
            short = f"{title}."
            return short if spoken_words(short) <= self.most else ""
        good = [text for text in texts if self._wanted * 0.8 <= spoken_words(" ".join(text))]
        most = max(spoken_words(" ".join(text)) for text in texts)
        chosen = self._dice.choice(good or [text for text in texts if spoken_words(" ".join(text)) == most])
        self._said.update(chosen)
        return " ".join(chosen)

    def _candidates(
        self,
        say: Sequence[str],
        more: Sequence[str],
        moods: Sequence[str],
        slots: Mapping[str, str],
        prefer: tuple[frozenset[str], ...],
    ) -> list[tuple[str, ...]]:
        """Every combination that fits, of the most preferred sentences that fit at all."""
        extensions = list(self._fresh(more, slots))
        mood = self._dice.choice([*self._fresh(moods, slots), ""])
        endings: list[tuple[str, ...]] = [(), (mood,)] if mood else [()]
        tails = [
            (*chosen, *ending)
            for count in range(len(extensions) + 1)
            for chosen in itertools.combinations(extensions, count)
            for ending in endings
        ]
        for wanted in (*prefer, None):
            cores = self._fresh((text for text in say if wanted is None or wanted & _slots_of(text)), slots)
            texts = [(core, *tail) for core in cores for tail in tails]
            fitting = [text for text in texts if spoken_words(" ".join(text)) <= self.most]
            if fitting:
                return fitting
        return []

    def _fresh(self, templates: Iterable[str], slots: Mapping[str, str]) -> Iterable[str]:
        for template in templates:
            sentence = fill(template, slots)
            if sentence is not None and sentence not in self._said:
                yield sentence
