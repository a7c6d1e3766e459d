"""What the API takes and gives of pieces: a story, a frame, a clip, a cut, each asked for alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shared.api_models import Answer, ApiModel
from shared.library.links import ExpiresIn, LinkTimes
from shared.media_sessions.names import SessionBody
from shared.storage import URL_SECONDS
from shared.videos.edits import Usd
from shared.videos.models import (
    LONGEST_SCENE_SECONDS,
    MAX_CUT_CLIPS,
    MAX_CUT_SECONDS,
    MAX_DURATION_SECONDS,
    MAX_REFERENCES,
    MAX_SCENES,
    SHORTEST_SCENE_SECONDS,
    Captions,
    CreateVideo,
    Mood,
    Style,
    Text,
    VideoState,
    known_ratio,
)

MAX_PICTURE_CHARACTERS = 5 * 1024 * 1024
MAX_ADDRESS_CHARACTERS = 4096
MAX_INDEX = 9999
LONGEST_WAIT_SECONDS = 25

Ratio: TypeAlias = Annotated[str, BeforeValidator(lambda value: known_ratio(str(value)))]
Index: TypeAlias = Annotated[int, Field(ge=0, le=MAX_INDEX)]
Total: TypeAlias = Annotated[int, Field(ge=1, le=MAX_INDEX + 1)]
Address: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_ADDRESS_CHARACTERS)
]
WebhookUrl: TypeAlias = Annotated[
    str | None,
    Field(
        max_length=2048,
        description="Told when this comes to an end, beside your webhooks; https, at a public address."
        " The same request again may name another as long as it is made. Signed with the secret of"
        " POST /api/webhooks/job-secret/rotate",
    ),
]
Take: TypeAlias = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        description="The same request in the same session is answered with what is there, or with what the"
        " provider failed at, and costs nothing; 2: another",
    ),
]
PictureSource: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_PICTURE_CHARACTERS)]
"""A picture in base64 or as a data: URI, or where it is: an address of ours, any public HTTPS one, an s3Key
or an uploadId."""
ImageRole: TypeAlias = Literal["reference", "frame"]
"""What pictures are to a video that is made of them."""


class PieceQuery(ApiModel):
    """The query of a request for a piece."""

    wait: int = Field(
        default=LONGEST_WAIT_SECONDS,
        ge=0,
        le=LONGEST_WAIT_SECONDS,
        description="Seconds to wait for it at the most",
    )


class JobQuery(ApiModel):
    """The query of GET /api/jobs/{jobId}."""

    wait: int = Field(default=0, ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds to wait at the most")
    expires_in: ExpiresIn = URL_SECONDS


class PieceRequest(SessionBody):
    """What every request for something that is made alone, or from a prompt, can say."""

    user_id: str | None = Field(default=None, max_length=100, description="Your own id, if you send one")
    draft: bool = Field(default=False, description="Drawn here, free of charge, even where there are keys")
    take: Take = 1
    max_cost_usd: Usd | None = Field(default=None, description="A cap that no call may pass, in US$")
    webhook_url: WebhookUrl = None
    expires_in: ExpiresIn = URL_SECONDS


class GenerateStory(PieceRequest):
    """The body of POST /api/generate_story."""

    prompt: Text = Field(description="What it is about", examples=["A lighthouse keeper finds a lost whale"])
    frame_count: int = Field(default=6, ge=1, le=MAX_SCENES, description="How many scenes")
    duration: int = Field(default=30, ge=1, le=MAX_CUT_SECONDS, description="Seconds in all")
    style: Style = "cinematic"
    mood: Mood = "warm"

    @model_validator(mode="after")
    def _a_second_each(self) -> GenerateStory:
        if self.duration < self.frame_count:
            raise ValueError("A scene lasts a second at least: raise duration or lower frameCount.")
        return self


class GenerateImage(PieceRequest):
    """The body of POST /api/generate_single_image."""

    prompt: Text = Field(description="What the picture shows")
    frame_index: Index = 0
    total_frames: Total = 1
    is_first_frame: bool = Field(
        default=False, description="It is what the session's other frames are kept alike to"
    )
    style: Style = "cinematic"
    mood: Mood = "warm"
    image: PictureSource | None = Field(
        default=None,
        description="A picture to keep it alike to, as base64, address, s3Key or uploadId; the session's"
        " first frame if left out. A draft keeps to the words alone",
    )
    frame_aspect_ratio: Ratio = Field(default="1280:720", description="In pixels, or 16:9, 9:16, 1:1 …")


class GenerateClip(PieceRequest):
    """The body of POST /api/generate_single_video_clip."""

    start_image: PictureSource = Field(
        description="Its first picture: an address, an s3Key, an uploadId or base64"
    )
    end_image: PictureSource | None = Field(
        default=None,
        description="Its last picture; refused for models that take none, which GET /api/options tells",
    )
    prompt: Text = Field(description="What moves, and how")
    clip_index: Index = 0
    total_clips: Total = 1
    frame_aspect_ratio: Ratio = Field(default="1280:720", description="In pixels, or 16:9, 9:16, 1:1 …")
    duration: int = Field(
        default=5, ge=SHORTEST_SCENE_SECONDS, le=LONGEST_SCENE_SECONDS, description="Seconds"
    )
    mood: Mood = "warm"


class ClipSource(ApiModel):
    """A clip to merge, by its key or its address. The answer that a clip came with will do as it is."""

    model_config = ConfigDict(extra="ignore")

    s3_key: Address | None = None
    video_url: Address | None = None
    proxy_url: Address | None = None
    url: Address | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value

    @property
    def place(self) -> str:
        """Its key, or else its address."""
        return self.s3_key or self.video_url or self.proxy_url or self.url or ""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """An object, or its place as text. For a union, an error would name its parts as pydantic does."""
        text = {"type": "string", "minLength": 1, "maxLength": MAX_ADDRESS_CHARACTERS}
        return {"anyOf": [handler(schema), text]}

    @model_validator(mode="after")
    def _one(self) -> ClipSource:
        if not self.place:
            raise ValueError("Name the clip by s3Key, videoUrl, proxyUrl or url.")
        return self


class MergeClips(PieceRequest):
    """The body of POST /api/merge_video_clips. Without clips: all of the session's, by their index."""

    model_config = ConfigDict(extra="ignore")

    clips: tuple[ClipSource, ...] = Field(
        default=(),
        max_length=MAX_CUT_CLIPS,
        description="s3Keys, uploadIds, addresses, or the clips' own answers",
    )
    clip_urls: tuple[Address, ...] = Field(
        default=(), max_length=MAX_CUT_CLIPS, description="The same, as addresses alone"
    )
    title: str = Field(default="", max_length=200)
    frame_aspect_ratio: Ratio | None = Field(default=None, description="The first clip's if left out")
    narrations: tuple[Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)], ...] = Field(
        default=(), max_length=MAX_CUT_CLIPS, description="What a voice says over each clip; '' for nothing"
    )
    voice: str | None = Field(default=None, max_length=100)
    captions: Captions = Field(default="soft", description="Of the narrations")

    @model_validator(mode="after")
    def _fitting(self) -> MergeClips:
        if self.clips and self.clip_urls:
            raise ValueError("Send either clips or clipUrls.")
        return self

    @property
    def places(self) -> list[str]:
        """The clips' keys and addresses; none where the session's own are meant."""
        return [*(each.place for each in self.clips), *self.clip_urls]


