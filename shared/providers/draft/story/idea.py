"""What a prompt is about, as well as rules can tell: what kind of video, who, what, where, when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from shared.providers.draft.language import ENGLISH, has_words, language_of
from shared.providers.draft.story import phrases
from shared.providers.draft.story.clause import Clause, parse_clause
from shared.providers.draft.story.lexicon import closed, lexicon, s_form
from shared.providers.draft.story.nouns import determiners, is_moment, parse_noun

Kind: TypeAlias = Literal["tale", "scenery", "explainer", "history", "product", "plain"]

_READ_AT_MOST = 1200
_SENTENCE_LIMIT = 220
_TOPIC_WORDS = 4
_QUOTES = "\"'“”‘’«»`*#_"


@dataclass(frozen=True, slots=True)
class Idea:
    """A prompt understood. `text` is its first sentence without "make a video about" and the like."""

    kind: Kind
    text: str
    clause: Clause | None = None
    question: str | None = None
    """A clause that can be asked or told: "how rainbows form"."""
    topic: str | None = None
    """What it explains, sells or tells the history of: "coffee", "the smart water bottle"."""


def understand(prompt: str) -> Idea:
    """The idea in a prompt. Never raises: what cannot be understood is a plain idea of its own text."""
    text = first_sentence(prompt)
    if language_of(prompt) != ENGLISH or not has_words(text) or not _mostly_words(text):
        return Idea("plain", text)
    text = _without_asking(text)
    if product := phrases.PRODUCT.match(text) or phrases.INTRODUCING.match(text):
        return _about("product", text, product["topic"])
    text = phrases.BARE_ASKING.sub("", text) or text
    if history := phrases.HISTORY.match(text):
        return _about("history", text, history["topic"])
    explain = phrases.EXPLAIN.match(text)
    if question := phrases.QUESTION.match(explain["topic"] if explain else text):
        return _asked(question["question"])
    return _about("explainer", text, explain["topic"]) if explain else _told(text)


def first_sentence(prompt: str) -> str:
    """The prompt's first sentence with words in it, in one line, without quotes and length notes."""
    text = " ".join(_printable(prompt[:_READ_AT_MOST]).split()).strip(_QUOTES + " .,;:!?-–—")
    for part in re.split(r"(?<=[.!?…])\s+|(?<=[。！？])|\s[|•]\s|https?://\S+", text):
        sentence = phrases.LOOK.sub("", phrases.LENGTH.sub("", part)).strip(_QUOTES + " .,;:!?…。！？-–—")
        sentence = re.sub(r"\s*[(\[{][^)\]}]*[)\]}]?", "", sentence).strip()
        if has_words(sentence):
            return cut_at_word(sentence, _SENTENCE_LIMIT)
    return cut_at_word(text, _SENTENCE_LIMIT)


def cut_at_word(text: str, limit: int) -> str:
    """The text, or its beginning up to a word's end within `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:-–—")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _mostly_words(text: str) -> bool:
    """Whether sentences can be built around it: nearly all letters, no run of punctuation or digits."""
    plain = sum(letter.isalpha() or letter in " '-,’" for letter in text)
    return plain >= 0.8 * len(text) and max(map(len, text.split())) <= 24  # noqa: PLR2004 (words, not noise)


def _without_asking(text: str) -> str:
    """Without "make a video about". A launch video keeps its words: they tell its kind."""
    noun = phrases.VERB_OF_ASKING.sub("", text)
    if phrases.PRODUCT.match(noun) or phrases.STORY_OF.match(noun):
        return noun
    kept = phrases.ASKING.sub("", text, count=1)
    return phrases.VIEW_OF.sub("", phrases.KIND_OF_VIDEO.sub("", kept)).strip() or text


def _about(kind: Kind, text: str, topic: str) -> Idea:
    """An idea about a thing rather than somebody's deeds."""
    clause = parse_clause(topic)
    noun = clause.hero if clause else parse_noun(topic)
    if noun is None:
        return Idea("plain", text)
    return Idea(kind, text, clause=clause, topic=noun.definite if kind == "product" else noun.text)


