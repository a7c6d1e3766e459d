"""Who is in a tale, what they want, and where they are: an idea with its gaps filled."""

from __future__ import annotations

import random
from dataclasses import dataclass

from shared.providers.draft.story.clause import Clause
from shared.providers.draft.story.lexicon import closed, lexicon, pairs, singular
from shared.providers.draft.story.nouns import Noun, article
from shared.stories.models import Character

_ABOVE = frozenset(["sky", "night sky", "stars"])  # where nobody lives who only meets a star
_WATER_HOMES = frozenset(["sea", "pond", "lake"])


@dataclass(frozen=True, slots=True)
class Cast:
    """A tale's hero with a wish and a place; `way` is the deed that leads to the wish, if it is told."""

    hero: Noun
    wish: str
    way: str | None
    other: Noun | None
    state: str | None
    place: str
    at: str
    characters: tuple[Character, ...]
    met: bool
    """Whether `other` is somebody rather than something."""


def cast(clause: Clause, dice: random.Random) -> Cast:
    """The clause as a cast. What the prompt leaves open, the dice decide."""
    place, at = _place(clause, dice)
    wish = _wish(clause, dice)
    characters = [_character(clause.hero, dice, dressed=True)]
    other = clause.other
    met = other is not None and lexicon().is_character(other.head)
    if other is not None and met:
        characters.append(_character(other, dice, dressed=False))
    way = clause.deed if clause.goal and clause.deed and " " in clause.deed else None
    return Cast(clause.hero, wish, way, other, clause.state, place, at, tuple(characters), met)


def _wish(clause: Clause, dice: random.Random) -> str:
    if clause.goal:
        return clause.goal
    default = "find the way home" if clause.lost else dice.choice(lexicon().default_wishes)
    if clause.state:
        frightened = clause.state.lower().startswith(("afraid", "scared", "frightened", "shy"))
        return "be brave, just once" if frightened else default
    if clause.deed is None:
        return default
    verb, _, rest = clause.deed.partition(" ")
    mended = pairs("mended").get(verb)
    if mended:
        return mended.format(rest) if rest and len(rest.split()) <= 4 else default  # noqa: PLR2004
    return default if verb in closed("unwished") else clause.deed


def _place(clause: Clause, dice: random.Random) -> tuple[str, str]:
    """The place and being there."""
    if clause.place is not None and clause.at is not None:
        return clause.place.definite, clause.at
    words = lexicon()
    for noun in (clause.hero, clause.other):
        known = noun and (words.animals.get(noun.head) or words.animals.get(singular(noun.head)))
        if known and (noun is clause.hero or known[1] not in _ABOVE):
            home = known[1]
            break
    else:
        home = dice.choice(words.default_places)
    last = home.rsplit(" ", 1)[-1]
    preposition = "in" if home in _WATER_HOMES else words.place_preposition(last) or "in"
    return f"the {home}", f"{preposition} the {home}"


def _character(noun: Noun, dice: random.Random, *, dressed: bool) -> Character:
    """The noun with looks that every picture repeats."""
    words = lexicon()
    named = noun.text.split(" named ")[0] if noun.named else noun.text
    name = noun.definite if noun.named else noun.definite[0].upper() + noun.definite[1:]
    subject = named if not noun.named or " named " in noun.text else "a traveller"
    known = words.animals.get(noun.head) or words.animals.get(singular(noun.head))
    looks = words.looks
    colour, second = dice.sample(looks["colours"], 2)
    if known:
        extra = dice.choice((f"a {colour} scarf", f"a small {colour} ribbon", f"a {colour} neckerchief"))
        appearance = f"{subject} with {known[0]}" + (f", and {extra}" if dressed else "")
    elif (
        noun.head in words.people or singular(noun.head) in words.people or noun.named or noun.pronoun != "it"
    ):
        garment, extra = dice.choice(looks["garments"]), dice.choice(looks["extras"])
        face, hair = dice.choice(looks["faces"]), dice.choice(looks["hair"])
        worn = (
            f"{article(colour)} {colour} {garment}"
            if noun.count == "one"
            else f"{colour} and {second} clothes"
        )
        appearance = f"{subject} with {hair} and {face}, in {worn}, with {extra}"
    else:
        appearance = f"{subject} in {colour} and {second}, with a clear simple outline and one bright marking"
    return Character(name=name, appearance=appearance[0].upper() + appearance[1:])
