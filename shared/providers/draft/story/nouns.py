"""Noun phrases: who or what a prompt speaks of, with its article, its number and its pronoun."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from shared.providers.draft.story.lexicon import closed, lexicon, singular

Count: TypeAlias = Literal["one", "many", "uncountable"]
Pronoun: TypeAlias = Literal["they", "she", "he", "it"]

TOKEN = re.compile(r"[^\s,;:]+|[,;:]")
_CORE_LIMIT = 8  # words; longer phrases are not repeated aloud
_NAME_LIMIT = 4
_ABSTRACT = ("ing", "ness", "ity", "tion", "sion", "ism", "ics", "ment", "ance", "ence")
_PUNCTUATION = frozenset([",", ";", ":", "-", "–", "—"])
_JOINING = frozenset(["and", "&", "or"])


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase. `text` is as written ("a small fox"), `definite` "the small fox", `short` "the fox"."""

    text: str
    definite: str
    short: str
    head: str
    count: Count
    named: bool = False
    pronoun: Pronoun = "it"


def determiners() -> frozenset[str]:
    """Articles, numbers and possessives."""
    return closed("articles", "numbers", "possessives")


def prepositions() -> frozenset[str]:
    """All prepositions."""
    return closed("being_at", "going_through", "other_prepositions")


def parse_noun(text: str) -> Noun | None:
    """The noun phrase at the start of a text, ending before its first comma, preposition or relative."""
    tokens = TOKEN.findall(text)
    end = core_end(tokens)
    core, rest = tokens[:end], tokens[end:]
    naming = next((i for i, token in enumerate(core) if i and token.lower() in ("named", "called")), None)
    if naming is not None and naming + 1 < len(core):
        return _named(core[:naming], " ".join(core[naming + 1 :][:2]))
    if len(rest) > 1 and rest[0].lower() in ("of", "and", "&"):
        tail_end = core_end(rest[1:]) + 1
        if 1 < tail_end <= _CORE_LIMIT + 1 - end:
            return _joined(core, rest[0].lower(), rest[1:tail_end])
    return noun_of(core)


def core_end(tokens: list[str]) -> int:
    """Where the noun phrase's own words end."""
    stops = prepositions() | closed("relatives", "auxiliaries") | _PUNCTUATION | _JOINING
    return next((i for i, token in enumerate(tokens) if i and token.lower() in stops), min(len(tokens), 8))


def noun_of(core: list[str]) -> Noun | None:
    """The noun phrase of exactly these words; None where they cannot be one."""
    core = core[:_CORE_LIMIT]
    first = core[0].lower() if core else ""
    if not core or first in prepositions() | closed("relatives") | _PUNCTUATION | _JOINING:
        return None
    body = core[1:] if first in determiners() else core
    if not body:
        return None
    head = body[-1].lower()
    if body is core:
        if _is_name(core, head):
            name = " ".join(core)
            return Noun(name, name, name, head, "one", named=True, pronoun="they")
        body = _without_participle(body)
        head = body[-1].lower()
        body = [_lowered(body[0]), *body[1:]]
    return _common(first if first in determiners() else "", body, head)


def _common(determiner: str, body: list[str], head: str) -> Noun:
    """An ordinary noun with its determiner (empty where there was none)."""
    phrase, bare = " ".join(body), body[-1]
    count = _count(determiner, head)
    pronoun = _pronoun(head, count)
    if determiner in closed("possessives"):
        text = f"{determiner if determiner in ('my', 'our', 'your') else 'the'} {phrase}"
        return Noun(text, text, text, head, count, pronoun=pronoun)
    if count == "uncountable":
        return Noun(phrase, phrase, phrase, head, count)
    if determiner in ("this", "that", "these", "those", "every", "each", "one"):
        text = f"the {phrase}"
    elif count == "many":
        text = f"{determiner} {phrase}" if determiner not in ("", "a", "an") else phrase
    else:
        text = f"{determiner or article(phrase)} {phrase}"
    exact = determiner in closed("numbers") - closed("vague_numbers")
    definite = f"the {determiner} {phrase}" if exact else f"the {phrase}"
    return Noun(text, definite, f"the {bare}", head, count, pronoun=pronoun)


