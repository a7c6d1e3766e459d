"""The brush: outlines become pixels, layer by layer, in the manner of one look.

Nothing here knows what it paints. Places are in stage units: the picture is 1 high and `aspect` wide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from shared.providers.draft.pictures.colours import BLACK, WHITE, Colour, mix, shifted
from shared.providers.draft.pictures.looks import Look
from shared.providers.draft.pictures.shading import crested, modelled, ramp, scaled, shaded, washed
from shared.providers.draft.pictures.shapes import Outline, Part, Point
from shared.providers.draft.pictures.textures import clouds

OVERSAMPLING = 2
"""Pillow's polygons have hard edges; each mask is drawn this much larger and reduced."""

_HARD = [0] * 101 + [255] * 154 + [255]
"""A table that leaves no half-covered pixels."""

Box = tuple[int, int, int, int]


class Painter:
    """A canvas and the hand that paints on it."""

    def __init__(self, size: tuple[int, int], look: Look, rng: Random) -> None:
        self.look = look
        self.size = size
        self.width, self.height = size
        self.aspect = size[0] / size[1]
        self.canvas = Image.new("RGB", size)
        self._waves = tuple((rng.uniform(20, 90), rng.uniform(20, 90), rng.uniform(0, 6.3)) for _ in range(5))
        self._mottle = clouds(rng, size, 5, 5)

    def graded(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Fill the whole canvas from top to bottom with colours at heights 0–1."""
        colours = [_between(stops, row / 255) for row in range(256)]
        self.canvas.paste(self._column(colours, self.size))
        if self.look.shading == "wash":
            paper = Image.blend(self.canvas, Image.new("RGB", self.size, (252, 249, 240)), 0.75)
            self.canvas = Image.composite(self.canvas, paper, self._mottle.point(ramp(70, 165)))
        elif self.look.mottle:
            light = Image.blend(self.canvas, Image.new("RGB", self.size, WHITE), 0.12 * self.look.mottle)
            self.canvas = Image.composite(light, self.canvas, self._mottle)

    def scenery(
        self,
        outlines: Sequence[Outline],
        top: Colour,
        bottom: Colour | None = None,
        *,
        crest: Colour | None = None,
        soft: float = 0.0,
        opacity: float = 1.0,
        line: bool = True,
    ) -> None:
        """One layer of land, wall, water or leaves, from `top` to `bottom` colour.

        `crest` lights its upper edge. `soft` blurs it (share of the height).
        """
        area = self._area([point for outline in outlines for point in outline], soft)
        if area is None:
            return
        mask = self._mask(outlines, area)
        if soft:
            mask = mask.filter(ImageFilter.GaussianBlur(soft * self.height))
        size = mask.size
        bottom = bottom if bottom is not None else top
        if self.look.flat:
            top = bottom = mix(top, bottom, 0.45)
        fill = self._column([mix(top, bottom, row / 63) for row in range(64)], size)
        fill = self._pigment(fill, area)
        if crest is not None:
            fill = crested(fill, mask, crest, self.look, self.height)
        solid = line and not soft and opacity > 0.9  # noqa: PLR2004 - washes and veils have no edge
        if solid and self.look.shading == "clay":
            self._drop_shadow(mask, area, shifted(bottom, value=0.25), 0.4)
        if solid and self.look.scenery_line:
            self._ink(outlines, self.look.scenery_line * 2, mix(self.look.ink, bottom, 0.25))
        self._lay(fill, mask, area, opacity)

    def subject(
        self,
        parts: Sequence[Part],
        *,
        towards_light: Point,
        rim: Colour,
        shade: Colour,
        rim_strength: float = 0.7,
        shade_strength: float = 0.5,
        line: bool = True,
    ) -> None:
        """A figure or thing: its parts with a lit edge on the light's side and shade on the other."""
        area = self._area([point for part in parts for point in part.outline], 0.01)
        if area is None:
            return
        whole = self._mask([part.outline for part in parts], area)
        if self.look.shading == "clay":
            self._drop_shadow(whole, area, shade, 0.5)
        elif self.look.subject_line and line:
            self._ink([part.outline for part in parts], self.look.subject_line * 2, self.look.ink)
        fill = self._coloured(parts, area)
        extent = max(p[1] for part in parts for p in part.outline) - min(
            p[1] for part in parts for p in part.outline
        )
        glowing = [part.outline for part in parts if not part.lit]
        fill = shaded(
            fill,
            whole,
            self.look,
            self.height,
            extent=extent * self.height,
            towards_light=towards_light,
            rim=(rim, rim_strength),
            shade=(shade, shade_strength),
        )
        if glowing:
            fill.paste(self._coloured(parts, area), mask=self._mask(glowing, area))
        self._lay(fill, whole, area, 1.0, cover=225)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light spilling from a point; added to what is there."""
        side = max(round(radius * 2 * self.height), 2)
        # Pillow's gradient reaches 255 in its corners and 178 in the middle of its edges.
        fall = Image.radial_gradient("L").point(
            [round(max(1 - v / 178, 0.0) ** 1.7 * 255 * strength) for v in range(256)]
        )
        left, top = round(x * self.height) - side // 2, round(y * self.height) - side // 2
        clipped = (max(left, 0), max(top, 0), min(left + side, self.width), min(top + side, self.height))
        if clipped[0] >= clipped[2] or clipped[1] >= clipped[3]:
            return
        scale = 256 / side
        source = tuple((clipped[i] - (left, top)[i % 2]) * scale for i in range(4))
        size = (clipped[2] - clipped[0], clipped[3] - clipped[1])
        mask = fall.resize(size, Image.Resampling.BILINEAR, box=(source[0], source[1], source[2], source[3]))
        below = self.canvas.crop(clipped)
        lit = ImageChops.screen(below, Image.new("RGB", size, colour))
        self.canvas.paste(Image.composite(lit, below, mask), clipped[:2])

    def veil(self, top: float, bottom: float, colour: Colour, strength: float, peak: float = 1.0) -> None:
        """A band of haze, strongest at `peak` (0 its top, 1 its bottom)."""
        first, last = max(round(top * self.height), 0), min(round(bottom * self.height), self.height)
        if last <= first:
            return
        fall = [1 - abs(row / 63 - peak) / max(peak, 1 - peak) for row in range(64)]
        column = Image.new("L", (1, 64))
        column.putdata([round(max(v, 0.0) ** 1.4 * 255 * strength) for v in fall])
        mask = column.resize((self.width, last - first), Image.Resampling.BILINEAR)
        self.canvas.paste(colour, (0, first, self.width, last), mask)

    def light_shape(self, outlines: Sequence[Outline], colour: Colour, strength: float, soft: float) -> None:
        """Soft shapes of light, screened: rays, pools, reflections. Painted at a quarter of the size."""
        factor = 4 if soft * self.height > 6 else 1  # noqa: PLR2004 - a blur of 6 px hides a quarter size
        small = (max(self.width // factor, 1), max(self.height // factor, 1))
        mask = Image.new("L", small)
        draw = ImageDraw.Draw(mask)
        for outline in outlines:
            draw.polygon([(x * small[1], y * small[1]) for x, y in outline], fill=round(255 * strength))
        if soft:
            mask = mask.filter(ImageFilter.GaussianBlur(soft * small[1]))
        mask = mask.resize(self.size, Image.Resampling.BILINEAR)
        lit = ImageChops.screen(self.canvas, Image.new("RGB", self.size, colour))
        self.canvas.paste(lit, mask=mask)

    def dots(self, dots: Sequence[tuple[float, float, float, float]], colour: Colour) -> None:
        """Small discs (x, y, radius, strength 0–1): stars, snow, sparks."""
        mask = Image.new("L", (self.width * OVERSAMPLING, self.height * OVERSAMPLING))
        draw = ImageDraw.Draw(mask)
        unit = self.height * OVERSAMPLING
        for x, y, radius, strength in dots:
            size = max(radius * unit, 0.8)
            draw.ellipse(
                (x * unit - size, y * unit - size, x * unit + size, y * unit + size),
                fill=round(255 * strength),
            )
        self.canvas.paste(colour, (0, 0, *self.size), mask.reduce(OVERSAMPLING))

    def strokes(
        self, lines: Sequence[tuple[Point, Point]], width: float, colour: Colour, strength: float
    ) -> None:
        """Straight thin strokes: rain, wires, rigging."""
        mask = Image.new("L", (self.width * OVERSAMPLING, self.height * OVERSAMPLING))
        draw = ImageDraw.Draw(mask)
        unit = self.height * OVERSAMPLING
        for (x0, y0), (x1, y1) in lines:
            draw.line(
                (x0 * unit, y0 * unit, x1 * unit, y1 * unit),
                fill=round(255 * strength),
                width=max(round(width * unit), 1),
            )
        self.canvas.paste(colour, (0, 0, *self.size), mask.reduce(OVERSAMPLING))

    def mirror(self, line: float, tint: Colour, share: float, bottom: float = 1.0) -> None:
        """Reflect what stands above a height in the water below it, tinted and blurred downwards."""
        row, last = round(line * self.height), min(round(bottom * self.height), self.height)
        depth = min(last - row, row)
        if depth <= 0:
            return
        above = self.canvas.crop((0, row - depth, self.width, row)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        small = above.resize((max(self.width // 3, 1), max(depth // 12, 1)), Image.Resampling.BOX)
        soft = small.resize(above.size, Image.Resampling.BICUBIC)
        water = Image.blend(soft, Image.new("RGB", soft.size, tint), share)
        fade = Image.linear_gradient("L").resize(soft.size).point([255 - v * 3 // 4 for v in range(256)])
        self.canvas.paste(water, (0, row), fade)

    def blur(self, amount: float) -> None:
        """Put everything painted so far out of focus (share of the height)."""
        radius = amount * self.height
        if radius < 0.6:  # noqa: PLR2004 - less than a pixel cannot be seen
            return
        if radius > 4:  # noqa: PLR2004 - a wide blur costs a ninth at a third of the size
            small = self.canvas.reduce(3).filter(ImageFilter.GaussianBlur(radius / 3))
            self.canvas = small.resize(self.size, Image.Resampling.BICUBIC)
        else:
            self.canvas = self.canvas.filter(ImageFilter.GaussianBlur(radius))

    # From here on: how a look lays its paint.

    def _column(self, colours: Sequence[Colour], size: tuple[int, int]) -> Image.Image:
        column = Image.new("RGB", (1, len(colours)))
        column.putdata(list(colours))
        return column.resize(size, Image.Resampling.BILINEAR)

    def _area(self, points: Sequence[Point], margin: float) -> Box | None:
        """The pixels that the points cover, cut to the canvas; None when nothing shows."""
        if not points:
            return None
        pad = 3 + round((margin * 3 + self.look.wobble) * self.height)
        left = max(math.floor(min(p[0] for p in points) * self.height) - pad, 0)
        top = max(math.floor(min(p[1] for p in points) * self.height) - pad, 0)
        right = min(math.ceil(max(p[0] for p in points) * self.height) + pad, self.width)
        bottom = min(math.ceil(max(p[1] for p in points) * self.height) + pad, self.height)
        return (left, top, right, bottom) if right > left and bottom > top else None

    def _pixels(self, outline: Outline, area: Box) -> list[Point]:
        unit = self.height * OVERSAMPLING
        left, top = area[0] * OVERSAMPLING, area[1] * OVERSAMPLING
        points = self._rough(outline) if self.look.wobble else outline
        return [(x * unit - left, y * unit - top) for x, y in points]

    def _rough(self, outline: Outline) -> list[Point]:
        """The outline with more points, each led astray as a brush would."""
        rough: list[Point] = []
        for i, (x0, y0) in enumerate(outline):
            x1, y1 = outline[(i + 1) % len(outline)]
            pieces = min(max(int(math.hypot(x1 - x0, y1 - y0) / 0.015), 1), 200)
            for piece in range(pieces):
                x, y = x0 + (x1 - x0) * piece / pieces, y0 + (y1 - y0) * piece / pieces
                dx = sum(math.sin(a * x + b * y + c) for a, b, c in self._waves[:3])
                dy = sum(math.sin(b * x - a * y + c) for a, b, c in self._waves[2:])
                rough.append((x + dx * self.look.wobble / 2, y + dy * self.look.wobble / 2))
        return rough

    def _mask(self, outlines: Sequence[Outline], area: Box) -> Image.Image:
        size = ((area[2] - area[0]) * OVERSAMPLING, (area[3] - area[1]) * OVERSAMPLING)
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        for outline in outlines:
            draw.polygon(self._pixels(outline, area), fill=255)
        mask = mask.reduce(OVERSAMPLING)
        return mask.point(_HARD) if self.look.grid > 1 else mask

    def _coloured(self, parts: Sequence[Part], area: Box) -> Image.Image:
        size = ((area[2] - area[0]) * OVERSAMPLING, (area[3] - area[1]) * OVERSAMPLING)
        # The ground colour shows at the anti-aliased edge, so it is the largest part's own.
        sheet = Image.new("RGB", size, parts[0].colour)
        draw = ImageDraw.Draw(sheet)
        for part in parts:
            draw.polygon(self._pixels(part.outline, area), fill=part.colour, outline=part.colour)
        return self._pigment(sheet.reduce(OVERSAMPLING), area)

    def _pigment(self, fill: Image.Image, area: Box) -> Image.Image:
        """The fill with the look's uneven pigment."""
        if not self.look.mottle:
            return fill
        deep = ImageChops.multiply(fill, fill)
        share = self.look.mottle * 0.55
        return Image.composite(
            Image.blend(fill, deep, share), fill, self._mottle.crop(area).point(ramp(80, 190))
        )

    def _lay(
        self, fill: Image.Image, mask: Image.Image, area: Box, opacity: float, *, cover: int = 165
    ) -> None:
        """Put a filled layer on the canvas in the look's manner. `cover`: a wash's opacity where thinnest."""
        if self.look.shading == "wash":
            mask, fill = washed(fill, mask, self._mottle.crop(area), self.height, cover)
        elif self.look.shading == "clay":
            fill = modelled(fill, mask, self.height)
        if opacity < 1:
            mask = mask.point(scaled(opacity))
        self.canvas.paste(fill, area[:2], mask)

    def _drop_shadow(self, mask: Image.Image, area: Box, shade: Colour, strength: float) -> None:
        reach = self.height * 0.012
        padded = Image.new("L", (mask.width + round(reach * 6), mask.height + round(reach * 6)))
        padded.paste(mask, (round(reach * 3), round(reach * 3)))
        soft = padded.filter(ImageFilter.BoxBlur(reach)).point(scaled(strength))
        corner = (area[0] - round(reach * 2.4), area[1] - round(reach * 1.8))
        self.canvas.paste(
            mix(shade, BLACK, 0.5), (*corner, corner[0] + soft.width, corner[1] + soft.height), soft
        )

    def _ink(self, outlines: Sequence[Outline], width: float, ink: Colour) -> None:
        """A line around outlines, under what is filled afterwards."""
        area = self._area([point for outline in outlines for point in outline], width)
        if area is None:
            return
        mask = Image.new("L", ((area[2] - area[0]) * OVERSAMPLING, (area[3] - area[1]) * OVERSAMPLING))
        draw = ImageDraw.Draw(mask)
        thickness = max(round(width * self.height * OVERSAMPLING), 1)
        for outline in outlines:
            points = self._pixels(outline, area)
            draw.line([*points, points[0], points[1]], fill=255, width=thickness, joint="curve")
        self.canvas.paste(ink, area, mask.reduce(OVERSAMPLING))

    def tone(self, colour: Colour) -> Colour:
        """The colour as this look would mix it."""
        return shifted(colour, saturation=self.look.saturation)


def _between(stops: Sequence[tuple[float, Colour]], height: float) -> Colour:
    before = stops[0]
    for stop in stops:
        if stop[0] >= height:
            span = stop[0] - before[0]
            return mix(before[1], stop[1], (height - before[0]) / span if span else 0.0)
        before = stop
    return before[1]
