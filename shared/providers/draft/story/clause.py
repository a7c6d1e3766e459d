"""A small parser for the sentences that people write as prompts: who does what, to whom, where.

It knows no grammar beyond what prompts need: a noun phrase up to the first verb or preposition, the
deed after it in the base form ("crosses" → "cross"), its purpose, its object and its place. What it
cannot take apart it returns as one noun phrase, which is always safe to speak of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from shared.providers.draft.story.lexicon import base_of_s, closed, lexicon, pairs
from shared.providers.draft.story.nouns import (
    TOKEN,
    Noun,
    core_end,
    determiners,
    is_plural,
    noun_of,
    parse_noun,
    prepositions,
)

_WORD_LIMIT = 14
_REPEATED_LIMIT = 6  # words of an object or place that are said again
_INDOORS = frozenset(["in", "inside", "at", "under", "through", "across"])


@dataclass(frozen=True, slots=True)
class Clause:
    """Who does what. `deed` is in the base form ("cross a snowy forest"), `goal` its purpose ("find spring").

    `state` is what a hero is rather than does ("afraid of the dark"), `other` whom or what the deed is
    about, `at` being in the place ("in the snowy forest"), `lost` whether the hero is said to be lost.
    """

    hero: Noun
    deed: str | None = None
    goal: str | None = None
    state: str | None = None
    other: Noun | None = None
    place: Noun | None = None
    at: str | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class _Verb:
    """A verb found: where, how many words it takes, and its base form (empty for is, are, was)."""

    position: int
    length: int
    base: str


def parse_clause(text: str) -> Clause | None:
    """The clause in a text, or None where not even a noun phrase begins it."""
    tokens = TOKEN.findall(text)
    verb = _find_verb(tokens) if tokens else None
    before, after = (tokens, []) if verb is None else (tokens[: verb.position], tokens[verb.position + 1 :])
    hero = parse_noun(" ".join(before))
    if hero is None:
        return None
    clause = Clause(hero) if verb is None else _with_deed(Clause(hero), verb, tokens)
    lost = any(token.lower() in ("lost", "stranded") for token in tokens[:4])
    return _with_place(replace(clause, lost=lost), before, after)


def _find_verb(tokens: list[str]) -> _Verb | None:
    words = lexicon()
    lower = [token.lower() for token in tokens]
    if lower[0] in closed("modals") | {"not"}:
        return None  # "never giving up" is a topic
    for i in range(1 + (lower[0] in determiners()), len(tokens)):
        if lower[i] in closed("modals"):
            if modal := _modal(lower, i):
                return modal
        elif lower[i] in closed("auxiliaries"):
            later = lower[i - 1] in closed("relatives") and any(word in words.by_s for word in lower[i + 1 :])
            if not later:  # "a boy who is afraid of water joins …": the deed comes later
                return _Verb(i, 1, "have" if lower[i] in ("has", "have", "had") else "")
        elif base := _verb_at(lower, i):
            return _Verb(i, 1, base)
    return None


def _modal(lower: list[str], i: int) -> _Verb | None:
    """A modal: "can fly" is a deed, while after "can't swim" or "never sleeps" the deed is still to come."""
    positive = lower[i] in closed("positive_modals") and i + 1 < len(lower) and lower[i + 1] != "not"
    return _Verb(i, 2, lower[i + 1]) if positive else None


def _verb_at(lower: list[str], i: int) -> str | None:
    """The base form if the word at `i` is a verb there. Nouns that look like verbs are told by neighbours."""
    words = lexicon()
    word, before = lower[i], lower[i - 1]
    after = lower[i + 1] if i + 1 < len(lower) else ""
    no_verb_after = determiners() - closed("relatives") | closed("describing") | prepositions() - {"to"}
    if before in no_verb_after | {",", ";", ":"}:
        return None
    noun = after in words.by_ing or (after in words.base_verbs and _starts_object(lower, i + 2))
    if word in words.by_s and not noun:  # "northern lights dancing", "street lights glow"
        return words.by_s[word]
    many = is_plural(before) or lower[0] in closed("numbers") or bool({"and", "&"} & set(lower[:i]))
    if many and word in words.base_verbs:
        return word
    going_on = not after or _starts_object(lower, i + 1) or is_plural(after)
    if word in words.by_ing and going_on and "about" not in lower[:i]:
        return words.by_ing[word]
    if word in words.by_past and _is_told(words.by_past[word], after):
        return words.by_past[word]
    return base_of_s(word) if _is_unknown_verb(lower, i) else None


def _is_unknown_verb(lower: list[str], i: int) -> bool:
    """After "a …", a word in -s with an object behind it can hardly be a noun: "a turtle yodels in …"."""
    spelled = re.fullmatch(r"[a-z]{2,}(?<![sui])s", lower[i]) is not None
    return lower[0] in ("a", "an") and spelled and _starts_object(lower, i + 1)


def _is_told(verb: str, after: str) -> bool:
    """Whether a past form is the verb of a tale and not a participle: "lost a shoe", but "lost at sea"."""
    if verb in lexicon().wish_verbs:
        return after in ("to", "of", "about")
    return after in determiners() or (verb in closed("moving") and after in prepositions())


def _starts_object(lower: list[str], i: int) -> bool:
    """Whether what begins at `i` can follow a verb: an object, a place, a purpose, or the end."""
    return i >= len(lower) or lower[i] in determiners() | prepositions() | {"how", "what", ",", "and"}


def _with_deed(clause: Clause, verb: _Verb, tokens: list[str]) -> Clause:
    """The clause with what its predicate says."""
    words = lexicon()
    rest = tokens[verb.position + verb.length :]
    if not verb.base:
        if rest and (base := words.by_ing.get(rest[0].lower())):
            return _with_deed(clause, _Verb(verb.position, verb.length + 1, base), tokens)
        return replace(clause, state=_phrase(rest))
    wish = _wish(rest) if verb.base in words.wish_verbs and rest else None
    if wish is not None:
        return _with_deed(clause, wish, rest)
    done, goal = _split_purpose(verb.base, rest)
    following = _phrase(done)
    deed = f"{verb.base} {following}" if following else verb.base
    other = None if verb.base in ("become", "be", "have") else _object(done)
    return replace(clause, deed=deed, goal=goal, other=other)


def _wish(rest: list[str]) -> _Verb | None:
    """A wish: "wants to fly", "dreams of flying", "sets out to …": the wish's own verb among these words."""
    words = lexicon()
    offset = 2 if rest[0].lower() in ("out", "off") and len(rest) > 2 else 0  # noqa: PLR2004 (out, to, verb)
    offset = 1 if offset and rest[1].lower() == "to" else offset
    if offset + 1 >= len(rest):
        return None
    marker, following = rest[offset].lower(), rest[offset + 1].lower()
    if marker == "to" and following not in determiners():
        return _Verb(offset + 1, 1, following)
    if marker in ("of", "about") and following in words.by_ing:
        return _Verb(offset + 1, 1, words.by_ing[following])
    return None