def _named(core: list[str], name: str) -> Noun | None:
    """A noun with a name: "a robot named Pixel"."""
    kind = noun_of(core)
    if kind is None:
        return None
    return Noun(f"{kind.text} named {name}", name, name, kind.head, "one", named=True, pronoun=kind.pronoun)


def _joined(left: list[str], word: str, right: list[str]) -> Noun | None:
    """Two nouns as one: "the king of hearts", "a girl and her dog"."""
    one, two = noun_of(left), noun_of(right)
    if one is None or two is None:
        return one
    return _of(one, two, " ".join(right)) if word == "of" else _and(one, two, right)


def _of(one: Noun, two: Noun, tail: str) -> Noun:
    text, definite = f"{one.text} of {tail}", f"{one.definite} of {tail}"
    if one.head in lexicon().groups and two.count == "many":  # "a group of friends" are friends
        return Noun(text, definite, two.short, two.head, "many", pronoun="they")
    short = one.short if one.count != "uncountable" else definite
    return Noun(text, definite, short, one.head, one.count, one.named, one.pronoun)


def _and(one: Noun, two: Noun, right: list[str]) -> Noun:
    """Both together. "Her dog" stays hers."""
    written = " ".join(right)
    theirs = right[0].lower() in closed("possessives")
    head = one.head if lexicon().is_character(one.head) else two.head
    return Noun(
        f"{one.text} and {written if theirs else two.text}",
        f"{one.definite} and {written if theirs else two.definite}",
        f"{one.short} and {written if theirs else two.short}",
        head,
        "many",
        pronoun="they",
    )


def _without_participle(body: list[str]) -> list[str]:
    """As in "astronaut lost on Mars", which is about an astronaut."""
    words = lexicon()
    lost = len(body) > 1 and body[-1].lower() in words.by_past and words.is_character(body[0].lower())
    return body[:1] if lost and body[-1].lower() not in words.animals else body


def _is_name(core: list[str], head: str) -> bool:
    """A name, like "Luna" or "New York", and not just an ordinary word that begins a sentence."""
    if len(core) > _NAME_LIMIT or not all(word[:1].isupper() for word in core):
        return False
    words = lexicon()
    ordinary = closed("moments", "mass") | words.base_verbs
    known = head in ordinary or words.is_character(head) or words.place_preposition(head) is not None
    return len(core) > 1 or not (known or is_plural(head) or core[0].isupper())


def is_plural(word: str) -> bool:
    """Whether the word's spelling is that of a plural."""
    if word in closed("irregular_plurals"):
        return True
    return len(word) > 3 and re.search(r"(?<![su'’i])s$", word) is not None  # noqa: PLR2004 ("gas" is none)


def is_moment(word: str) -> bool:
    """Whether a word names a time or a weather, which is a view and not a topic."""
    return word in closed("moments")


def article(phrase: str) -> str:
    """`an` before a vowel's sound, else `a`."""
    word = phrase.split(" ", 1)[0].lower()
    if re.match(r"(uni([^mn]|$)|use|usu|eu|one|once|ufo)", word):
        return "a"
    return "an" if re.match(r"[aeiou]|hour|honest|heir|honou?r", word) else "a"


def _lowered(word: str) -> str:
    """A first word without the capital of a sentence; acronyms keep theirs."""
    return word if word.isupper() and len(word) > 1 else word[:1].lower() + word[1:]


def _count(determiner: str, head: str) -> Count:
    words = lexicon()
    if determiner in ("a", "an", "one", "this", "that", "every", "each"):
        return "one"
    plural = is_plural(head) or head in words.groups
    if plural or determiner in closed("numbers") or determiner in ("these", "those"):
        return "many"
    if not determiner and head in closed("mass"):
        return "uncountable"
    if determiner == "the" or words.is_character(head) or words.place_preposition(head):
        return "one"
    abstract = determiner == "some" or head in closed("mass") or head.endswith(_ABSTRACT)
    return "uncountable" if abstract or not determiner else "one"


def _pronoun(head: str, count: Count) -> Pronoun:
    if count == "many":
        return "they"
    people = lexicon().people
    known = people.get(head) or people.get(singular(head))
    if known == "she":
        return "she"
    if known == "he":
        return "he"
    works = re.search(r"(er|or|ist|ian|eer|man)$", head) is not None and head not in closed("not_people")
    return "they" if known or works else "it"
