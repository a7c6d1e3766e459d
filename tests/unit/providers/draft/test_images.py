from __future__ import annotations

import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
from decimal import Decimal
from functools import cache

import pytest
from PIL import Image, ImageChops

from shared.assets.recipes import FrameRecipe
from shared.errors import InputRefused
from shared.media.formats import CUT_FORMATS
from shared.providers.draft.cards import FrameCard
from shared.providers.draft.images import DraftImageMaker, storyboard
from shared.providers.ports import ImageMaker
from shared.stories.looks import styles
from shared.stories.models import Character, Sheet, Shot, StoryScene

MAKER = DraftImageMaker()


def a_shot(
    prompt: str = "Wide shot of a lighthouse above the sea",
    *,
    style: str = "cinematic",
    mood: str = "warm",
) -> Shot:
    keeper = Character(name="Elias", appearance="an old keeper in a yellow raincoat")
    return Shot(
        number=1,
        scene=StoryScene(
            title="The lighthouse", description=prompt, prompt=prompt, motion="slow push in", narration="Once"
        ),
        sheet=Sheet(characters=(keeper,), setting="a rocky coast at dusk", palette="navy, teal, amber"),
        style=style,
        mood=mood,
    )


def a_recipe(prompt: str, *, ratio: str = "960:960", seed: int = 1) -> FrameRecipe:
    return FrameRecipe(
        provider="draft",
        model="storyboard-1",
        prompt=prompt,
        ratio=ratio,
        quality="draft",
        seed=seed,
    )


@cache
def drawn(recipe: FrameRecipe) -> Image.Image:
    picture = MAKER.draw(recipe, ()).picture
    assert picture.content_type == "image/png"
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.format == "PNG"
        return image.convert("RGB")


@cache
def sketched(recipe: FrameRecipe) -> Image.Image:
    """The same picture, small: where it is only looked at from afar."""
    return storyboard(recipe, (360, 360))


def distance(first: Image.Image, second: Image.Image) -> float:
    """Mean difference of the pixels of two pictures, 0–255, seen from afar so that grain does not count."""
    near, far = first.resize((48, 48)), second.resize((48, 48))
    return statistics.fmean(ImageChops.difference(near, far).tobytes())


def test_it_is_an_image_maker_that_costs_nothing() -> None:
    maker: ImageMaker = MAKER
    recipe = a_recipe(maker.prompt(a_shot()))
    assert (maker.provider, maker.model, maker.quality) == ("draft", "storyboard-1", "draft")
    assert not maker.takes_references
    assert maker.price(recipe) == Decimal(0)
    assert maker.draw(recipe, ()).cost_usd == Decimal(0)


