from __future__ import annotations

from shared.videos import makers
from shared.videos.models import Makers

DRAFT = Makers(
    story="draft/outline-1", frame="draft/storyboard-1", clip="draft/camera-1", narration="draft/voice-1"
)


def test_a_draft_is_made_without_a_look_at_the_providers_keys() -> None:
    # There is no environment that would say where they are.
    assert makers.clip_maker(DRAFT).provider == "draft"
    assert makers.narrator(DRAFT).provider == "draft"
