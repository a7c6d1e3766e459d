"""What is known of a provider without asking it: each has one description, in `<name>/provider.py`.

A description is light: it imports no SDK, no PIL and no av.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from shared.providers.ports import ClipLimits

Kind: TypeAlias = Literal["story", "frame", "clip", "narration"]

Unit: TypeAlias = Literal[
    "million input tokens", "million output tokens", "picture", "second", "thousand characters"
]


@dataclass(frozen=True, slots=True)
class Price:
    """One line of a provider's price list."""

    usd: Decimal
    per: Unit
    quality: str | None = None


@dataclass(frozen=True, slots=True)
class Sunset:
    """The end of a model: from `ends` on it is refused. `instead` is `<provider>/<model>`."""

    ends: date
    instead: str


def sunsets(ends: date, instead: str, *models: str) -> dict[str, Sunset]:
    """The same end for several models."""
    return dict.fromkeys(models, Sunset(ends, instead))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider: what it makes, with which models, what they take, cost, and when they end."""

    name: str
    label: str
    """As people know it."""

    key_name: str = ""
    """The variable that holds its key; empty: it needs none."""

    base_url_name: str = ""
    """The variable that points its SDK somewhere else."""

    adapters: Mapping[Kind, str]
    """`module:Class` of who makes a kind of piece."""

    terms: Mapping[Kind, str]
    """`module:Class` of what can be said of them without a key: prompts, limits, prices."""

    models: Mapping[Kind, tuple[str, ...]]
    """The first of each is its default."""

    sunsets: Mapping[str, Sunset] = field(default_factory=dict)
    clip_limits: Mapping[str, ClipLimits] = field(default_factory=dict)
    """By clip model."""

    voices: tuple[str, ...] = ()
    """The first is the default: a calm narrator."""

    prices: Callable[[Kind, str], tuple[Price, ...]] = lambda _kind, _model: ()
    """What a model of a kind costs; nothing: it is free."""
