"""The draft: everything, made here, free of charge and without a key."""

from __future__ import annotations

from shared.media.formats import CUT_FORMATS
from shared.providers.ports import ClipLimits
from shared.providers.provider import Provider

PROVIDER = Provider(
    name="draft",
    label="Draft",
    adapters={
        "story": "shared.providers.draft.stories:DraftStoryWriter",
        "frame": "shared.providers.draft.images:DraftImageMaker",
        "clip": "shared.providers.draft.clips:DraftClipMaker",
        "narration": "shared.providers.draft.speech:DraftNarrator",
    },
    terms={
        "story": "shared.providers.draft.terms:DraftStoryTerms",
        "frame": "shared.providers.draft.terms:DraftImageTerms",
        "clip": "shared.providers.draft.terms:DraftClipTerms",
        "narration": "shared.providers.draft.terms:DraftNarratorTerms",
    },
    models={
        "story": ("outline-1",),
        "frame": ("storyboard-1",),
        "clip": ("camera-1",),
        "narration": ("voice-1",),
    },
    # It moves its own pictures: any ratio of ours, any length to the millisecond.
    clip_limits={
        "camera-1": ClipLimits(
            frozenset(CUT_FORMATS), range(500, 20_001), prompt_utf16_units=1000, last_frame=True
        )
    },
    voices=("storyteller", "companion", "elder", "presenter", "child"),
)
