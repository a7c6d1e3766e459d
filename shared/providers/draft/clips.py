"""The draft's clips: a smooth camera move over the frame, rendered here, in the cut's own format."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path

from PIL import Image

from shared.assets.recipes import ClipRecipe
from shared.errors import InvalidRequest, MediaError
from shared.media.ffmpeg import run_ffmpeg
from shared.media.formats import CUT_FORMATS, FRAMES_PER_SECOND, SEGMENT_ENCODER, CutFormat
from shared.providers.draft.camera import WIDEST, View, choose_move
from shared.providers.draft.cards import ClipCard
from shared.providers.draft.planes import Planes
from shared.providers.draft.terms import DraftClipTerms
from shared.providers.draft.titles import Titles
from shared.providers.ports import (
    Cancellation,
    Capacity,
    Picture,
    ReadPicture,
    Submitted,
    TaskStatus,
)

OVERSAMPLING = 1.5
"""A frame is worked on at this multiple of the clip's size, so that moving closer shows detail."""

_DISSOLVE_SHARE = 0.25
_REST_SHARE = 0.08
"""Of a clip that ends with a picture: how long it becomes that one, and then rests on it."""

_PIXEL_LIMIT = 24_000_000
_TIMEOUT_SECONDS = 120

# Full-range RGB to limited-range YUV by BT.709, for `Image.convert`, which rounds and clips.
# Pillow's own "YCbCr" is the full-range BT.601 of JPEG: played as video it shifts greens and reds.
_TO_YUV = (
    *(0.182586, 0.614231, 0.062007, 16.0),
    *(-0.100644, -0.338572, 0.439216, 128.0),
    *(0.439216, -0.398942, -0.040274, 128.0),
)

# Raw video says nothing about its colours, and ffmpeg would convert what it does not know to BT.709.
_COLOURS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")

# One thread: the bytes must not depend on how many processors a machine has.
_ENCODER = (*SEGMENT_ENCODER, "-threads", "1")


class DraftClipMaker(DraftClipTerms):
    """Moves a camera over the frame: push, pull, pan, tilt or drift, as the motion's words say.

    A clip that is to end with a picture dissolves into that one, and rests on it. Over the moving picture
    stands, fixed to the screen, that it is a draft, and for a while the title.
    `submit` accepts at once and `collect` renders, for nothing and as often as it is asked: the same
    recipe and frame give the same bytes.
    """

    def capacity(self) -> Capacity:
        """As much as the machine can do."""
        return Capacity()

    def submit(
        self,
        recipe: ClipRecipe,
        frame: Picture,  # noqa: ARG002 (read when collected)
        last_frame: Picture | None = None,  # noqa: ARG002 (the same)
    ) -> Submitted:
        """Accept the work. Raises InvalidRequest for a ratio or duration outside the limits."""
        _format_of(recipe)
        return Submitted(f"draft-{recipe.identity[:32]}")

    def check(self, task_id: str) -> TaskStatus:  # noqa: ARG002 (every task is ready to be rendered)
        """Succeeded: the rest happens in `collect`."""
        return TaskStatus("succeeded", progress=1.0, cost_usd=Decimal(0))

    def collect(self, task_id: str, recipe: ClipRecipe, read: ReadPicture, into: Path) -> None:  # noqa: ARG002
        """Render the clip. Raises MediaError for a frame that cannot be read or ffmpeg's failure."""
        size = _format_of(recipe)
        still = _prepare(read(recipe.frame), size)
        last = None if recipe.last_frame is None else _prepare(read(recipe.last_frame), size)
        raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p", *_COLOURS, "-s", f"{size.width}x{size.height}")
        source = (*raw, "-r", str(FRAMES_PER_SECOND), "-i", "pipe:0")
        run_ffmpeg(
            [*source, *_ENCODER, "-f", "mp4", into],
            timeout_seconds=_TIMEOUT_SECONDS,
            stdin=_render(still, last, recipe, size),
        )

    def cancel(self, task_id: str) -> Cancellation:  # noqa: ARG002 (nothing is ever at work)
        """Nothing runs before `collect`, so there is nothing to stop."""
        return "over"