class PublicRequest(PieceRequest):
    """What a customer's server asks for from a prompt: frames, or a whole video."""

    prompt: Text = Field(description="What it is about", examples=["A lighthouse keeper finds a lost whale"])
    images: tuple[PictureSource, ...] = Field(
        default=(),
        max_length=MAX_SCENES,
        description="Pictures of yours, each an s3Key, an uploadId, an address or base64; imageRole says"
        f" what they are for. Of references {MAX_REFERENCES} at the most, of frames one for each scene",
    )
    image_role: ImageRole = Field(
        default="reference",
        description="`reference`: every frame is kept alike to all of them (a draft's to the words alone)."
        " `frame`: they are the frames of the first scenes, in order, as they are; further frames are drawn,"
        " and kept alike to the first. The story is written from the prompt: say there what they show",
    )
    frame_count: int = Field(default=6, ge=1, le=MAX_SCENES, description="How many scenes")
    duration: int = Field(default=30, ge=2, le=MAX_DURATION_SECONDS, description="Seconds in all")
    style: Style = "cinematic"
    mood: Mood = "warm"
    aspect_ratio: Ratio = Field(default="1280:720", description="In pixels, or 16:9, 9:16, 1:1 …")

    @model_validator(mode="after")
    def _possible(self) -> PublicRequest:
        most = MAX_REFERENCES if self.image_role == "reference" else self.frame_count
        if len(self.images) > most:
            raise ValueError(f"{len(self.images)} images of the role {self.image_role}: at most {most}.")
        self.order()
        return self

    def order(self) -> CreateVideo:
        """The video that is to be made, without its pictures."""
        shared = {"images", "image_role", "user_id", "take", "expires_in"}
        return CreateVideo.model_validate(self.model_dump(exclude=shared))