def test_a_prompt_is_a_card_of_what_the_picture_shows_as_canonical_json() -> None:
    shot = a_shot("東京 · Tokyo")
    prompt = MAKER.prompt(shot)
    assert prompt == json.dumps(json.loads(prompt), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    card = FrameCard.parse(prompt)
    assert (card.shows, card.sheet) == (shot.scene.prompt, shot.sheet)
    assert (card.style, card.mood) == ("cinematic", "warm")


@pytest.mark.parametrize("field", ["title", "narration", "description", "motion"])
def test_words_that_the_picture_does_not_show_leave_the_prompt_as_it_is(field: str) -> None:
    shot = a_shot()
    changed = shot.model_copy(update={"scene": shot.scene.model_copy(update={field: "a red dragon"})})
    assert MAKER.prompt(changed) == MAKER.prompt(shot)
    assert MAKER.prompt(shot.model_copy(update={"number": 9})) == MAKER.prompt(shot)


def test_where_nobody_said_what_to_show_the_picture_shows_what_happens() -> None:
    shot = a_shot()
    scene = shot.scene.model_copy(update={"prompt": " ", "description": "A fox runs."})
    assert FrameCard.of(shot.model_copy(update={"scene": scene})).shows == "A fox runs."


@pytest.mark.parametrize("text", ["a cat in the snow", "{", '{"shows":1}', "[]", '{"shows":"a cat"}', ""])
def test_a_prompt_that_is_no_card_is_taken_for_what_the_picture_shows(text: str) -> None:
    assert FrameCard.parse(text).shows == text


def test_a_frame_says_in_its_metadata_that_it_is_a_draft() -> None:
    content = MAKER.draw(a_recipe("a cat"), ()).picture.content
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["Software"] == "Storyreel draft"


@pytest.mark.parametrize("style", ["cinematic", "watercolor", "pixel"])
def test_the_same_recipe_gives_the_same_bytes(style: str) -> None:
    recipe = a_recipe(MAKER.prompt(a_shot(style=style)))
    assert MAKER.draw(recipe, ()).picture.content == DraftImageMaker().draw(recipe, ()).picture.content


@pytest.mark.parametrize("ratio", CUT_FORMATS)
def test_a_frame_is_half_as_large_again_as_the_cut(ratio: str) -> None:
    cut = CUT_FORMATS[ratio]
    assert drawn(a_recipe(MAKER.prompt(a_shot()), ratio=ratio)).size == (
        cut.width * 3 // 2,
        cut.height * 3 // 2,
    )


def test_a_ratio_that_no_cut_has_is_refused() -> None:
    with pytest.raises(InputRefused, match="100000:1"):
        MAKER.draw(a_recipe("a cat", ratio="100000:1"), ())


def test_different_words_give_visibly_different_pictures() -> None:
    prompts = (
        "A lighthouse keeper befriends a lost whale",
        "A robot learns to paint in an abandoned city",
        "A small fox crosses a snowy forest to find spring",
        "An astronaut tends a garden on Mars",
        "Launch video for a smart water bottle",
        "東京の夜を歩く猫",
    )
    pictures = [sketched(a_recipe(prompt)) for prompt in prompts]
    for i, first in enumerate(pictures):
        for second in pictures[i + 1 :]:
            assert distance(first, second) > 15


def test_words_that_name_nothing_known_still_give_different_pictures() -> None:
    assert distance(sketched(a_recipe("Synergy")), sketched(a_recipe("Quarterly outlook"))) > 4


def test_another_seed_gives_a_visibly_different_picture() -> None:
    prompt = MAKER.prompt(a_shot("Elias walks along the shore"))
    assert distance(sketched(a_recipe(prompt)), sketched(a_recipe(prompt, seed=2))) > 3


def test_only_the_prompt_the_ratio_and_the_seed_make_a_difference() -> None:
    recipe = a_recipe(MAKER.prompt(a_shot("Elias walks along the shore")))
    again = recipe.model_copy(update={"take": 2, "quality": "other", "references": ("0" * 64,)})
    assert drawn(again).tobytes() == drawn(recipe).tobytes()


def test_every_style_gives_a_picture_of_its_own() -> None:
    names = [*styles(), "a style that nobody knows"]
    pictures = {name: sketched(a_recipe(MAKER.prompt(a_shot(style=name)))) for name in names}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            difference = ImageChops.difference(pictures[first], pictures[second])
            assert statistics.fmean(difference.reduce(4).tobytes()) > 2.5, (first, second)


def test_noir_is_black_and_white() -> None:
    picture = sketched(a_recipe(MAKER.prompt(a_shot(style="noir"))))
    red, green, blue = (band.tobytes() for band in picture.split())
    centre = len(red) // 2
    assert red[centre : centre + 5000] == green[centre : centre + 5000] == blue[centre : centre + 5000]


def test_pixel_art_keeps_to_its_grid() -> None:
    picture = drawn(a_recipe(MAKER.prompt(a_shot(style="pixel"))))
    # All of it: type, for one, would not keep to the grid.
    assert picture.reduce(6).resize(picture.size, Image.Resampling.NEAREST).tobytes() == picture.tobytes()


def test_a_story_keeps_its_colours_from_scene_to_scene() -> None:
    first, second = (
        sketched(a_recipe(MAKER.prompt(a_shot(f"Wide shot of the sea, {word}")), seed=n)).resize((1, 1))
        for n, word in ((1, "calm"), (4, "waves"))
    )
    other = sketched(a_recipe(MAKER.prompt(a_shot("Wide shot of a snowy forest at noon")), seed=1)).resize(
        (1, 1)
    )
    assert distance(first, second) < distance(first, other)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 2000,
        "x" * 10_000,
        "\x00\x07\x1b[31m\u202e\u2066 control\ud7ff",
        "مرحبا بالعالم",
        "🚀" * 300,
        "\n\t\r ",
        "a\u0301" * 500,
    ],
)
def test_hostile_text_is_drawn_around(text: str) -> None:
    recipe = a_recipe(MAKER.prompt(a_shot(text, style=text[:60], mood=text[:60])))
    assert sketched(recipe).getextrema() != ((0, 0), (0, 0), (0, 0))


def test_another_process_with_another_hash_seed_draws_the_same_bytes() -> None:
    program = (
        "import hashlib, sys; from shared.assets.recipes import parse_recipe;"
        "from shared.providers.draft.images import DraftImageMaker;"
        "drawn = DraftImageMaker().draw(parse_recipe(sys.argv[1]), ());"
        "print(hashlib.sha256(drawn.picture.content).hexdigest())"
    )
    recipe = a_recipe(MAKER.prompt(a_shot("Elias and a dog by the sea, a red boat, snow")))
    printed = subprocess.run(
        [sys.executable, "-c", program, recipe.canonical().decode()],
        env={**os.environ, "PYTHONHASHSEED": "4242"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert printed.stdout.strip() == hashlib.sha256(MAKER.draw(recipe, ()).picture.content).hexdigest()