def _format_of(recipe: ClipRecipe) -> CutFormat:
    size = CUT_FORMATS.get(recipe.ratio)
    if size is None:
        raise InvalidRequest(f"The draft makes no clips of the ratio “{recipe.ratio[:20]}”.")
    if recipe.duration_ms not in DraftClipMaker.limits.durations_ms:
        raise InvalidRequest("The draft's clips last from 0.5 to 20 seconds.")
    return size


def _prepare(frame: Picture, size: CutFormat) -> Planes:
    """The frame's planes at the working size. What exceeds the ratio is cut off evenly."""
    picture = _opened(frame)
    width, height = round(size.width * OVERSAMPLING), round(size.height * OVERSAMPLING)
    scale = min(picture.width / width, picture.height / height)
    left, top = (picture.width - width * scale) / 2, (picture.height - height * scale) / 2
    box = (max(0.0, left), max(0.0, top), picture.width - max(0.0, left), picture.height - max(0.0, top))
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, box=box)
    luma, blue, red = picture.convert("RGB", _TO_YUV).split()
    return Planes(luma, blue.reduce(2), red.reduce(2))


def _opened(frame: Picture) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(frame.content), formats=("PNG", "JPEG", "WEBP"))
        if picture.width * picture.height > _PIXEL_LIMIT:
            raise MediaError("The frame has more pixels than we take.", details={"limit": _PIXEL_LIMIT})
        return picture.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise MediaError("The frame has more pixels than we take.", details={"limit": _PIXEL_LIMIT}) from exc
    except (OSError, SyntaxError, ValueError) as exc:  # Pillow raises each of these for broken files
        raise MediaError("The frame is not a readable picture.") from exc


def _render(still: Planes, last: Planes | None, recipe: ClipRecipe, size: CutFormat) -> Iterator[bytes]:
    """The clip's frames as raw yuv420p; the last of them show `last`, if there is one."""
    # Rounded up: scenes start on the nearest frame, so one may last a frame longer than its milliseconds.
    count = ceil(Fraction(recipe.duration_ms * FRAMES_PER_SECOND, 1000))
    card = ClipCard.parse(recipe.prompt)
    move = choose_move(card.motion, recipe.seed, recipe.duration_ms / 1000)
    titles = Titles(card.title, card.number, (size.width, size.height))
    end = None if last is None else _seen(last, WIDEST, size)
    for number in range(count):
        seen = _seen(still, move.at(number / max(1, count - 1)), size)
        if end is not None:
            seen = _dissolved(seen, end, _arrival(number, count))
        titles.lay(seen, number / FRAMES_PER_SECOND)
        yield from (plane.tobytes() for plane in (seen.luma, seen.blue, seen.red))


def _arrival(number: int, count: int) -> float:
    """How much of the last picture is seen in a frame: 0-1, gently at both ends."""
    fade, rest = count * _DISSOLVE_SHARE, count * _REST_SHARE
    way = min(1.0, max(0.0, 1 - (count - 1 - rest - number) / fade))
    return way * way * (3 - 2 * way)


def _dissolved(one: Planes, other: Planes, share: float) -> Planes:
    """A new picture: one that becomes another, of which so much is there."""
    return Planes(
        Image.blend(one.luma, other.luma, share),
        Image.blend(one.blue, other.blue, share),
        Image.blend(one.red, other.red, share),
    )


def _seen(still: Planes, view: View, size: CutFormat) -> Planes:
    """What the camera sees at one moment."""
    width, height = view.share * still.luma.width, view.share * still.luma.height
    left = view.x * still.luma.width - width / 2
    top = view.y * still.luma.height - height / 2
    box = (left, top, left + width, top + height)
    # Hamming is as sharp as bicubic here, where the view is always reduced, at the price of bilinear.
    luma = still.luma.resize((size.width, size.height), Image.Resampling.HAMMING, box=box)
    # 4:2:0 places a chroma sample on the left one of its two columns: half a pixel left of their middle.
    shift = 0.5 * width / size.width
    half = ((left - shift) / 2, top / 2, (left - shift + width) / 2, (top + height) / 2)
    reduced = (size.width // 2, size.height // 2)
    blue, red = (
        plane.resize(reduced, Image.Resampling.BILINEAR, box=half) for plane in (still.blue, still.red)
    )
    return Planes(luma, blue, red)