class GenerateImages(PublicRequest):
    """The body of POST /api/public/generate-images."""

    def order(self) -> CreateVideo:
        """The video that is to be made up to its frames."""
        return super().order().model_copy(update={"stop_after": "frames", "narration": False})


class GenerateVideo(PublicRequest):
    """The body of POST /api/public/generate-video."""

    narration: bool = Field(default=True, description="Whether a voice tells the story")
    voice: str | None = Field(default=None, max_length=100, description="The narrator")
    captions: Captions = "soft"


class JobAnswer(Answer):
    """Work that goes on. Ask again at `location`: once it is done, the answer there is what was asked for."""

    job_id: UUID
    request_id: str
    state: VideoState
    location: str


class Made(Answer):
    """What is said of everything that was made."""

    job_id: UUID
    request_id: str
    user_id: UUID
    draft: bool | None = Field(
        description="Whether it was drawn here, free of charge; null of a cut, whose clips show it themselves"
    )


class StoryFrame(ApiModel):
    """One scene of a story, as its clients know it."""

    frame_number: int = Field(alias="frame_number", description="From 1")
    timestamp: str = Field(description="When it begins, as minutes:seconds")
    description: str
    prompt: str = Field(description="What its picture shows: the prompt for generate_single_image")


class StoryText(ApiModel):
    """A story."""

    title: str
    overview: str
    scenes: list[StoryFrame]


class StoryMade(Made):
    """A story."""

    story: StoryText


class ImageMade(Made, LinkTimes):
    """A picture, and where it can be seen for a while."""

    image_url: str
    proxy_url: str
    s3_key: str
    frame_index: int
    total_frames: int


class ClipMade(Made, LinkTimes):
    """A clip, and where it can be seen for a while."""

    video_url: str
    proxy_url: str
    s3_key: str
    clip_index: int
    total_clips: int
    duration: float = Field(description="Seconds")
    frame_aspect_ratio: str


class FrameView(ApiModel):
    """One frame of several."""

    image_url: str
    proxy_url: str
    s3_key: str
    frame_index: int = Field(description="From 0")
    description: str
    prompt: str


class ImagesMade(Made, LinkTimes):
    """The frames of a story."""

    title: str
    overview: str
    images: list[FrameView]


class VideoMade(Made, LinkTimes):
    """A finished video, and where it can be seen for a while."""

    title: str
    video_url: str
    proxy_url: str
    s3_key: str
    poster_url: str | None
    preview_url: str | None
    captions_url: str | None
    width: int
    height: int
    duration: float = Field(description="Seconds")
    size_bytes: int


AnyMade: TypeAlias = StoryMade | ImageMade | ImagesMade | ClipMade | VideoMade
