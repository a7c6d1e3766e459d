"""Runway: clips, and narrators."""

from __future__ import annotations

from datetime import date

from shared.providers.ports import ClipLimits
from shared.providers.prices import runway_clip_usd, runway_speech_usd
from shared.providers.provider import Kind, Price, Provider, sunsets

_GEN4_RATIOS = frozenset({"1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"})
_VEO_RATIOS = frozenset({"1280:720", "720:1280", "1920:1080", "1080:1920"})
_GEN4 = ClipLimits(_GEN4_RATIOS, durations_ms=range(2_000, 10_001, 1_000), prompt_utf16_units=1000)
_VEO = ClipLimits(_VEO_RATIOS, durations_ms=(4_000, 6_000, 8_000), prompt_utf16_units=1000, last_frame=True)
# fmt: off
_VOICES = (
    "Leslie", "Maya", "Arjun", "Serene", "Bernard", "Billy", "Mark", "Clint", "Mabel", "Chad",
    "Eleanor", "Elias", "Elliot", "Grungle", "Brodie", "Sandra", "Kirk", "Kylie", "Lara", "Lisa",
    "Malachi", "Marlene", "Martin", "Miriam", "Monster", "Paula", "Pip", "Rusty", "Ragnar", "Xylar",
    "Maggie", "Jack", "Katie", "Noah", "James", "Rina", "Ella", "Mariah", "Frank", "Claudia",
    "Niki", "Vincent", "Kendrick", "Myrna", "Tom", "Wanda", "Benjamin", "Kiana", "Rachel",
)
# fmt: on


def _prices(kind: Kind, model: str) -> tuple[Price, ...]:
    if kind == "clip":
        return (Price(runway_clip_usd(model, duration_ms=1000), "second"),)
    return (Price(runway_speech_usd(model, "x" * 1000), "thousand characters"),)


PROVIDER = Provider(
    name="runway",
    label="Runway",
    key_name="RUNWAYML_API_SECRET",
    base_url_name="RUNWAYML_BASE_URL",
    adapters={
        "clip": "shared.providers.runway.clips:RunwayClipMaker",
        "narration": "shared.providers.runway.speech:RunwayNarrator",
    },
    terms={
        "clip": "shared.providers.runway.terms:RunwayClipTerms",
        "narration": "shared.providers.runway.terms:RunwayNarratorTerms",
    },
    models={
        "clip": ("gen4_turbo", "gen4.5", "veo3.1_fast", "veo3.1"),
        "narration": ("eleven_multilingual_v2", "eleven_v3", "eleven_v4"),
    },
    # Runway gives no day for the two models that it took out of its SDK: the day given here is the one on
    # which they were found gone.
    sunsets={
        **sunsets(date(2026, 11, 20), "runway/gen4_turbo", "gen3a_turbo"),
        **sunsets(date(2026, 11, 20), "runway/veo3.1", "veo3"),
    },
    clip_limits={"gen4_turbo": _GEN4, "gen4.5": _GEN4, "veo3.1": _VEO, "veo3.1_fast": _VEO},
    voices=_VOICES,
    prices=_prices,
)
