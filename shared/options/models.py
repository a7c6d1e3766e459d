"""What a client builds its form from."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from shared.api_models import Amount, Answer, ApiModel


class Choice(ApiModel):
    """One value that can be sent, and what people call it."""

    value: str
    label: str


class Choices(ApiModel):
    """The values of a field, in the order in which a form shows them."""

    default: str
    values: list[Choice]


class Span(ApiModel):
    """What a number can be. `default` is null where there is none."""

    min: float
    max: float
    default: float | None = None


class PriceLine(ApiModel):
    """One line of a provider's price list."""

    usd: Amount
    per: str = Field(description="second, picture, thousand characters, million input tokens …")
    quality: str | None


class ClipOptions(ApiModel):
    """What a clip model takes."""

    ratios: list[str]
    durations: Span = Field(description="Seconds; a scene takes the shortest clip that covers it")
    exact_durations: list[float] | None = Field(description="The only ones, where there are few; null: any")
    prompt_characters: int
    last_frame: bool = Field(description="Whether a clip can be given the picture that it ends with")


class ModelOptions(ApiModel):
    """A model."""

    maker: str = Field(description="provider/model")
    provider: str
    available: bool = Field(description="Whether this deployment can use it: its key is there")
    ends_on: date | None = Field(description="From then on it is refused")
    prices: list[PriceLine] = Field(description="Nothing: it is free")
    clips: ClipOptions | None = None
    voices: list[str] | None = Field(default=None, description="The first is the default")


class KindOptions(ApiModel):
    """Who makes one kind of piece."""

    default: str | None = Field(description="Who makes it here, as provider/model; null: nobody can")
    draft: str = Field(description="Who makes it in a draft")
    models: list[ModelOptions]


class ProviderOptions(ApiModel):
    """A provider, and whether this deployment has its key."""

    name: str
    label: str
    available: bool


class Limits(ApiModel):
    """What a request can be."""

    frame_count: Span
    duration: Span = Field(description="Seconds")
    scene_duration: Span = Field(description="Seconds: duration divided by frameCount")
    wait: Span = Field(description="Seconds that ?wait= holds a request")
    prompt_characters: int
    reference_image_base64_characters: int
    reference_images: int = Field(description="images of one POST /api/public/…, as references")
    body_bytes: int
    upload_image_bytes: int
    upload_video_bytes: int
    upload_part_bytes: int = Field(description="What is larger comes in parts of this size")
    merge_clips: int = Field(description="Clips of one POST /api/merge_video_clips")
    session_jobs: int = Field(description="Videos and pieces of one session")
    merge_seconds: int = Field(description="All of them together")
    videos_per_page: Span


class Options(ApiModel):
    """Everything that can be chosen."""

    styles: Choices
    moods: Choices
    ratios: Choices
    captions: Choices
    stop_after: Choices
    providers: list[ProviderOptions]
    story: KindOptions
    frame: KindOptions
    clip: KindOptions
    narration: KindOptions
    limits: Limits
    price_list_date: date


class OptionsAnswer(Answer):
    """Everything that can be chosen, with limits and prices."""

    options: Options
