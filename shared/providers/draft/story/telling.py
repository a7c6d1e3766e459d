"""Telling an idea as a story: beats for its scenes, words for its slots, and the sheet."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from shared.providers.draft.language import has_words
from shared.providers.draft.story import phrases
from shared.providers.draft.story.cast import Cast, cast
from shared.providers.draft.story.clause import parse_clause
from shared.providers.draft.story.idea import Idea, Kind, cut_at_word
from shared.providers.draft.story.lexicon import MoodWords, closed, mood_words, read_toml, told_form
from shared.providers.draft.story.narration import TELLING_SLOTS, Narration, fill, spoken_words
from shared.providers.draft.story.nouns import parse_noun
from shared.stories.models import Sheet, Story, StoryModel, StoryScene

MOST_SCENES = 20

_TITLE_LIMIT = 64
_TITLE_DEED_WORDS = 6
_MOOD_SHARE = 0.4  # of the scenes in the middle may have a sentence that is only about the mood
_SMALL = closed("small_words")
_NUMBERS: Sequence[str] = tuple(read_toml("lexicon.toml")["closed"]["counting"].split())
_KIND_WORDS: dict[Kind, str] = {
    "tale": "story", "scenery": "portrait", "explainer": "explanation", "history": "history",
    "product": "product film", "plain": "film",
}  # fmt: skip
_DEPARTURE, _MEETING = 4, 7  # ranks in beats/tale.toml
_BEATS_OF: dict[Kind, str] = {"plain": "scenery"}

# The day goes by with the story, unless the prompt or the beat itself says when it is.
_HOURS = ("soft dawn light", "clear morning light", "bright daylight", "late afternoon light", "golden hour")
_TOLD_TIME = re.compile(
    r"\b(night|midnight|dawn|dusk|sunrise|sunset|twilight|evening|morning|noon|daylight|golden hour|"
    r"golden light|blue hour|stars|moonlight|afternoon|lamplight|studio)\b",
    re.IGNORECASE,
)
_WEATHER = re.compile(
    r"\b(snow|snowy|winter|rain|rainy|storm|stormy|fog|foggy|mist|misty|autumn|spring|summer|blizzard)\b",
    re.IGNORECASE,
)


class Beat(StoryModel):
    """One step of a telling: its titles, sentences, picture and camera. Sentences may have slots."""

    rank: int
    telling: bool = False
    """Whether its sentence should name what the video is about, where one fits."""
    titles: tuple[str, ...]
    say: tuple[str, ...]
    more: tuple[str, ...]
    show: str
    happens: str
    move: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What is asked for besides the idea. `mood` is a mood's name; an unknown one counts as the default."""

    scene_count: int
    duration_ms: int
    mood: str


@cache
def beats(kind: Kind) -> tuple[Beat, ...]:
    """All beats of a kind, in the order of telling."""
    table = read_toml(f"beats/{_BEATS_OF.get(kind, kind)}.toml")["beats"]
    return TypeAdapter(tuple[Beat, ...]).validate_python(table)


def tell(idea: Idea, brief: Brief, dice: random.Random) -> Story:
    """The idea as a story of exactly `brief.scene_count` scenes (1–20)."""
    words = mood_words().get(brief.mood) or next(iter(mood_words().values()))
    people = cast(idea.clause, dice) if idea.kind == "tale" and idea.clause else None
    slots = _slots(idea, people, words)
    chosen = _chosen(idea, people, brief.scene_count)
    narration = Narration(brief.duration_ms / brief.scene_count, dice)
    scenes = [
        _scene(beat, position, chosen, narration, slots, words, idea, dice)
        for position, beat in enumerate(chosen)
    ]
    return Story(
        title=_title(idea, people),
        overview=_overview(idea, people, brief),
        sheet=_sheet(idea, people, words, dice),
        scenes=tuple(scenes),
    )


def _chosen(idea: Idea, people: Cast | None, count: int) -> list[Beat]:
    """The beats for this many scenes. Where a tale has two people, they meet before anyone sets out."""
    ranked = {beat.rank: beat for beat in beats(idea.kind)}
    if people is not None and people.met:
        ranked[_DEPARTURE], ranked[_MEETING] = ranked[_MEETING], ranked[_DEPARTURE]
    kept = {beat.rank for rank, beat in ranked.items() if rank <= count}
    return [beat for beat in beats(idea.kind) if beat.rank in kept]