def _split_purpose(verb: str, rest: list[str]) -> tuple[list[str], str | None]:
    """What is done, and what for: "… to find spring"."""
    words = lexicon()
    rest = _based(rest)
    lower = [token.lower() for token in rest]
    chained = words.wish_verbs | words.chained_verbs
    for i, token in enumerate(lower[:-1]):
        own = lower[i - 1] in chained if i else verb in words.chained_verbs
        own = own or verb in words.teaching_verbs
        if token == "to" and lower[i + 1] in words.base_verbs and not own:  # noqa: S105 (a word)
            return rest[:i], _phrase(rest[i + 1 :])
    return rest, None


def _based(rest: list[str]) -> list[str]:
    """Further verbs in the base form too: "finds a star and tries …" → "… and try …"."""
    by_s = lexicon().by_s
    return [
        by_s.get(token.lower(), token) if i and rest[i - 1].lower() in ("and", "then", "or") else token
        for i, token in enumerate(rest)
    ]


def _phrase(tokens: list[str]) -> str | None:
    """The words up to a natural end, at most fourteen."""
    punctuation = frozenset([",", ";", ":", "–", "—"])
    later = closed("phrase_ends")
    ends = (i for i, token in enumerate(tokens) if token in punctuation or (i > 1 and token.lower() in later))
    kept = tokens[: next(ends, len(tokens))]
    if len(kept) > _WORD_LIMIT:
        kept = kept[:_WORD_LIMIT]
        breaks = [i for i, token in enumerate(kept) if i > 2 and token.lower() in prepositions() | {"and"}]  # noqa: PLR2004
        kept = kept[: breaks[-1]] if breaks else kept
    unfinished = determiners() | prepositions() | closed("relatives") | {"and", "or"}
    while len(kept) > 1 and kept[-1].lower() in unfinished - {"up", "down", "over", "along", "around"}:
        kept = kept[:-1]
    return " ".join(kept) or None


