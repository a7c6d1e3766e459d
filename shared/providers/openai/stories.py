"""Stories by OpenAI, as structured output."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from openai._legacy_response import LegacyAPIResponse
from openai.types.responses import ParsedResponse
from pydantic import BaseModel, Field, ValidationError, create_model

from shared.assets.recipes import StoryRecipe
from shared.errors import InputRefused, PoorOutput
from shared.providers.openai.client import OpenAIAdapter, openai_client
from shared.providers.openai.errors import PROVIDER, charged, refusal, translated, unreadable
from shared.providers.openai.terms import OpenAIStoryTerms, output_tokens
from shared.providers.ports import Written
from shared.providers.prices import openai_text_usd
from shared.stories.models import Story, StoryScene
from shared.stories.prompts import story_instructions, story_request

_log = logging.getLogger(__name__)

READ_SECONDS = 150.0

_SHORT_TEXT = 300
_LONG_TEXT = 4_000


_Raw: TypeAlias = LegacyAPIResponse[ParsedResponse[Story]]
_Body: TypeAlias = dict[str, Any]
_Tokens: TypeAlias = Annotated[int, Field(ge=0, le=10_000_000)]


class _InputDetails(BaseModel):
    cached_tokens: _Tokens = 0


class _Usage(BaseModel):
    """What an answer says that it used, read from its JSON: an answer without a story has it as well."""

    input_tokens: _Tokens
    output_tokens: _Tokens
    input_tokens_details: _InputDetails = Field(default_factory=_InputDetails)


class OpenAIStoryWriter(OpenAIAdapter, OpenAIStoryTerms):
    """Writes a story in one request whose schema holds the number of scenes."""

    def __init__(self, api_key: str, base_url: str | None = None, model: str = "gpt-6-luna") -> None:
        super().__init__(model)
        self._client = openai_client(api_key, base_url, read_seconds=READ_SECONDS)

    def write(self, recipe: StoryRecipe) -> Written:
        """The story.

        Raises:
            InputRefused: The model will not write this.
            PoorOutput: The story is cut off, empty somewhere, or of another length; asking again may help.
            ProviderError: As OpenAI's errors translate.

        """
        with translated():
            raw = self._client.responses.with_raw_response.parse(
                model=self.model,
                input=[
                    {"role": "system", "content": story_instructions()},
                    {"role": "user", "content": story_request(recipe)},
                ],
                text_format=_story_of(recipe.scene_count),
                max_output_tokens=output_tokens(recipe.scene_count),
                store=False,  # nobody reads it again: nothing should be kept there
            )
            body = _read(raw)
        cost = self._cost(body)
        # What failed on OpenAI's side is charged for what it used, and where it names no usage it used none.
        with charged(cost):
            _refuse_failed(body)
        # All else has been written, and is charged whatever it is worth.
        with charged(self.price(recipe) if cost is None else cost):
            return Written(_story(raw, body, recipe.scene_count), cost)

    def _cost(self, body: _Body) -> Decimal | None:
        try:
            usage = _Usage.model_validate(body.get("usage"))
        except ValidationError:
            return None
        return openai_text_usd(
            self.model,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=min(usage.input_tokens_details.cached_tokens, usage.input_tokens),
        )


def _story_of(scene_count: int) -> type[Story]:
    """The story's schema with exactly so many scenes: the model cannot answer with another number."""
    scenes = Field(min_length=scene_count, max_length=scene_count)
    return create_model("Story", __base__=Story, scenes=(tuple[StoryScene, ...], scenes))


def _read(raw: _Raw) -> _Body:
    body = raw.http_response.json()
    if not isinstance(body, dict) or not isinstance(body.get("output"), list):
        raise unreadable()
    return body


def _story(raw: _Raw, body: _Body, scene_count: int) -> Story:
    """The story that an answer holds, in our own terms. Raises what makes it unusable."""
    with translated():
        _refuse_incomplete(body)
        answer = _parsed(raw)
        story = answer.output_parsed
        if story is None:
            _refuse_unanswered(answer)
            raise unreadable()
    plain = Story.model_validate(story.model_dump())
    _check(plain, scene_count)
    return plain


def _parsed(raw: _Raw) -> ParsedResponse[Story]:
    try:
        return raw.parse()
    except ValidationError as exc:
        raise PoorOutput("OpenAI's story is not of the shape that was asked for.", provider=PROVIDER) from exc


def _refuse_failed(body: _Body) -> None:
    if body.get("status") == "failed":
        error = body.get("error")
        code = error.get("code") if isinstance(error, dict) else None
        raise refusal(code if isinstance(code, str) else None)


def _refuse_incomplete(body: _Body) -> None:
    """Stop before the SDK parses half a story."""
    if body.get("status") == "incomplete":
        reason = (body.get("incomplete_details") or {}).get("reason")
        if reason == "content_filter":
            raise InputRefused("OpenAI refuses to write this story.", provider=PROVIDER)
        raise PoorOutput("OpenAI's story was cut off before its end.", provider=PROVIDER)


def _refuse_unanswered(answer: ParsedResponse[Story]) -> None:
    for item in answer.output:
        if item.type == "message" and any(part.type == "refusal" for part in item.content):
            raise InputRefused("OpenAI refuses to write this story.", provider=PROVIDER)


def _check(story: Story, scene_count: int) -> None:
    """Every text is there and of a sane length; the schema cannot say so."""
    short = [story.title, *(scene.title for scene in story.scenes)]
    long = [story.overview, story.sheet.setting, story.sheet.palette]
    for scene in story.scenes:
        long += [scene.description, scene.prompt, scene.motion, scene.narration]
    for character in story.sheet.characters:
        short.append(character.name)
        long.append(character.appearance)
    empty = any(not text.strip() for text in (*short, *long))
    endless = any(len(text) > _SHORT_TEXT for text in short) or any(len(text) > _LONG_TEXT for text in long)
    if len(story.scenes) != scene_count or empty or endless:
        _log.warning(
            "the story is unusable", extra={"scenes": len(story.scenes), "empty": empty, "endless": endless}
        )
        raise PoorOutput("OpenAI's story lacks something that it must have.", provider=PROVIDER)
