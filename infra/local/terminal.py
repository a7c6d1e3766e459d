"""What people see: plain lines, and on a terminal a table that is drawn again in place."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TextIO

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Terminal:
    """Writes to a stream; colours and redraws only where that is a terminal that takes them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.is_live = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._colours = self.is_live and not os.environ.get("NO_COLOR")
        self._drawn = 0
        self._last: list[str] = []

    def say(self, text: str = "") -> None:
        """One or more lines, below whatever was drawn."""
        self._drawn = 0
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def styled(self, text: str, *styles: str) -> str:
        """Text in colours, where there are any."""
        if not self._colours:
            return text
        return f"\x1b[{';'.join(_STYLES[each] for each in styles)}m{text}\x1b[0m"

    def table(self, lines: Sequence[str]) -> None:
        """Lines that take the place of the table before; where that can't be, the new ones alone."""
        if not self.is_live:
            for line in lines:
                if line not in self._last:
                    self.say(line)
            self._last = list(lines)
            return
        rows = shutil.get_terminal_size().lines - 1
        shown = list(lines)[:rows]  # what has scrolled away cannot be drawn again
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        self._stream.write(up + "".join(f"\r\x1b[2K{line}\n" for line in shown) + "\x1b[J")
        self._stream.flush()
        self._drawn = len(shown)
