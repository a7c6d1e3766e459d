from __future__ import annotations

import io
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from shared.assets.recipes import ClipRecipe
from shared.errors import InvalidRequest, MediaError
from shared.media.formats import CUT_FORMATS, TIMESCALE, frames_until
from shared.providers.draft.camera import SAFE_MARGIN, choose_move
from shared.providers.draft.cards import ClipCard
from shared.providers.draft.clips import DraftClipMaker
from shared.providers.draft.pictures.typography import laid_out, lettered
from shared.providers.ports import Picture
from shared.stories.models import Sheet, Shot, StoryScene

DEFAULT_RATIO = next(iter(CUT_FORMATS))


def recipe(
    motion: str = "slow push in", *, ratio: str = DEFAULT_RATIO, duration_ms: int = 1000, seed: int = 7
) -> ClipRecipe:
    return ClipRecipe(
        provider="draft",
        model="camera-1",
        prompt=motion,
        frame="0" * 64,
        ratio=ratio,
        duration_ms=duration_ms,
        seed=seed,
    )


def picture(image: Image.Image) -> Picture:
    content = io.BytesIO()
    image.save(content, "PNG", compress_level=1)
    return Picture(content.getvalue(), "image/png")


def drawn(ratio: str = DEFAULT_RATIO) -> Picture:
    size = CUT_FORMATS[ratio]
    image = Image.new("RGB", (size.width * 3 // 2, size.height * 3 // 2), (40, 60, 90))
    pen = ImageDraw.Draw(image)
    for x in range(60, image.width, 160):
        for y in range(60, image.height, 160):
            pen.ellipse((x - 20, y - 20, x + 20, y + 20), fill=(230, 180, 60))
    return picture(image)


def rendered(clip: ClipRecipe, frame: Picture, into: Path) -> list[Image.Image]:
    DraftClipMaker().collect("draft-x", clip, lambda _: frame, into)
    with av.open(str(into), format="mp4") as container:
        return [as_seen(frame) for frame in container.decode(video=0)]


def as_seen(frame: av.VideoFrame) -> Image.Image:
    """The frame as a player shows it, by the colours that it declares."""
    shown = frame.reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
    plane = shown.planes[0]
    return Image.frombytes("RGB", (frame.width, frame.height), bytes(plane), "raw", "RGB", plane.line_size)


@pytest.mark.parametrize("ratio", list(CUT_FORMATS))
def test_a_clip_has_the_cuts_format_and_exactly_its_frames(ratio: str, tmp_path: Path) -> None:
    into = tmp_path / "clip.mp4"
    DraftClipMaker().collect("draft-x", recipe(ratio=ratio, duration_ms=730), lambda _: drawn(ratio), into)
    with av.open(str(into), format="mp4") as container:
        assert [stream.type for stream in container.streams] == ["video"]
        video = container.streams.video[0]
        frames = list(container.decode(video))
    assert len(frames) == frames_until(730) == 18
    assert f"{video.width}:{video.height}" == ratio
    assert video.codec_context.name == "h264"
    assert video.pix_fmt == "yuv420p"
    assert video.average_rate == 24
    assert video.time_base == Fraction(1, TIMESCALE)
    assert [frame.pts for frame in frames] == [number * TIMESCALE // 24 for number in range(18)]
    assert (frames[0].colorspace, frames[0].color_range) == (1, 1)


def test_the_same_recipe_and_frame_give_the_same_bytes(tmp_path: Path) -> None:
    one, two, other = tmp_path / "1.mp4", tmp_path / "2.mp4", tmp_path / "3.mp4"
    frame = drawn()
    rendered(recipe(duration_ms=500), frame, one)
    rendered(recipe(duration_ms=500), frame, two)
    rendered(recipe(duration_ms=500, seed=8), frame, other)
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes() != other.read_bytes()


@pytest.mark.parametrize(
    "colour", [(200, 30, 40), (20, 160, 60), (30, 60, 200), (128, 128, 128), (250, 250, 245)]
)
def test_colours_come_back_as_they_were(colour: tuple[int, int, int], tmp_path: Path) -> None:
    frames = rendered(
        recipe("static shot", duration_ms=500),
        picture(Image.new("RGB", (1920, 1080), colour)),
        tmp_path / "c.mp4",
    )
    seen = frames[0].getpixel((640, 360))
    assert isinstance(seen, tuple)
    assert all(abs(a - b) <= 4 for a, b in zip(seen, colour, strict=True))


@pytest.mark.parametrize(
    ("motion", "name"),
    [
        ("Slow push in towards the fox", "push"),
        ("The camera pulls back to reveal the valley", "pull"),
        ("Pan left across the gathering", "left"),
        ("tracking right alongside the hero", "right"),
        ("slow tilt up to the sky", "up"),
        ("Tilt down along the traces", "down"),
        ("A gentle drift", "drift"),
        ("static shot, hardly a movement", "still"),
        ("Zoom out slowly", "pull"),
    ],
)
def test_the_move_follows_the_motions_words(motion: str, name: str) -> None:
    assert choose_move(motion, 1, 5).name == name


def test_without_words_the_seed_chooses_the_move() -> None:
    assert len({choose_move("", seed, 5).name for seed in range(40)}) >= 5


@pytest.mark.parametrize(
    "motion", ["push in", "pull out", "pan left", "pan right", "tilt up", "tilt down", "drift", "static"]
)
@pytest.mark.parametrize("seconds", [0.5, 5, 20])
def test_every_view_keeps_the_safe_area_and_every_move_rests_at_both_ends(
    motion: str, seconds: float
) -> None:
    for seed in range(30):
        move = choose_move(motion, seed, seconds)
        views = [move.at(step / 200) for step in range(201)]
        for view in views:
            half = view.share / 2
            for middle in (view.x, view.y):
                assert 0 < middle - half <= SAFE_MARGIN + 1e-9
                assert 1 - SAFE_MARGIN - 1e-9 <= middle + half < 1
        distance = [abs(b.x - a.x) + abs(b.y - a.y) + abs(b.share - a.share) for a, b in pairwise(views)]
        assert distance[0] < 0.1 * max(distance)
        assert distance[-1] < 0.1 * max(distance)


@pytest.mark.parametrize("motion", ["push in", "pan left", "tilt up", "drift"])
def test_the_picture_moves(motion: str, tmp_path: Path) -> None:
    frames = rendered(recipe(motion), drawn(), tmp_path / "m.mp4")
    difference = ImageChops.difference(frames[0], frames[-1]).convert("L")
    assert ImageStat.Stat(difference).rms[0] > 10
    # The type does not: its letters are where they were, but for the encoder's tolerance.
    mark = laid_out("", None, frames[0].size)
    letters = lettered(mark, frames[0].size).point([255 * (value > 250) for value in range(256)])
    assert ImageStat.Stat(difference, letters).rms[0] < 10


@pytest.mark.parametrize("duration_ms", [500, 5000])
def test_a_clip_that_is_to_end_with_a_picture_dissolves_into_it(duration_ms: int, tmp_path: Path) -> None:
    start, end = ((200, 40, 40), (30, 60, 200))
    pictures = {"0" * 64: start, "1" * 64: end}
    clip = recipe("pan left", duration_ms=duration_ms).model_copy(update={"last_frame": "1" * 64})
    into = tmp_path / "e.mp4"

    def read(sha256: str) -> Picture:
        return picture(Image.new("RGB", (1920, 1080), pictures[sha256]))

    DraftClipMaker().collect("draft-x", clip, read, into)

    with av.open(str(into), format="mp4") as container:
        seen = [as_seen(frame).getpixel((640, 360)) for frame in container.decode(video=0)]
    assert len(seen) == frames_until(duration_ms)
    for found, wanted in ((seen[0], start), (seen[len(seen) // 2], start), (seen[-1], end)):
        assert isinstance(found, tuple)
        assert all(abs(a - b) <= 4 for a, b in zip(found, wanted, strict=True))
    blues = [pixel[2] for pixel in seen if isinstance(pixel, tuple)]
    assert all(after >= before - 4 for before, after in pairwise(blues))


def test_a_move_is_smooth_below_a_pixel(tmp_path: Path) -> None:
    """A soft spot follows the path that was planned, to within a tenth of a pixel from frame to frame."""
    image = Image.new("L", (1920, 1080), 20)
    ImageDraw.Draw(image).ellipse((860, 440, 1060, 640), fill=230)
    image = image.filter(ImageFilter.GaussianBlur(12))
    clip = recipe("pan left", duration_ms=2000)
    frames = rendered(clip, picture(image.convert("RGB")), tmp_path / "s.mp4")
    move = choose_move(clip.prompt, clip.seed, 2)
    offsets = []
    for number, frame in enumerate(frames):
        view = move.at(number / (len(frames) - 1))
        planned = (0.5 - view.x) / view.share * 1280 + 640
        offsets.append(centre_of_light(frame) - planned)
    steps = [b - a for a, b in pairwise(offsets)]
    assert max(map(abs, offsets)) < 1
    assert (sum(step * step for step in steps) / len(steps)) ** 0.5 < 0.1


def centre_of_light(frame: Image.Image) -> float:
    """The horizontal centre of the bright spot, in pixels."""
    light = frame.convert("L").crop((0, 100, frame.width, frame.height))  # below the mark
    light = light.point(lambda value: max(0, value - 60))
    columns = light.resize((light.width, 1), Image.Resampling.BOX).tobytes()
    return sum((x + 0.5) * value for x, value in enumerate(columns)) / sum(columns)


@pytest.mark.parametrize("size", [(320, 180), (1536, 1024), (1000, 1000), (3000, 900)])
def test_a_frame_of_any_size_fills_the_picture(size: tuple[int, int], tmp_path: Path) -> None:
    frames = rendered(
        recipe(duration_ms=500), picture(Image.new("RGB", size, (200, 180, 150))), tmp_path / "f.mp4"
    )
    below_the_mark = frames[0].convert("L").crop((0, 100, 1280, 720))
    darkest = ImageStat.Stat(below_the_mark).extrema[0][0]
    assert darkest > 150


def test_a_task_is_ready_at_once_and_costs_nothing() -> None:
    maker, clip = DraftClipMaker(), recipe()
    task_id = maker.submit(clip, drawn()).task_id
    assert task_id == f"draft-{clip.identity[:32]}"
    assert maker.check(task_id).state == "succeeded"
    assert maker.check(task_id).cost_usd == maker.price(clip) == Decimal(0)
    maker.cancel(task_id)


@pytest.mark.parametrize("clip", [recipe(ratio="1:1"), recipe(duration_ms=499), recipe(duration_ms=20_001)])
def test_what_the_limits_exclude_is_refused(clip: ClipRecipe) -> None:
    with pytest.raises(InvalidRequest):
        DraftClipMaker().submit(clip, drawn())


@pytest.mark.parametrize("content", [b"", b"not a picture", drawn().content[:400]])
def test_a_broken_frame_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        DraftClipMaker().collect("x", recipe(), lambda _: Picture(content, "image/png"), tmp_path / "b.mp4")


def test_a_frame_with_too_many_pixels_is_refused_unread(tmp_path: Path) -> None:
    huge = picture(Image.new("1", (13_000, 13_000)))
    with pytest.raises(MediaError):
        DraftClipMaker().collect("x", recipe(), lambda _: huge, tmp_path / "b.mp4")


def a_shot(*, motion: str = "slow push in", title: str = "A lost whale", number: int = 3) -> Shot:
    scene = StoryScene(title=title, description="d", prompt="p", motion=motion, narration="n")
    sheet = Sheet(characters=(), setting="s", palette="p")
    return Shot(number=number, scene=scene, sheet=sheet, style="s", mood="m")


def test_the_prompt_is_a_card_of_motion_number_and_title() -> None:
    shot = a_shot(motion="  slow   push in \n")
    prompt = DraftClipMaker().prompt(shot)
    assert prompt == '{"motion":"slow push in","number":3,"title":"A lost whale"}'
    assert ClipCard.parse(prompt) == ClipCard(motion="slow push in", number=3, title="A lost whale")
    narrated = shot.model_copy(update={"scene": shot.scene.model_copy(update={"narration": "Another."})})
    assert DraftClipMaker().prompt(narrated) == prompt


@pytest.mark.parametrize("text", ["🎥" * 900, "a" * 5000, '"\\' * 900, "\x01" * 900, "word " * 900, "\ud800"])
def test_a_prompt_keeps_to_the_limit_and_can_be_read_back(text: str) -> None:
    maker = DraftClipMaker()
    prompt = maker.prompt(
        a_shot(motion="x").model_copy(update={"scene": hostile_scene(text), "number": 10**30})
    )
    assert len(prompt.encode("utf-16-le")) // 2 <= maker.limits.prompt_utf16_units
    card = ClipCard.parse(prompt)
    assert card.canonical() == prompt
    assert card.number is None
    assert card.motion
    assert card.title


def hostile_scene(text: str) -> StoryScene:
    # Not validated: whatever reaches a maker must not break it.
    return StoryScene.model_construct(title=text, description="", prompt="", motion=text, narration="")


@pytest.mark.parametrize("text", ["push in", "{", "[]", '{"motion":1}', '{"motion":"x","number":0}', ""])
def test_a_prompt_that_is_no_card_is_taken_for_the_motion(text: str) -> None:
    assert ClipCard.parse(text) == ClipCard(motion=text)


def test_the_camera_follows_the_cards_motion_alone(tmp_path: Path) -> None:
    """A title that says “pull out” moves nothing: below the type both clips are the same."""
    lower = (0, 360, 1280, 720)
    plain, titled = (
        rendered(recipe(ClipCard(motion="push in", number=1, title=title).canonical(), duration_ms=500),
                 drawn(), tmp_path / "t.mp4")
        for title in ("", "Pull out")
    )  # fmt: skip
    for one, other in zip(plain, titled, strict=True):
        difference = ImageChops.difference(one.crop(lower), other.crop(lower))
        assert ImageStat.Stat(difference).rms[0] < 2  # the encoder's
