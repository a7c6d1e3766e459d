"""What the API takes and gives of videos."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from shared.api_models import Amount, Answer, ApiModel
from shared.errors import Cap
from shared.media.formats import CUT_FORMATS
from shared.media_sessions.names import SessionBody
from shared.stories.looks import moods, styles

MAX_SCENES = 20
MAX_DURATION_SECONDS = 120
MAX_CUT_SECONDS = 600
MAX_CUT_CLIPS = 60
"""Both of clips that exist already and are only merged."""
MAX_REFERENCES = 16
"""Pictures that a video's frames are kept alike to: as many as the painter takes that takes most."""
MAX_SESSION_JOBS = 1000
"""Videos and pieces of one session: its row in the library is read off all of them when one changes."""
SHORTEST_SCENE_SECONDS = 2
LONGEST_SCENE_SECONDS = 10
MAX_REFERENCE_BASE64 = 4_500_000

STANDARD_RATIOS = {
    "16:9": "1280:720",
    "9:16": "720:1280",
    "4:3": "1104:832",
    "3:4": "832:1104",
    "1:1": "960:960",
    "21:9": "1584:672",
}
"""The usual names of our ratios."""

VideoState: TypeAlias = Literal[
    "queued",
    "running",
    "stopped",
    "succeeded",
    "failed",
    "cancelled",
    "needs_budget",
    "needs_credit",
    "needs_key",
]
"""`stopped` and those that need something go on with a render; nothing that was made is lost."""
ACTIVE_STATES: frozenset[VideoState] = frozenset({"queued", "running"})
StopAfter: TypeAlias = Literal["story", "frames", "clips", "final"]
Stage: TypeAlias = Literal["story", "frames", "clips", "merge", "done"]
PieceState: TypeAlias = Literal["waiting", "working", "done", "failed", "off"]
PieceKind: TypeAlias = Literal["story", "frame", "clip", "cut"]
"""What can be asked for alone. It is a small video of its own."""
Captions: TypeAlias = Literal["off", "soft", "burned"]


def _known(names: dict[str, object], what: str, value: str) -> str:
    name = value.strip().lower()
    if name not in names:
        raise ValueError(f"There is no {what} '{value[:50]}'. Choose one of: {', '.join(names)}.")
    return name


def known_ratio(value: str) -> str:
    """A ratio of ours, in pixels, by that or by its usual name. Raises ValueError for any other."""
    ratio = STANDARD_RATIOS.get(value.strip(), value.strip())
    if ratio not in CUT_FORMATS:
        names = ", ".join([*STANDARD_RATIOS, *CUT_FORMATS])
        raise ValueError(f"'{value[:20]}' is not a ratio that can be made. Choose one of: {names}.")
    return ratio


Style: TypeAlias = Annotated[str, BeforeValidator(lambda value: _known({**styles()}, "style", str(value)))]
Mood: TypeAlias = Annotated[str, BeforeValidator(lambda value: _known({**moods()}, "mood", str(value)))]
Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class VideoRequest(ApiModel):
    """What a video is to be."""

    prompt: Text = Field(
        description="What the video is about", examples=["A lighthouse keeper finds a lost whale"]
    )
    frame_count: int = Field(default=6, ge=1, le=MAX_CUT_CLIPS, description="How many scenes")
    duration: int = Field(default=30, ge=1, le=MAX_CUT_SECONDS, description="Seconds in all")
    style: Style = Field(default="cinematic", description="See /api/docs for the names")
    mood: Mood = "warm"
    aspect_ratio: str = Field(
        default="1280:720", description="In pixels, or by its usual name: 16:9, 9:16, 1:1 …"
    )
    narration: bool = Field(default=True, description="Whether a voice tells the story")
    voice: str | None = Field(
        default=None, max_length=100, description="The narrator; the provider's default if left out"
    )
    captions: Captions = Field(
        default="soft", description="A track to switch on, drawn into the picture, or none"
    )
    stop_after: StopAfter = Field(default="final", description="The last stage to make")
    draft: bool = Field(default=False, description="An animatic, free of charge, even where there are keys")

    @field_validator("aspect_ratio")
    @classmethod
    def _ratio(cls, value: str) -> str:
        return known_ratio(value)


class CreateVideo(VideoRequest, SessionBody):
    """The body of POST /api/videos."""

    frame_count: int = Field(default=6, ge=1, le=MAX_SCENES, description="How many scenes")
    duration: int = Field(default=30, ge=2, le=MAX_DURATION_SECONDS, description="Seconds in all")
    reference_image: str | None = Field(
        default=None,
        max_length=MAX_REFERENCE_BASE64,
        description="A PNG, JPEG or WebP in base64, or as a data: URI, that all frames are kept alike to",
    )

    max_cost_usd: Decimal | None = Field(
        default=None, ge=0, le=100_000, decimal_places=2, description="A cap that no call may pass, in US$"
    )

    webhook_url: str | None = Field(
        default=None,
        max_length=2048,
        description="Told when this video comes to an end, beside your webhooks; https, at a public address. "
        "Signed with the secret of POST /api/webhooks/job-secret/rotate",
    )

    @model_validator(mode="after")
    def _scene_length(self) -> CreateVideo:
        length = self.duration / self.frame_count
        if not SHORTEST_SCENE_SECONDS <= length <= LONGEST_SCENE_SECONDS:
            raise ValueError(
                f"{self.frame_count} scenes in {self.duration} s are {length:.1f} s each. "
                f"A scene lasts {SHORTEST_SCENE_SECONDS} to {LONGEST_SCENE_SECONDS} s: "
                "change duration or frameCount."
            )
        return self

    def kept(self) -> VideoRequest:
        """The request as it is kept in the database: the rest has places of its own."""
        return VideoRequest.model_validate(self.model_dump(include=set(VideoRequest.model_fields)))