def _object(rest: list[str]) -> Noun | None:
    """The noun phrase right after the verb, where an article or a number begins it."""
    openers = closed("articles", "numbers") - {"this", "that", "every", "each"}
    if not rest or rest[0].lower() not in openers:
        return None
    noun = noun_of(rest[: core_end(rest)])
    return noun if noun and len(noun.definite.split()) <= _REPEATED_LIMIT else None


def _with_place(clause: Clause, before: list[str], after: list[str]) -> Clause:
    """The clause with the place named before or after its verb, or among its hero's or object's words."""
    found = _named_place(["", *after]) or _named_place(before) or _place_object(clause)
    if found is None:
        return clause
    place, at = found
    other = None if clause.other is not None and clause.other.head == place.head else clause.other
    return replace(clause, other=other, place=place, at=at)


def _named_place(tokens: list[str]) -> tuple[Noun, str] | None:
    """The first place behind a preposition."""
    for i, token in enumerate(tokens):
        if i and token.lower() in closed("being_at", "going_through"):
            found = _place_after(token.lower(), tokens[i + 1 :])
            if found is not None:
                return found
    return None


def _place_after(preposition: str, following: list[str]) -> tuple[Noun, str] | None:
    """The place that these words name, and being there; None where they name a time or somebody."""
    words = lexicon()
    written = [pairs("planets").get(token.lower(), token) for token in following[: core_end(following)]]
    place = noun_of(written)
    if place is None or place.head in closed("moments") or len(place.definite.split()) > _REPEATED_LIMIT:
        return None
    usual = words.place_preposition(place.head)
    bare = written[0].lower() not in determiners()
    if usual is None:
        spoken_of = place.named or (not bare and preposition in _INDOORS)
        if not spoken_of or words.is_character(place.head) or place.head.isdigit():
            return None
    if bare and not place.named:  # "on Mars", "in space": as it was written
        name = " ".join(written)
        place = Noun(name, name, name, place.head, "one", named=True)
    here = preposition if preposition in closed("being_at") - {"by"} else usual or "in"
    return place, f"{here} {place.definite}"


def _place_object(clause: Clause) -> tuple[Noun, str] | None:
    """As in "crosses a snowy forest", "a lighthouse keeper": a place among the deed's or hero's own words."""
    words = lexicon()
    if clause.other is not None and (usual := words.place_preposition(clause.other.head)):
        return clause.other, f"{usual} {clause.other.definite}"
    described = clause.hero.definite.lower().split()
    for word in described if "of" in described else described[:-1]:
        usual = words.place_preposition(word)
        if usual and word not in closed("not_places"):
            return Noun(f"a {word}", f"the {word}", f"the {word}", word, "one"), f"{usual} the {word}"
    return None
