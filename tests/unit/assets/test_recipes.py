from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from shared.assets.recipes import (
    ClipRecipe,
    CutPiece,
    CutRecipe,
    FrameRecipe,
    NarrationRecipe,
    Recipe,
    SegmentRecipe,
    StoryRecipe,
    UploadRecipe,
    parse_recipe,
)

texts = st.text(max_size=200)
names = st.text(alphabet="abcdefghij-.0123456789", min_size=1, max_size=20)
hashes = st.text(alphabet="0123456789abcdef", min_size=64, max_size=64)
whole = st.integers(min_value=1, max_value=10**6)
seeds = st.integers(min_value=0, max_value=2**32 - 1)

recipes: st.SearchStrategy[Recipe] = st.one_of(
    st.builds(
        StoryRecipe,
        provider=names,
        model=names,
        prompt=texts,
        scene_count=whole,
        duration_ms=whole,
        style=names,
        mood=names,
        take=whole,
    ),
    st.builds(
        FrameRecipe,
        provider=names,
        model=names,
        prompt=texts,
        ratio=names,
        quality=names,
        references=st.lists(hashes, max_size=3).map(tuple),
        seed=seeds,
    ),
    st.builds(
        ClipRecipe,
        provider=names,
        model=names,
        prompt=texts,
        frame=hashes,
        ratio=names,
        duration_ms=whole,
        seed=seeds,
    ),
    st.builds(NarrationRecipe, provider=names, model=names, text=texts, voice=names, window_ms=whole),
    st.builds(SegmentRecipe, clip=hashes, ratio=names, frames=whole),
    st.builds(UploadRecipe, sha256=hashes),
    st.builds(
        CutRecipe,
        title=texts,
        ratio=names,
        captions=st.sampled_from(["off", "soft", "burned"]),
        pieces=st.lists(
            st.builds(CutPiece, segment=hashes, frames=whole, narration=st.none() | hashes, caption=texts),
            max_size=3,
        ).map(tuple),
    ),
)


@given(recipes)
def test_a_recipe_read_back_has_the_same_identity(recipe: Recipe) -> None:
    assert parse_recipe(recipe.canonical()).identity == recipe.identity


@given(recipes)
def test_the_order_of_keys_does_not_matter(recipe: Recipe) -> None:
    fields = json.loads(recipe.canonical())
    turned = json.dumps(dict(reversed(list(fields.items()))))
    assert parse_recipe(turned).identity == recipe.identity


@given(recipes, recipes)
def test_recipes_have_one_identity_exactly_when_they_are_equal(one: Recipe, other: Recipe) -> None:
    assert (one.identity == other.identity) == (one == other)


@given(recipes, st.data())
def test_a_change_of_any_field_is_another_identity(recipe: Recipe, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(type(recipe).model_fields.keys() - {"kind"})))
    changed = recipe.model_copy(update={name: _another(name, getattr(recipe, name))})
    assert changed.identity != recipe.identity


def _another(name: str, value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    more = "0" * 64
    if value is None:
        return more
    return (
        *value,
        CutPiece(segment=more, frames=1, narration=None, caption="") if name == "pieces" else more,
    )


def test_the_identity_is_the_same_on_every_platform_and_version() -> None:
    recipe = StoryRecipe(
        provider="draft",
        model="m",
        prompt="Ein Leuchtturm – 灯台 🐋",
        scene_count=6,
        duration_ms=30_000,
        style="cinematic",
        mood="warm",
    )
    assert recipe.canonical().decode() == (
        '{"duration_ms":30000,"kind":"story","model":"m","mood":"warm","prompt":"Ein Leuchtturm – 灯台 🐋",'
        '"provider":"draft","scene_count":6,"style":"cinematic","take":1}'
    )
    assert recipe.identity == "f4ec01165d93677591ad261b72239e71ca3ac9fe9c0de75413691c76042c4f6f"


@pytest.mark.parametrize("value", [1.5, "6", None, True])
def test_a_recipe_takes_no_number_that_is_not_a_whole_one(value: Any) -> None:
    with pytest.raises(ValidationError):
        SegmentRecipe(clip="0" * 64, ratio="1280:720", frames=value)


def test_a_clip_without_a_last_frame_is_what_it_was_before_there_were_any() -> None:
    recipe = ClipRecipe(
        provider="runway", model="veo3.1", prompt="p", frame="a" * 64, ratio="1:1", duration_ms=1, seed=0
    )
    assert "last_frame" not in json.loads(recipe.canonical())
    ending = recipe.model_copy(update={"last_frame": "b" * 64})
    assert json.loads(ending.canonical())["last_frame"] == "b" * 64
    assert ending.identity != recipe.identity


def test_text_that_is_no_valid_unicode_is_refused_by_the_canonical_form() -> None:
    recipe = NarrationRecipe(provider="draft", model="m", text="x", voice="v", window_ms=1).model_copy(
        update={"text": "\ud800"}
    )
    with pytest.raises(UnicodeEncodeError):
        recipe.canonical()
