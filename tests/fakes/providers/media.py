"""Real pictures, clips and speech, made in a moment and the same each time."""

from __future__ import annotations

import functools
import hashlib
import io
import math
import struct
import subprocess
import tempfile
import threading
import wave
from pathlib import Path

import imageio_ffmpeg
from PIL import Image, ImageDraw

_RATE = 22_050
_making = threading.Lock()


def picture(seed: str, width: int, height: int, references: tuple[bytes, ...] = ()) -> bytes:
    """A PNG in colours that follow from the seed, with the references in a row at its foot."""
    digest = hashlib.sha256(seed.encode()).digest()
    top, bottom, sun = digest[0:3], digest[3:6], digest[6:9]
    ramp = Image.linear_gradient("L").resize((width, height))
    image = Image.composite(
        Image.new("RGB", (width, height), tuple(bottom)), Image.new("RGB", (width, height), tuple(top)), ramp
    )
    draw = ImageDraw.Draw(image)
    radius = height // 6
    x, y = width * (20 + digest[9] % 60) // 100, height * (25 + digest[10] % 30) // 100
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tuple(sun))
    hill = [(0, height), *((i * width // 8, height * (60 + digest[11 + i] % 25) // 100) for i in range(9))]
    draw.polygon([*hill, (width, height)], fill=tuple(c // 3 for c in bottom))
    for place, reference in enumerate(references):
        with Image.open(io.BytesIO(reference)) as small:
            thumb = small.convert("RGB")
            thumb.thumbnail((width // 10, height // 10))
            image.paste(thumb, (8 + place * (width // 10 + 8), height - height // 10 - 8))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def read_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG or WebP; None for anything else."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
            image.verify()
            return image.size
    except (OSError, SyntaxError, ValueError):
        return None


def clip(image: bytes, ratio: str, seconds: int, variant: str = "") -> bytes:
    """An MP4 of the ratio's size in which the camera pans over the picture."""
    with _making:
        return _clip(_as_png(image), ratio, seconds, variant)


def _as_png(image: bytes) -> bytes:
    with Image.open(io.BytesIO(image)) as opened:
        if opened.format == "PNG":
            return image
        out = io.BytesIO()
        opened.convert("RGB").save(out, "PNG", compress_level=1)
        return out.getvalue()


@functools.lru_cache(maxsize=64)
def _clip(image: bytes, ratio: str, seconds: int, variant: str) -> bytes:
    width, height = map(int, ratio.split(":"))
    if variant == "clip_odd_size":
        width, height = width - 36, height - 24
    pan = f"scale={width + 64}:{height + 64},crop={width}:{height}:64*t/{seconds}:32,setsar=1"
    rate = "30" if variant == "clip_odd_rate" else "24"
    source = ["-loop", "1", "-framerate", rate, "-t", str(seconds), "-f", "png_pipe", "-i", "pipe:0"]
    tone = ["-f", "lavfi", "-t", str(seconds), "-i", "sine=f=330:r=48000"]
    pixels = "yuv420p10le" if variant == "clip_ten_bit" else "yuv420p"
    video = ["-vf", pan, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", pixels, "-r", rate]
    sound = ["-c:a", "aac", "-shortest"] if variant == "clip_with_audio" else []
    return _ffmpeg(
        [*source, *(tone if sound else []), *video, *sound, "-movflags", "+faststart"], "mp4", image
    )


def speech(text: str, container: str) -> bytes:
    """As long as a narrator takes for the text: one soft tone for each word."""
    with _making:
        return _speech(text, container)


@functools.lru_cache(maxsize=256)
def _speech(text: str, container: str) -> bytes:
    samples = [sample for word in text.split() or ["…"] for sample in _word(word)]
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    if container == "wav":
        return out.getvalue()
    return _ffmpeg(["-f", "wav", "-i", "pipe:0", "-c:a", "libmp3lame", "-b:a", "64k"], "mp3", out.getvalue())


def _word(word: str) -> list[int]:
    length = _RATE * min(600, 180 + 35 * len(word)) // 1000
    pitch = 140 + sum(word.encode()) % 120
    return [
        int(7000 * math.sin(math.pi * i / length) * math.sin(2 * math.pi * pitch * i / _RATE))
        for i in range(length)
    ] + [0] * (_RATE // 20)


def _ffmpeg(arguments: list[str], suffix: str, stdin: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"out.{suffix}"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", *arguments]
        subprocess.run(
            [*command, "-fflags", "+bitexact", str(target)], input=stdin, check=True, capture_output=True
        )
        return target.read_bytes()