class Makers(ApiModel):
    """Who makes what, as `provider/model`: settled when the video is created."""

    story: str
    frame: str
    clip: str
    narration: str
    fallbacks: dict[str, str] = Field(
        default_factory=dict, description="Who steps in for a maker that stays down, by kind"
    )

    @property
    def draft(self) -> bool:
        """Whether any part is a draft."""
        return any(each.startswith("draft/") for each in (self.story, self.frame, self.clip, self.narration))


class WaitQuery(ApiModel):
    """The query of a request that may wait for the work."""

    wait: int = Field(default=0, ge=0, le=25, description="Seconds to wait for a final state at the most")


class ListQuery(ApiModel):
    """The query of a list."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200, description="nextCursor of the page before")


class VideoError(ApiModel):
    """Why a video or a scene could not be made."""

    code: str
    message: str
    scene: int | None = None
    cap: Cap | None = Field(default=None, description="Whose cap on spending the next call would pass")


GAVE_UP = "gave_up"
"""The code of a video that was taken up again too often."""

_STATES_AFTER: dict[str, VideoState] = {
    "over_budget": "needs_budget",
    "out_of_credit": "needs_credit",
    "provider_key_missing": "needs_key",
    "provider_key_refused": "needs_key",
}


def state_after(error: VideoError) -> VideoState:
    """The state that an error leaves a video in: lack of money or of a key is no failure."""
    return _STATES_AFTER.get(error.code, "failed")


class Waiting(ApiModel):
    """What a piece waits for: its turn, the provider's next day, or a provider that is down or busy."""

    reason: Literal["turn", "daily_limit", "provider"]
    until: datetime | None = Field(default=None, description="When it can go on, where that is known")


class Needs(ApiModel):
    """What a video lacks to go on, and how to give it that. Everything that was made is kept."""

    what: Literal["budget", "credit", "key"] = Field(
        description="Of a cap on spending, at the provider, or for the provider"
    )
    cap: Cap | None = Field(default=None, description="The video's, yours of the month, or the deployment's")
    how: str


class PieceView(ApiModel):
    """One thing of a scene: how far it is, and where it can be seen."""

    state: PieceState
    url: str | None = None
    waiting: Waiting | None = None


class NarrationView(PieceView):
    """What the narrator says in a scene."""

    text: str


class SceneView(ApiModel):
    """One scene."""

    number: int
    title: str
    description: str
    prompt: str
    motion: str
    starts_at: float = Field(description="Seconds from the video's start")
    duration: float = Field(description="Seconds")
    frame: PieceView
    clip: PieceView
    narration: NarrationView
    error: VideoError | None


class FinalView(ApiModel):
    """The finished video. The URLs expire; ask again for new ones."""

    video_url: str
    poster_url: str | None
    preview_url: str | None
    captions_url: str | None
    width: int
    height: int
    duration: float = Field(description="Seconds")
    size_bytes: int
    expires_in: int = Field(description="Seconds for which the URLs open")


class Cost(ApiModel):
    """What the providers' calls cost, in US$, and the cap that none may pass."""

    estimated: Amount
    actual: Amount
    cap: Amount | None


class VideoSummary(ApiModel):
    """A video, in a list."""

    id: UUID
    state: VideoState
    stage: Stage = Field(
        description="The stage that is being made. In a video that does not run: the one that comes next"
    )
    prompt: str
    title: str | None
    draft: bool
    poster_url: str | None
    created_at: datetime
    finished_at: datetime | None


class VideoView(VideoSummary):
    """A video, whole."""

    request: VideoRequest
    makers: Makers
    overview: str | None
    note: str | None = Field(description="What a viewer should know of how it was made")
    scenes: list[SceneView]
    final: FinalView | None
    error: VideoError | None
    needs: Needs | None = Field(description="Set in the states needs_budget, needs_credit and needs_key")
    waiting: Waiting | None = Field(description="What the story waits for, while there is none")
    cost_usd: Cost


class VideoAnswer(Answer):
    """One video."""

    video: VideoView


class VideoList(Answer):
    """A page of videos, newest first."""

    items: list[VideoSummary]
    next_cursor: str | None


class VideoDeleted(Answer):
    """What is gone."""

    id: UUID
    deleted_objects: int
