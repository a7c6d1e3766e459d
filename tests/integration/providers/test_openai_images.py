from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import pytest
from PIL import Image

from shared.assets.recipes import FrameRecipe
from shared.errors import (
    InputRefused,
    InvalidRequest,
    OutOfCredit,
    ProviderAnswerLost,
    ProviderBusy,
    ProviderError,
)
from shared.media.formats import CUT_FORMATS
from shared.media.models import Picture
from shared.providers.openai.images import OpenAIImageMaker
from shared.providers.openai.terms import canvas
from tests.fakes.providers import FakeProviders


def _size(picture: Picture) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture.content)) as image:
        return image.size


@pytest.fixture
def sunburst(fake: FakeProviders) -> Iterator[OpenAIImageMaker]:
    with closing(OpenAIImageMaker("sk-test", fake.openai_url, "gpt-image-2.5-sunburst", "xhigh")) as adapter:
        yield adapter


@pytest.mark.parametrize("ratio", CUT_FORMATS)
def test_a_frame_has_the_ratio_to_the_pixel(
    painter: OpenAIImageMaker, frame_recipe: FrameRecipe, ratio: str
) -> None:
    recipe = frame_recipe.model_copy(update={"ratio": ratio})

    drawn = painter.draw(recipe, [])

    assert _size(drawn.picture) == (CUT_FORMATS[ratio].width, CUT_FORMATS[ratio].height)
    assert drawn.picture.content_type == "image/png"
    assert drawn.cost_usd is not None
    assert Decimal(0) < drawn.cost_usd <= painter.price(recipe)


def test_without_references_the_picture_is_generated(
    fake: FakeProviders, painter: OpenAIImageMaker, frame_recipe: FrameRecipe
) -> None:
    painter.draw(frame_recipe, [])

    (entry,) = fake.ledger
    assert fake.requests[0].path == "/v1/images/generations"
    assert entry.body == {
        "model": "gpt-image-2.5-flare",
        "prompt": (
            "A lighthouse at dusk.\n\n"
            "Compose for a wide landscape picture: subject on a third, depth behind it. "
            "Canvas of 1280 by 720 pixels."
        ),
        "n": 1,
        "output_format": "png",
        "quality": "low",
        "size": "1280x720",
    }


def test_with_references_they_are_edited_as_named_and_typed_files(
    fake: FakeProviders, painter: OpenAIImageMaker, frame_recipe: FrameRecipe, frame: Picture
) -> None:
    recipe = frame_recipe.model_copy(update={"references": ("0" * 64, "1" * 64)})
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 36), "navy").save(jpeg, "JPEG")

    drawn = painter.draw(recipe, [frame, Picture(jpeg.getvalue(), "image/jpeg")])

    (entry,) = fake.ledger
    body = dict(entry.body)
    assert fake.requests[0].path == "/v1/images/edits"
    assert body.pop("images") == [
        {
            "filename": "reference.png",
            "contentType": "image/png",
            "bytes": len(frame.content),
            "sha256": hashlib.sha256(frame.content).hexdigest(),
        },
        {
            "filename": "reference.jpg",
            "contentType": "image/jpeg",
            "bytes": len(jpeg.getvalue()),
            "sha256": hashlib.sha256(jpeg.getvalue()).hexdigest(),
        },
    ]
    assert body.pop("prompt").startswith("A lighthouse at dusk.")
    assert body == {
        "model": "gpt-image-2.5-flare",
        "n": 1,
        "output_format": "png",
        "quality": "low",
        "size": "1280x720",
    }
    assert drawn.cost_usd is not None
    assert drawn.cost_usd <= painter.price(recipe)


def test_one_reference_goes_out_as_a_single_image(
    fake: FakeProviders, painter: OpenAIImageMaker, frame_recipe: FrameRecipe, frame: Picture
) -> None:
    painter.draw(frame_recipe, [frame])

    assert len(fake.ledger.of("images_edits")[0].body["images"]) == 1


@pytest.mark.parametrize(
    ("fault", "meaning", "accepted"),
    [
        ("cut_after_accept", ProviderAnswerLost, 1),
        ("status_502", ProviderAnswerLost, 0),
        ("status_429:rate_limit_exceeded", ProviderBusy, 0),
        ("status_400:billing_hard_limit_reached", OutOfCredit, 0),
        ("status_400:moderation_blocked", InputRefused, 0),
        ("malformed", ProviderAnswerLost, 1),
        ("html", ProviderAnswerLost, 1),
        ("picture_broken", ProviderAnswerLost, 1),
        ("picture_missing", ProviderAnswerLost, 1),
    ],
)
@pytest.mark.parametrize("with_reference", [False, True])
def test_each_failure_has_its_meaning_and_is_asked_for_once(
    fake: FakeProviders,
    painter: OpenAIImageMaker,
    frame_recipe: FrameRecipe,
    frame: Picture,
    fault: str,
    meaning: type[ProviderError],
    accepted: int,
    *,
    with_reference: bool,
) -> None:
    fake.fail("images_edits" if with_reference else "images_generations", fault)

    with pytest.raises(ProviderError) as caught:
        painter.draw(frame_recipe, [frame] if with_reference else [])

    assert type(caught.value) is meaning
    assert len(fake.requests) == 1
    assert len(fake.ledger) == accepted


def test_a_reference_that_is_no_picture_is_refused_as_input(
    painter: OpenAIImageMaker, frame_recipe: FrameRecipe
) -> None:
    with pytest.raises(InputRefused):
        painter.draw(frame_recipe, [Picture(b"\x89PNG\r\n\x1a\nnothing", "image/png")])


def test_what_is_too_much_is_refused_before_it_is_paid(
    fake: FakeProviders, painter: OpenAIImageMaker, frame_recipe: FrameRecipe, frame: Picture
) -> None:
    with pytest.raises(InvalidRequest):
        painter.draw(frame_recipe, [frame] * 17)
    with pytest.raises(InvalidRequest):
        painter.draw(frame_recipe, [Picture(bytes(50_000_000), "image/png")])
    with pytest.raises(InvalidRequest):
        painter.draw(frame_recipe.model_copy(update={"prompt": "x" * 32_000}), [])
    with pytest.raises(InvalidRequest):
        painter.draw(frame_recipe.model_copy(update={"ratio": "4000:1000"}), [])

    assert fake.requests == []


def test_a_quality_belongs_to_its_models(fake: FakeProviders, sunburst: OpenAIImageMaker) -> None:
    assert sunburst.quality == "xhigh"
    with pytest.raises(InvalidRequest, match="low, medium, high"):
        OpenAIImageMaker("sk-test", fake.openai_url, "gpt-image-2", "xhigh")


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        ("1280:720", (1280, 720)),
        ("960:960", (960, 960)),
        ("1584:672", (1584, 672)),
        ("1920:1080", (2048, 1152)),
        ("1080:1920", (1152, 2048)),
    ],
)
def test_a_canvas_is_legal_and_no_smaller_than_the_ratio(ratio: str, size: tuple[int, int]) -> None:
    assert canvas(ratio) == size