def _scene(
    beat: Beat,
    position: int,
    chosen: list[Beat],
    narration: Narration,
    slots: dict[str, str],
    words: MoodWords,
    idea: Idea,
    dice: random.Random,
) -> StoryScene:
    """One beat as a scene."""
    first, last = position == 0, position == len(chosen) - 1
    slots = slots | {"how": dice.choice(words.how), "fine": dice.choice(words.fine)}
    title = dice.choice(beat.titles)
    mood_lines = words.opening if first else words.closing if last else words.middle
    if not first and not last and dice.random() > _MOOD_SHARE:
        mood_lines = ()
    say = beat.say
    if (
        first
        and idea.kind == "plain"
        and has_words(idea.text)
        and 0 < spoken_words(idea.text) <= narration.most
    ):
        say = (_sentence(idea.text).replace("{", "(").replace("}", ")"),)
    spoken = narration.choose(say, beat.more, mood_lines, slots, title=title, prefer=_prefer(beat, chosen))
    return StoryScene(
        title=title,
        description=_required(beat.happens, slots),
        prompt=_picture(_required(beat.show, slots), position / max(1, len(chosen) - 1), words, idea),
        motion=_required(beat.move, slots),
        narration=spoken,
    )


def _prefer(beat: Beat, chosen: list[Beat]) -> tuple[frozenset[str], ...]:
    """The slots that a scene's sentence should use, the most wanted first."""
    if not beat.telling:
        return ()
    return (frozenset(["wish" if len(chosen) == 1 else "state"]), TELLING_SLOTS)


def _picture(shown: str, progress: float, words: MoodWords, idea: Idea) -> str:
    """What the picture shows, with the hour, the weather and the mood's light."""
    parts = [shown]
    told = _TOLD_TIME.search(idea.text)
    if told and told[0].lower() not in shown.lower():
        parts.append(told[0].lower())
    elif not told and not _TOLD_TIME.search(shown):
        parts.append(_HOURS[round(progress * (len(_HOURS) - 1))])
    weather = _WEATHER.search(idea.text)
    if weather and weather[0].lower() not in shown.lower():
        parts.append(f"{weather[0].lower()} weather")
    return f"{', '.join(parts)}. {words.light[0].upper()}{words.light[1:]}."


def _slots(idea: Idea, people: Cast | None, words: MoodWords) -> dict[str, str]:
    """The words for the slots that this idea can fill."""
    slots = {"how": words.how[0], "fine": words.fine[0]}
    if people is not None:
        return slots | _tale_slots(people)
    if idea.kind != "plain":
        slots["view"] = _sentence(idea.text)[:-1]
    slots["view_low"] = _mid_sentence(idea) if has_words(idea.text) else "an open landscape"
    if idea.clause is not None and idea.clause.hero.count != "uncountable":
        slots["thing"] = idea.clause.hero.definite
    if idea.topic is not None:
        many = idea.clause is not None and idea.clause.hero.count == "many"
        slots |= {"topic": idea.topic, "ps": "" if many else "s"}
    if idea.kind == "explainer":
        slots["subject"] = idea.topic or _subject_of(idea.text)
        matter = idea.question or idea.topic
        if matter and not matter.startswith("how to "):
            slots["matter"] = matter
        slots["ask_line"] = idea.question or f"what is there to know about {slots['subject']}"
        if idea.question is not None:
            slots["question"] = idea.question
        elif idea.topic is None:
            slots["asked"] = idea.text
            slots["ask_line"] = idea.text
    return slots


def _tale_slots(people: Cast) -> dict[str, str]:
    hero, one = people.hero, people.hero.count != "many"
    pronoun = hero.pronoun
    slots = {
        "a_hero": hero.text,
        "hero": hero.definite,
        "h": hero.short,
        "they": pronoun,
        "them": {"they": "them", "she": "her", "he": "him", "it": "it"}[pronoun],
        "their": {"they": "their", "she": "her", "he": "his", "it": "its"}[pronoun],
        "was": "was" if one else "were",
        "s": "s" if one else "",
        "es": "es" if one else "",
        "wish": people.wish,
        "way": people.way or people.wish,
        "place": people.place,
        "at": people.at,
        "other_or_stranger": people.other.definite if people.other and people.met else "a stranger",
        "pair": f"{hero.definite} and {people.other.definite}" if people.other else hero.definite,
    }
    if people.state:
        slots["state"] = people.state
    if people.other is not None and people.met:
        slots |= {"other": people.other.definite, "a_other": people.other.text}
    else:
        slots["stranger"] = "a stranger"
    return slots


def _subject_of(question: str) -> str:
    """What a question is about: "how rainbows form" → "rainbows"."""
    rest = phrases.QUESTION_WORDS.sub("", question).strip()
    clause = parse_clause(rest)
    noun = clause.hero if clause and clause.deed else parse_noun(rest)
    text = noun.text if noun else rest
    tokens = text.split()
    unfinished = clause is None or clause.deed is None
    return (
        " ".join(tokens[:-1])
        if unfinished and len(tokens) > 1 and tokens[0] not in ("a", "an", "the")
        else text
    )


