"""What the API takes and gives where a video is changed, quoted or looked back on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from shared.api_models import Amount, Answer, ApiModel
from shared.videos.models import (
    LONGEST_SCENE_SECONDS,
    MAX_SCENES,
    SHORTEST_SCENE_SECONDS,
    StopAfter,
    Style,
    VideoView,
    WaitQuery,
)

Piece: TypeAlias = Literal["frame", "clip", "narration"]
Words: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Usd: TypeAlias = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)]
SceneSeconds: TypeAlias = Annotated[float, Field(ge=SHORTEST_SCENE_SECONDS, le=LONGEST_SCENE_SECONDS)]


class ChangeScene(ApiModel):
    """The body of PATCH …/scenes/{n}: what is left out stays as it is."""

    title: Words | None = None
    description: Words | None = None
    prompt: Words | None = None
    motion: Words | None = None
    narration: Words | None = None
    style: Style | None = Field(default=None, description="null: the video's own")
    duration: SceneSeconds | None = Field(default=None, description="Seconds")

    @model_validator(mode="after")
    def _something(self) -> ChangeScene:
        if not self.model_fields_set:
            raise ValueError("Name at least one thing to change.")
        empty = [name for name in self.model_fields_set - {"style"} if getattr(self, name) is None]
        if empty:
            raise ValueError(f"{empty[0]} cannot be null.")
        return self

    def columns(self) -> dict[str, Any]:
        """The changed columns of video_scenes."""
        fields = self.model_dump(include=self.model_fields_set)
        if "duration" in fields:
            fields["duration_ms"] = round(fields.pop("duration") * 1000)
        return fields


class NewScene(ApiModel):
    """The body of POST …/scenes."""

    number: int | None = Field(default=None, ge=1, le=MAX_SCENES, description="Its place; left out: the last")
    title: Words
    prompt: Words
    narration: Words
    description: Words | None = Field(default=None, description="The prompt, if left out")
    motion: Words = "Slow push in."
    style: Style | None = None
    duration: SceneSeconds = Field(default=5.0, description="Seconds")


class SceneOrder(ApiModel):
    """The body of PUT …/scenes/order."""

    order: tuple[int, ...] = Field(min_length=1, max_length=MAX_SCENES, description="Today's numbers, anew")


class Retake(ApiModel):
    """The body of POST …/retake."""

    piece: Piece = "clip"


class SceneUpload(ApiModel):
    """The body of PUT …/frame and PUT …/clip: the file itself, or a complete upload."""

    content: str | None = Field(default=None, description="base64, or a data: URI; up to 3.4 MB of file")
    upload_id: UUID | None = Field(
        default=None, description="Of POST /api/upload_image or /api/upload_video, once it is complete"
    )

    @model_validator(mode="after")
    def _one(self) -> SceneUpload:
        if (self.content is None) == (self.upload_id is None):
            raise ValueError("Send either content or uploadId.")
        return self


class RenderVideo(ApiModel):
    """The body of POST …/render: what is left out stays as it is."""

    stop_after: StopAfter | None = None
    draft: bool | None = Field(default=None, description="false: with the real providers; true: as a draft")
    max_cost_usd: Usd | None = Field(default=None, description="A new cap for the whole video")


class DryRunQuery(ApiModel):
    """The query of a request that may only be quoted."""

    dry_run: bool = Field(default=False, description="Only say what would be made, and what it costs")


class CreateQuery(WaitQuery, DryRunQuery):
    """The query of POST /api/videos."""


class PlannedCallView(ApiModel):
    """One call that would be paid."""

    kind: str
    scene: int | None
    maker: str
    cost_usd: Amount
    credits: Amount


class PlanTotal(ApiModel):
    """The calls of one kind."""

    count: int
    cost_usd: Amount
    credits: Amount


class PlanView(ApiModel):
    """What a render would make. What is made already costs nothing and is not named."""

    calls: list[PlannedCallView]
    by_kind: dict[str, PlanTotal]
    cost_usd: Amount
    credits: Amount
    price_list_date: date


class PlanAnswer(Answer):
    """A plan."""

    plan: PlanView


class RenderAnswer(Answer):
    """A render: the video where it was begun, and the plan that it was begun with."""

    video: VideoView | None
    plan: PlanView


class TakeView(ApiModel):
    """One take of a scene."""

    take: int
    piece: Piece
    maker: str = Field(description="provider/model, or upload")
    used: bool
    url: str
    created_at: datetime


class TakeList(Answer):
    """Every take of a scene, oldest first."""

    items: list[TakeView]


class CallView(ApiModel):
    """One provider call, as the ledger has it."""

    id: UUID
    kind: str
    scene: int | None
    provider: str
    model: str
    state: Literal["intended", "submitted", "succeeded", "failed", "lost"]
    task_id: str | None
    estimated_cost_usd: Amount
    actual_cost_usd: Amount | None
    error: dict[str, str] | None
    recipe: dict[str, Any] | None
    intended_at: datetime
    submitted_at: datetime | None
    running_at: datetime | None
    ended_at: datetime | None = Field(
        description="When the provider had finished. What it made is fetched, and not asked for again."
    )
    finished_at: datetime | None
    lost_at: datetime | None = Field(
        description="When it was given up for lost. Set where it answered all the same, and was kept."
    )


class HistoryQuery(ApiModel):
    """The query of GET …/history."""

    limit: int = Field(default=200, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=200, description="nextCursor of the page before")


class HistoryAnswer(Answer):
    """A page of a video's provider calls, oldest first. The sums are those of all of them."""

    items: list[CallView]
    next_cursor: str | None
    calls: int = Field(description="How many there are in all")
    estimated_cost_usd: Amount
    actual_cost_usd: Amount
    lost: int = Field(description="Calls whose answer never came: they may have been paid")


class Budget(Answer):
    """The caller's spending this month (UTC)."""

    spent_usd: Amount
    monthly_cap_usd: Amount | None


class ChangeBudget(ApiModel):
    """The body of PUT /api/budget."""

    monthly_cap_usd: Usd | None = Field(description="null: no cap")
