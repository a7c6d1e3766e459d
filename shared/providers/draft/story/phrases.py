"""How people ask for videos: the patterns that tell a prompt's kind and free its subject of the asking.

All are matched against at most a few hundred characters.
"""

from __future__ import annotations

import re

_MAKE = "make|create|generate|produce|write|tell|show|film|give|animate|render|craft|do|have|see"
_DRAW = (
    "make|create|generate|produce|write|film|animate|render|draw|imagine|picture|visuali[sz]e|depict|"
    "illustrate|show"
)
_POLITE = (
    r"can you |could you |would you |i(?:'d| would) like (?:you )?(?:to )?|i want (?:you )?(?:to )?|i need |"
    r"let's |help me "
)
_SORTS = (
    r"short|brief|quick|little|simple|animated|cinematic|fun|beautiful|cute|epic|nice|cool|educational|"
    r"\d+[- ]?(?:second|minute|s|min)"
)
_VIDEO = (
    r"(?:videos?|films?|movies?|clips?|stor(?:y|ies)|tales?|shorts?|animations?|reels?|trailers?|"
    r"documentar(?:y|ies)|scenes?|short films?|music videos?|explainers?|explainer videos?|tutorials?|"
    r"bedtime stor(?:y|ies)|fairy tales?|vlogs?|slideshows?|montages?|visuals?)"
)
_ABOUT = "about|of|on|for|where|in which|that shows|that explains|showing|explaining|featuring|with|[:,–—-]"
_WH = "how|why|what|when|where|who"
_AUXILIARY = "do|does|did|can|could|should|would|will|is|are|was|were|am"
_ADVERTS = (
    "launch|promo|promotional|product|marketing|brand|teaser|ad|advert|advertisement|commercial|explainer ad|"
    "sales|pitch"
)
_BUSINESS = (
    "startup|company|app|service|product|platform|team|brand|tool|software|shop|store|website|business|studio|"
    "agency|restaurant|bakery|cafe|café|course|podcast"
)
_GUIDES = "introduction|guide|intro|beginner'?s guide|tour|tutorial|lesson"
_ASPECTS = (
    "science|basics|benefits|importance|art|magic|power|beauty|wonders?|secrets?|psychology|physics|anatomy|"
    "life ?cycle|future|meaning|economics|mathematics"
)
_LISTS = "tips|ways|facts|reasons|steps|tricks|ideas|things|benefits"
_HISTORIES = "history|evolution|origins?|rise|invention|birth|timeline|past"
_VIEWS = "time-?lapse|shot|view|footage|close-?up|glimpse|panorama|picture|image|portrait"


def _compiled(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.IGNORECASE)


ASKING = _compiled(
    rf"^(?:hi|hello|hey)?[,! ]*(?:please )?(?:{_POLITE})?(?:please )?(?:{_MAKE})?(?: me| us)? ?",
    rf"(?:an? |the |some )?(?:(?:{_SORTS})s? )*{_VIDEO} ?(?:{_ABOUT})\s*",
)
"""As in "please make me a short video about …"."""

VERB_OF_ASKING = _compiled(rf"^(?:please )?(?:can you |could you )?(?:{_MAKE})(?: me| us)? ")
BARE_ASKING = _compiled(
    rf"^(?:please )?(?:{_DRAW})(?: me| us)? (?=(?:a|an|the|some|two|three|how|why|what)\b)"
)
"""As in "create a …", without saying that it is a video."""

KIND_OF_VIDEO = _compiled(rf"^(?:an? |the |my |our )?(?:[\w'-]+ ){{0,4}}?{_VIDEO}(?: about| on|:| -| –)\s+")
"""As in "motivational video about …" and "travel vlog: …"."""

VIEW_OF = _compiled(rf"^(?:an? |the )?(?:[\w-]+ )?(?:{_VIEWS}) of ")
LENGTH = _compiled(
    r"[,;]? ?\b(?:in|within|under|in under|in less than|for) (?:about |just |only )?",
    r"(?:\d+|a|one|two|three|five|ten|thirty|sixty)[- ]?(?:seconds?|secs?|s|minutes?|mins?|scenes?)\b",
)
LOOK = _compiled(r",? (?:in (?:the )?(?:style|manner) of .*|in (?:an? )?\w+ style|\b4k\b.*|\bultra hd\b.*)$")
PRODUCT = _compiled(
    rf"^(?:an? |the |our |my )?(?:\w+ ){{0,3}}?(?:{_ADVERTS})\b",
    r"(?: (?:video|film|clip|spot|campaign|trailer|demo|ad))? (?:for|about|of|on|introducing)[: ]+",
    r"(?P<topic>.+)$",
)
INTRODUCING = _compiled(
    r"^(?:introducing|meet|say hello to|presenting|announcing|promote|advertise|launch(?:ing)?|sell(?:ing)?)",
    r"[: ]+(?P<topic>.+)$",
)
OURS = _compiled(rf"^(?:our|my) (?:\w+ )?(?:{_BUSINESS})\b")
HISTORY = _compiled(
    rf"^(?:an? |the )?(?:\w+ ){{0,2}}?(?:{_HISTORIES})(?: and (?:\w+ )?\w+)? of ",
    r"(?P<topic>.+)$",
)
QUESTION = _compiled(rf"^(?P<question>(?:{_WH})\b .+)$")
AUXILIARY_QUESTION = _compiled(rf"^(?:{_WH})(?:'s)? (?:{_AUXILIARY})\b")
"""As in "how do …": it can be asked, but not told."""

QUESTION_WORDS = _compiled(rf"^(?:{_WH})(?: (?:to \w+|{_AUXILIARY}))?(?= )")
EXPLAIN = _compiled(
    r"^(?:explain(?:ing)?|understand(?:ing)?|discover|learn about|all about|about|",
    rf"(?:an? |the )?(?:\w+ )?(?:{_GUIDES})s? (?:to|of|on|about)|(?:the )?(?:{_ASPECTS}) (?:of|behind)|",
    rf"(?:\d+|five|ten|three|seven|top \d+) (?:\w+ )?(?:{_LISTS}) (?:about|to|for|of|on|why)) (?P<topic>.+)$",
)
EXPLAINED = _compiled(r" (?:explained|101|for beginners|made simple|in a nutshell)$")
STORY_OF = _compiled(
    r"^(?:an? |the )?(?:\w+ ){0,2}?(?:story|tale|legend|adventures?|journey|life|day in the life) ",
    r"(?:of|about) (?P<rest>.+)$",
)
ONCE = _compiled(
    r"^(?:once upon a time,? |one day,? |long ago,? )?",
    r"(?:there (?:was|were|lived|once was|once lived|is) )?",
)
SETTING_FIRST = _compiled(
    r"^(?:deep )?(?:in|on|at|after|during|under|inside|one|every|when)\b[^,]{3,70}, ",
    r"(?=(?:a|an|the|two|three|one)\b)",
)
"""As in "in a world without colour, a painter …"."""

IMPERATIVE = _compiled(r"^(?P<verb>[a-z]+) (?:a|an|the|your|some|better|more|good|great)\b")
"""As in "bake a cake", told as how to bake a cake."""
