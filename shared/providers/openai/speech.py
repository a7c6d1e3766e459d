"""Narration by OpenAI, while it lasts: these models end on 2027-01-06."""

from __future__ import annotations

from pathlib import Path

from shared.assets.recipes import NarrationRecipe
from shared.errors import InvalidRequest, NotFound
from shared.providers.download import sniff_audio
from shared.providers.openai.client import OpenAIAdapter, openai_client
from shared.providers.openai.errors import translated, unreadable
from shared.providers.openai.terms import OpenAINarratorTerms
from shared.providers.ports import Cancellation, Spoken, TaskStatus
from shared.providers.prices import openai_speech_usd

READ_SECONDS = 60.0
_CHARACTERS = 4096
_BYTES = 50_000_000
_INSTRUCTIONS = "Read this as the narrator of a short film: warm, clear and unhurried, without any effects."


class OpenAINarrator(OpenAIAdapter, OpenAINarratorTerms):
    """Speaks at once: the answer to the request is the sound."""

    def __init__(self, api_key: str, base_url: str | None = None, model: str = "gpt-4o-mini-tts") -> None:
        super().__init__(model)
        self._client = openai_client(api_key, base_url, read_seconds=READ_SECONDS)

    def submit(self, recipe: NarrationRecipe) -> Spoken:
        """The speech as MP3: OpenAI's WAV has no length in its header.

        Raises:
            InvalidRequest: The text or the voice can't be spoken.
            ProviderAnswerLost: What came is not a sound: paid, and lost.
            ProviderError: As OpenAI's errors translate.

        """
        if not 0 < len(recipe.text) <= _CHARACTERS:
            raise InvalidRequest(f"A narration can have 1 to {_CHARACTERS} characters.")
        if recipe.voice not in self.voices:
            raise InvalidRequest(f"There is no voice {recipe.voice!r}. There are: {', '.join(self.voices)}.")
        with translated():
            answer = self._client.audio.speech.create(
                model=self.model,
                input=recipe.text,
                voice=recipe.voice,
                instructions=_INSTRUCTIONS,
                response_format="mp3",
            )
            content = answer.content
        content_type = sniff_audio(content[:16])
        if content_type is None or len(content) > _BYTES:
            raise unreadable()
        return Spoken(content, content_type, openai_speech_usd(self.model, recipe.text))

    def check(self, task_id: str) -> TaskStatus:
        """Never a task: speech comes at once."""
        raise NotFound(f"OpenAI's narrator has no task {task_id!r}: it answers at once.")

    def collect(self, task_id: str, into: Path) -> str:  # noqa: ARG002 - the port's
        """Never a task: speech comes at once."""
        raise NotFound(f"OpenAI's narrator has no task {task_id!r}: it answers at once.")

    def cancel(self, task_id: str) -> Cancellation:  # noqa: ARG002 - the port's
        """Nothing runs."""
        return "over"
