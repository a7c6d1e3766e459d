"""Captions drawn into the picture, in a font that a dependency ships."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from PIL import ImageFont

from shared.media.captions import Caption, clean_text
from shared.media.formats import CutFormat

_FONT_NAME = "Manrope SemiBold"

_NO_CHARACTER = "\U0010ffff"
_STYLE_FIELDS = (
    "Name,Fontname,Fontsize,PrimaryColour,OutlineColour,BackColour,BorderStyle,Outline,Shadow,"
    "Alignment,MarginL,MarginR,MarginV,Encoding"
)


def can_draw(text: str) -> bool:
    """Whether the font has every character of the text: what it lacks would be a box."""
    return all(_has_glyph(character) for character in set(text) if not character.isspace())


def burn_filter(captions: Sequence[Caption], cut: CutFormat, work_dir: Path) -> str:
    """An ffmpeg filter that draws the captions. It reads a file in `work_dir`, ffmpeg's own directory then.

    Text and path stay out of the filter's own little language, which has three levels of quoting.
    """
    (work_dir / "captions.ass").write_text(_ass(captions, cut), encoding="utf-8")
    fonts = work_dir / "fonts"
    fonts.mkdir(exist_ok=True)
    (fonts / "caption.ttf").write_bytes(_font_file())
    return "ass=filename=captions.ass:fontsdir=fonts:shaping=complex"


def _ass(captions: Sequence[Caption], cut: CutFormat) -> str:
    """The captions as Advanced SubStation Alpha, on a canvas of the cut's own pixels."""
    size = min(cut.height // 17, cut.width // 18)
    side, bottom, outline = cut.width // 14, cut.height // 16, max(2, size // 14)
    colors = "&H00FFFFFF,&H30101010,&H90000000"  # alpha, blue, green, red of text, outline and shadow
    style = f"Caption,{_FONT_NAME},{size},{colors},1,{outline},1,2,{side},{side},{bottom},1"
    events = [
        f"Dialogue: 0,{_clock(caption.start_ms)},{_clock(caption.end_ms)},Caption,{_escape(caption.text)}"
        for caption in captions
    ]
    return "\n".join(
        [
            "[Script Info]",
            "ScriptType: v4.00+",
            f"PlayResX: {cut.width}",
            f"PlayResY: {cut.height}",
            "WrapStyle: 0",
            "ScaledBorderAndShadow: yes",
            "[V4+ Styles]",
            f"Format: {_STYLE_FIELDS}",
            f"Style: {style}",
            "[Events]",
            "Format: Layer,Start,End,Style,Text",
            *events,
            "",
        ]
    )


def _escape(text: str) -> str:
    """Text without meaning for the renderer. The lines are joined: it wraps them to the picture's width."""
    plain = clean_text(text)
    return plain.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")


def _clock(milliseconds: int) -> str:
    hundredths = round(milliseconds / 10)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // 100:02}.{rest % 100:02}"


def _font_file() -> bytes:
    return (files("font_manrope") / "files" / "Manrope-SemiBold.ttf").read_bytes()


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(_font_file()), 32)


@cache
def _missing_glyph() -> bytes:
    return bytes(_font().getmask(_NO_CHARACTER))


@cache
def _has_glyph(character: str) -> bool:
    return bytes(_font().getmask(character)) != _missing_glyph()
