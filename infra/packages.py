"""How large the functions' packages are: our code and the layers that each brings along, unzipped."""

from __future__ import annotations

from collections.abc import Iterable

from infra import ROOT
from infra.layer_build import MAX_CODE_BYTES, MAX_LAYER_BYTES, MAX_UNZIPPED_BYTES
from shared.lambdas.declaration import Declaration

_MIB = 1024 * 1024


def code_bytes() -> int:
    """What every function has of our own code."""
    files = (path for folder in ("functions", "shared") for path in (ROOT / folder).rglob("*"))
    return sum(path.stat().st_size for path in files if path.is_file() and "__pycache__" not in path.parts)


def most_bytes(declared: Declaration) -> int:
    """What a function's package may have at the most; a layer that is over its part is not built."""
    return MAX_CODE_BYTES + sum(MAX_LAYER_BYTES[each] for each in declared.layers)


def report(functions: Iterable[Declaration]) -> str:
    """One line for each set of layers, the largest first."""
    sets: dict[tuple[str, ...], list[Declaration]] = {}
    for each in functions:
        sets.setdefault(tuple(sorted(each.layers)), []).append(each)
    rows = sorted(sets.items(), key=lambda item: -most_bytes(item[1][0]))
    lines = [
        f"packages: our code has {code_bytes() / _MIB:.1f} MiB, Lambda takes {MAX_UNZIPPED_BYTES / _MIB:.0f}"
    ]
    lines += [
        f"  {len(each):>3} functions of at most {most_bytes(each[0]) / _MIB:.0f} MiB: {' + '.join(layers)}"
        for layers, each in rows
    ]
    return "\n".join(lines)
