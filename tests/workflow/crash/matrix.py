"""What is tried: every step of the workflow with every way in which it can go wrong.

.    does not apply: the step does not do what the fault breaks
ok   the video comes to where it was to come without anybody's help
end  the video ends with its reason
+    one answer was lost: it may have been paid, is asked for once more, and the history says `lost`

What was given up for lost and comes all the same is kept: then the history says when it was given up.

Whichever it is, a render then finishes the video.
"""

from __future__ import annotations

from dataclasses import dataclass

TABLE = """
                 exception killed stored hang late 429 500  cut  malformed truncated corrupt html expired failed stuck unknown database storage
write_story      end+      ok+    ok     ok+  ok   ok  ok+  ok+  ok+       .         .       ok+  .       .      .     .       ok       ok
choose_reference end+      ok+    ok     ok+  ok   ok  ok+  ok+  ok+       .         .       ok+  .       .      .     .       ok       ok
draw_frame       end+      ok+    ok     ok+  ok   ok  ok+  ok+  ok+       .         .       ok+  .       .      .     .       ok       ok
submit_clip      end+      ok+    .      ok+  ok   ok  ok+  ok+  ok+       .         .       ok+  .       .      .     .       ok       ok
check_clip       end       ok     .      ok   .    ok  ok   ok   ok        .         .       ok   .       ok     end+  ok      ok       .
keep_clip        end       ok     ok     ok   .    ok  ok   ok   ok        ok        end     end  ok      .      .     ok      ok       ok
narrate          end+      ok+    ok     ok+  ok   ok  ok+  ok+  ok+       ok        end     end  ok      ok     end+  ok      ok       ok
merge_clips      end       ok     ok     ok   .    .   .    .    .         .         .       .    .       .      .     .       ok       ok
publish_video    end       ok     ok     ok   .    .   .    .    .         .         .       .    .       .      .     .       ok       ok
mark_stopped     end       ok     .      ok   .    .   .    .    .         .         .       .    .       .      .     .       ok       .
continue_video   ok        ok     .      ok   .    .   .    .    .         .         .       .    .       .      .     .       .        .
mark_failed      ok        end    .      end  .    .   .    .    .         .         .       .    .       .      .     .       end      .
"""  # noqa: E501 - a table

FAULTS = {
    "exception": "an exception before the effect",
    "killed": "kill -9 right after the effect, before anything is written down",
    "stored": "kill -9 when the result is stored, before it is recorded",
    "hang": "no answer until the function's time is up",
    "late": "an answer that comes when the call was given up for lost and another was sent",
    "429": "the provider is busy",
    "500": "the provider accepts, and answers 500",
    "cut": "the connection is cut after the provider has accepted",
    "malformed": "half an answer",
    "truncated": "half a file, four times",
    "corrupt": "a file of the right length that cannot be decoded, twice",
    "html": "a web page instead of an answer or, four times, of a file",
    "expired": "an address that has expired, four times",
    "failed": "the provider's task fails",
    "stuck": "the provider's task runs for ever",
    "unknown": "a status that nobody knows, twice",
    "database": "Postgres is gone for 10 s when the result is to be written down",
    "storage": "S3 is gone for 10 s when it is needed",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One step with one fault, and what comes of it."""

    step: str
    fault: str
    ends: bool
    lost: int

    @property
    def name(self) -> str:
        """Unique, and a word."""
        return f"{self.step}_{self.fault}"

    def __str__(self) -> str:
        return f"{self.step}-{self.fault}"


def cells() -> list[Cell]:
    """The cells that apply."""
    head, *lines = [line.split() for line in TABLE.strip("\n").splitlines()]
    assert head == list(FAULTS)
    return [
        Cell(step, fault, ends=mark.startswith("end"), lost=mark.count("+"))
        for step, *marks in lines
        for fault, mark in zip(head, marks, strict=True)
        if mark != "."
    ]


def steps() -> list[str]:
    """The table's rows."""
    return [line.split()[0] for line in TABLE.strip("\n").splitlines()[1:]]


def drawn(results: dict[tuple[str, str], str]) -> list[str]:
    """The table with a result in each cell, as lines."""
    widths = [max(len(fault), 2) for fault in FAULTS]
    lines = [" ".join([" " * 16, *(f"{fault:<{w}}" for fault, w in zip(FAULTS, widths, strict=True))])]
    for step in steps():
        marks = [f"{results.get((step, fault), '.'):<{w}}" for fault, w in zip(FAULTS, widths, strict=True)]
        lines.append(" ".join([f"{step:<16}", *marks]))
    return [line.rstrip() for line in lines]
