"""What the API takes and gives of uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from shared.api_models import Answer, ApiModel
from shared.library.links import ExpiresIn
from shared.media_sessions.names import SessionBody
from shared.storage import URL_SECONDS

MAX_IMAGE_BYTES = 20 * 1024**2
MAX_VIDEO_BYTES = 1024**3

UploadKind: TypeAlias = Literal["image", "video", "final_video"]
UploadMethod: TypeAlias = Literal["inline", "post", "multipart"]
UploadState: TypeAlias = Literal["open", "complete", "refused", "aborted", "expired"]
FileName: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class _Upload(SessionBody):
    file_name: FileName | None = Field(default=None, description="Yours; it is kept, and means nothing")
    expires_in: ExpiresIn = URL_SECONDS


class UploadImage(_Upload):
    """The body of POST /api/upload_image: the picture itself, or what is going to come."""

    image: str | None = Field(default=None, description="base64, or a data: URI; up to 3.4 MB of picture")
    content_type: Literal["image/png", "image/jpeg", "image/webp"] | None = None
    size_bytes: int | None = Field(default=None, ge=1, le=MAX_IMAGE_BYTES)

    @model_validator(mode="after")
    def _one(self) -> UploadImage:
        announced = self.content_type is not None and self.size_bytes is not None
        if (self.image is None) != announced:
            raise ValueError("Send either image, or contentType and sizeBytes.")
        return self


class UploadVideo(_Upload):
    """The body of POST /api/upload_video and /api/upload_final_video."""

    content_type: Literal["video/mp4", "video/quicktime"]
    size_bytes: int = Field(ge=1, le=MAX_VIDEO_BYTES)


class LinkTime(ApiModel):
    """The query of a request whose answer has links."""

    expires_in: ExpiresIn = URL_SECONDS


class FormAddress(ApiModel):
    """Where to send a form of these fields, and then the file, as `file`."""

    url: str
    fields: dict[str, str]


class PartAddress(ApiModel):
    """Where to PUT one part, of exactly this size."""

    part_number: int
    size_bytes: int
    url: str


class UploadError(ApiModel):
    """Why a file was refused. It is deleted."""

    code: str
    message: str


class UploadView(Answer):
    """An upload: how to go on with it while it is open, and what it is once it is complete."""

    upload_id: UUID
    user_id: UUID
    request_id: str
    kind: UploadKind
    method: UploadMethod
    state: UploadState
    file_name: str | None
    content_type: str
    size_bytes: int
    expires_at: datetime = Field(description="When an upload that is not complete is thrown away")
    form: FormAddress | None = Field(default=None, description="method post, while it is open")
    part_size: int | None = Field(
        default=None, description="method multipart: bytes of all parts but the last"
    )
    part_count: int | None = None
    uploaded_parts: list[int] | None = Field(default=None, description="The numbers of those that are there")
    parts: list[PartAddress] | None = Field(
        default=None, description="Where the others go; opens for an hour"
    )
    s3_key: str | None = None
    image_url: str | None = None
    video_url: str | None = None
    proxy_url: str | None = None
    expires_in: int | None = Field(default=None, description="Seconds that proxyUrl opens for")
    url_expires_in: int | None = Field(
        default=None, description="Seconds that imageUrl or videoUrl opens for: 21600 (six hours) at the most"
    )
    width: int | None = None
    height: int | None = None
    duration: float | None = Field(default=None, description="Seconds, where the file says it")
    error: UploadError | None = None
