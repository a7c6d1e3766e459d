"""What the API takes and gives of stored media."""

from __future__ import annotations

from pydantic import Field, model_validator

from shared.api_models import Answer, ApiModel
from shared.library.keys import MAX_KEY_CHARACTERS
from shared.library.links import ExpiresIn, LinkTimes
from shared.storage import URL_SECONDS

MAX_ADDRESS_CHARACTERS = 4096


class LinkQuery(ApiModel):
    """The query of GET /api/get_presigned_url."""

    key: str = Field(max_length=MAX_KEY_CHARACTERS, description="s3Key of an object of yours")
    expires_in: ExpiresIn = URL_SECONDS


class LinkAnswer(Answer, LinkTimes):
    """Two addresses of one object."""

    s3_key: str
    url: str = Field(description="Storage's own: opens for urlExpiresIn seconds")
    proxy_url: str | None = Field(description="This API's own, for pictures and videos")


class ImageToConvert(ApiModel):
    """The body of POST /api/convert_s3_image_to_base64: the key, or an address that we gave for it."""

    s3_key: str | None = Field(default=None, max_length=MAX_KEY_CHARACTERS)
    url: str | None = Field(default=None, max_length=MAX_ADDRESS_CHARACTERS)

    @model_validator(mode="after")
    def _one(self) -> ImageToConvert:
        if (self.s3_key is None) == (self.url is None):
            raise ValueError("Send either s3Key or url.")
        return self


class Base64Image(Answer):
    """A picture as text."""

    s3_key: str
    content_type: str
    size_bytes: int
    base64: str