def _asked(question: str) -> Idea:
    """A question. "How do rainbows form" is asked, "how rainbows form" can also be told."""
    question = _as_told(question[0].lower() + question[1:])
    if phrases.AUXILIARY_QUESTION.match(question):
        return Idea("explainer", question, topic=None, question=None)
    told = question.split(" ", 1)[0] in ("how", "why")  # to tell "who invented it" would be a claim
    return Idea("explainer", question, question=question if told else None)


def _as_told(question: str) -> str:
    """As in "how do planes fly" → "how planes fly", where the words allow it; otherwise as it was asked."""
    asked, *rest = question.split()
    auxiliary, rest = (rest[0].lower(), rest[1:]) if rest else ("", [])
    article = bool(rest) and rest[0].lower() in determiners()
    if auxiliary == "do" and rest:
        return f"{asked} {' '.join(rest)}"
    if (
        auxiliary in ("is", "are", "was", "were")
        and len(rest) == (3 if article else 2)
        and asked in ("why", "how")
    ):
        return f"{asked} {' '.join(rest[:-1])} {auxiliary} {rest[-1]}"
    if auxiliary == "does":
        verbs = lexicon().base_verbs
        verb = next((i for i, word in enumerate(rest) if i > article and word.lower() in verbs), None)
        if verb is not None:
            return " ".join([asked, *rest[:verb], s_form(rest[verb].lower()), *rest[verb + 1 :]])
    return question


def _is_topic(clause: Clause) -> bool:
    """Whether it is about a matter ("photosynthesis") rather than somebody, somewhere or some moment."""
    hero = clause.hero
    matter = (
        hero.count == "uncountable" and not hero.named and not hero.text.split()[0].endswith(("'s", "’s"))
    )
    matter = matter or hero.head in closed("matters")
    return matter and clause.at is None and not is_moment(hero.head)


def _is_tale(clause: Clause) -> bool:
    """Whether somebody wants something, rather than something happening by itself."""
    words = lexicon()
    if clause.deed is None:
        return words.is_character(clause.hero.head)
    if _is_somebody(clause):
        return True
    acts = clause.other is not None or clause.goal is not None
    verb = clause.deed.split(" ", 1)[0]
    return acts and verb not in words.events and words.place_preposition(clause.hero.head) is None


def _told(text: str) -> Idea:
    """An idea in a statement or a name."""
    imperative = phrases.IMPERATIVE.match(text)
    if imperative and imperative["verb"].lower() in lexicon().base_verbs:
        return _asked(f"how to {text[0].lower()}{text[1:]}")
    story = phrases.STORY_OF.match(text)
    told = phrases.ONCE.sub("", story["rest"] if story else text)
    clause = parse_clause(phrases.SETTING_FIRST.sub("", told))
    if clause is None:
        return Idea("plain", text)
    if ours := phrases.OURS.match(told):
        return Idea("product", text, clause=clause, topic=ours[0][0].lower() + ours[0][1:])
    if story and clause.deed is None and not _is_somebody(clause):
        return Idea("history", text, clause=clause, topic=clause.hero.text)
    return _shown(text, clause)


def _shown(text: str, clause: Clause) -> Idea:
    """A matter to explain, a tale to tell, or else a view to show."""
    if _is_topic(clause):
        whole = len(text.split()) <= _TOPIC_WORDS
        topic = text[0].lower() + text[1:] if whole and not text[:2].isupper() else clause.hero.text
        return Idea("explainer", text, clause=clause, topic=phrases.EXPLAINED.sub("", topic))
    if {"i", "we", "me", "us"} & set(clause.hero.text.lower().split()):
        return Idea("scenery", text)  # the hero is whoever asks; nobody else can tell that story
    return Idea("tale" if _is_tale(clause) else "scenery", text, clause=clause)


def _is_somebody(clause: Clause) -> bool:
    return clause.hero.named or lexicon().is_character(clause.hero.head)