def _mid_sentence(idea: Idea) -> str:
    """The text as it stands in the middle of a sentence."""
    hero = idea.clause.hero if idea.clause else None
    if hero is not None and hero.named:
        return idea.text
    first, _, rest = idea.text.partition(" ")
    lowered = first if first.isupper() and len(first) > 1 else first[:1].lower() + first[1:]
    return f"{lowered} {rest}".strip() if idea.kind != "plain" else idea.text


def _title(idea: Idea, people: Cast | None) -> str:
    if idea.kind == "plain":
        return cut_at_word(idea.text, _TITLE_LIMIT) if has_words(idea.text) else "A Short Film"
    if people is not None:
        text = _tale_title(idea, people)
    elif idea.kind == "product":
        text = f"meet {idea.topic}"
    elif idea.kind == "explainer" and idea.topic:
        text = f"understanding {idea.topic}"
    elif idea.kind == "history":
        text = f"the story of {idea.topic}"
    else:
        text = idea.text
    title = title_case(cut_at_word(text, _TITLE_LIMIT))
    return f"{title}?" if idea.kind == "explainer" and not idea.topic and not idea.question else title


def _tale_title(idea: Idea, people: Cast) -> str:
    """As in "The Keeper and the Whale", "The Fox in the Forest" or "The Robot Who Learned to Paint"."""
    hero, clause = people.hero, idea.clause
    if people.other is not None:
        return f"{hero.definite} and {people.other.definite}"
    if (
        clause is not None
        and clause.place is not None
        and clause.place.head not in hero.definite.lower().split()
    ):
        return f"{hero.definite} {people.at}"
    if hero.named or clause is None:
        return idea.text if len(idea.text) <= _TITLE_LIMIT else hero.definite
    if people.state:
        return f"{hero.definite} who {'was' if hero.count != 'many' else 'were'} {people.state}"
    simple = clause.deed is not None and not {"is", "are", "has"} & set(clause.deed.split())
    if clause.deed and simple and len(clause.deed.split()) <= _TITLE_DEED_WORDS:
        verb, _, rest = clause.deed.partition(" ")
        return f"{hero.definite} who {told_form(verb)} {rest}".strip()
    return hero.definite


def title_case(text: str) -> str:
    """The text as a title: capitals, except for the small words inside."""
    words = text.split(" ")
    return " ".join(
        word
        if any(letter.isupper() for letter in word[1:]) or (0 < i < len(words) - 1 and word.lower() in _SMALL)
        else word[:1].upper() + word[1:]
        for i, word in enumerate(words)
    )


def _overview(idea: Idea, people: Cast | None, brief: Brief) -> str:
    count = _NUMBERS[brief.scene_count - 1]
    scenes = f"{count} scene{'s' if brief.scene_count > 1 else ''}"
    told = _sentence(idea.text)
    if idea.question is None and idea.kind == "explainer" and idea.topic is None:
        told = f"{told[:-1]}?"
    elif (
        people is not None
        and idea.clause is not None
        and idea.clause.deed is None
        and idea.clause.state is None
    ):
        wants = "wants" if people.hero.count != "many" else "want"
        told = f"The story of {people.hero.text}, who {wants} to {people.wish}."
    mood = brief.mood if brief.mood in mood_words() else next(iter(mood_words()))
    article = "An" if mood[0] in "aeiou" else "A"
    return f"{told} {article} {mood} {_KIND_WORDS[idea.kind]} in {scenes}."


def _sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "。", "！", "？")) else f"{text}."


def _sheet(idea: Idea, people: Cast | None, words: MoodWords, dice: random.Random) -> Sheet:
    fine = dice.choice(words.fine)
    if people is not None:
        setting = f"{people.place}, from dawn to evening"
    elif idea.clause is not None and idea.clause.place is not None:
        setting = f"{idea.clause.place.definite}, {fine} and full of detail"
    else:
        setting = {
            "product": "a bright home, the open air and a clean studio, in the present day",
            "history": "places along the way from long ago to the present day",
            "explainer": "clear, uncluttered places of everyday life, in daylight",
        }.get(idea.kind, f"one {fine} place, seen through a single day")
    weather = _WEATHER.search(idea.text)
    if weather and weather[0].lower() not in setting.lower():
        setting += f", {weather[0].lower()}"
    return Sheet(
        characters=people.characters if people else (),
        setting=setting[0].upper() + setting[1:],
        palette=dice.choice(words.palettes),
    )


def _required(template: str, slots: dict[str, str]) -> str:
    """The filled template. Every slot of a picture, a description and a move exists for its kind."""
    filled = fill(template, slots)
    return filled if filled is not None else template
