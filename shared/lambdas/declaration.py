"""What is declared of a function: one object that stack, OpenAPI document, laptop and tests read.

A declared function is itself the Lambda handler: `functions/videos/get_video.py` holds `get_video`,
whose handler is `functions.videos.get_video.get_video`, whose operationId and Lambda are `get_video`.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, ClassVar, TypeVar

from shared.lambdas.access import Access, Layer

D = TypeVar("D", bound="Declaration")


class Declaration:
    """What is true of every function: its name, its rights, its size.

    `memory_mb` and `timeout_seconds` are Lambda's. `code` is the function as it was written.
    """

    decorator: ClassVar[str] = "@"
    """How the source of every declaration of this kind begins."""

    def __init__(
        self,
        code: Callable[..., Any],
        *,
        needs: set[Access],
        memory_mb: int,
        timeout_seconds: int,
        layers: set[Layer],
    ) -> None:
        self.code = code
        self.name = code.__name__
        self.module = code.__module__
        self.needs = frozenset(needs)
        self.memory_mb = memory_mb
        self.timeout_seconds = timeout_seconds
        self.layers = frozenset({Layer.CORE, *layers})
        self.__doc__ = code.__doc__

    @property
    def handler(self) -> str:
        """As Lambda wants it: module path and attribute."""
        return f"{self.module}.{self.name}"

    @property
    def area(self) -> str:
        """The folder under `functions/`: the function's tag in the API document."""
        return self.module.split(".")[1]

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.code) or self.name).splitlines()[0]

    @property
    def description(self) -> str:
        """The rest of the docstring."""
        return "\n".join((inspect.getdoc(self.code) or "").splitlines()[1:]).strip()

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Parameter names and their resolved types, in order."""
        hints = typing.get_type_hints(self.code)
        return {name: hints[name] for name in inspect.signature(self.code).parameters}

    @cached_property
    def returns(self) -> Any:
        """The resolved return type."""
        return typing.get_type_hints(self.code).get("return")

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        """Answer one invocation, as Lambda calls it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def declarations(kind: type[D], package: str = "functions") -> Iterator[D]:
    """Every declared function of a kind below `package`, sorted by name.

    Only modules whose source has the kind's decorator are imported: to describe the endpoints
    nobody should have to load what the workflow's steps need.
    """
    found: dict[str, D] = {}
    for name in _modules(kind, package):
        declared = getattr(import_module(name), name.rsplit(".", 1)[1], None)
        if isinstance(declared, kind):
            found[declared.name] = declared
    return iter(sorted(found.values(), key=lambda each: each.name))


def declared_names(kind: type[Declaration], package: str = "functions") -> Iterator[tuple[str, str]]:
    """Name and area of every function of a kind, without importing any."""
    for module in _modules(kind, package):
        _, area, name = module.split(".")
        yield name, area


def _modules(kind: type[Declaration], package: str) -> Iterator[str]:
    """The modules whose source has the kind's decorator."""
    for module in walk_packages(import_module(package).__path__, prefix=f"{package}."):
        spec = find_spec(module.name)
        if module.ispkg or spec is None or spec.origin is None:
            continue
        if kind.decorator in Path(spec.origin).read_text(encoding="utf-8"):
            yield module.name
