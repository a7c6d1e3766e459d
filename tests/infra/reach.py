"""What a function can import, now or later: followed through the source, call by call.

A module that is imported runs its top level. A function that is called by a reachable one is reachable.
A class that is named by a reachable function may be made: its methods are reachable once a reachable
function asks anything for an attribute of their name. That is more than what can truly happen, never less,
but for imports by computed names, which `DYNAMIC` tells of.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from infra import ROOT
from shared.providers import catalog
from shared.providers.provider import Kind

OURS = ("shared", "functions")
TOP = ""


@dataclass(frozen=True)
class Node:
    """A piece of code: a module's top level (`TOP`), a function, a class, or `Class.method`."""

    module: str
    name: str = TOP


def _adapters(kind: str) -> list[Node]:
    """What makes one kind of piece: the catalogue names it in a table."""
    return _in_table(catalog._ADAPTERS, kind)


def _in_table(table: Mapping[tuple[Kind, str], str], kind: str) -> list[Node]:
    found = [path for (each, _), path in table.items() if each == kind]
    return [Node(*path.split(":")) for path in found]


def _endpoint_modules() -> list[Node]:
    files = sorted((ROOT / "functions").rglob("*.py"))
    return [Node(_module_name(path)) for path in files if "@endpoint(" in path.read_text(encoding="utf-8")]


def _module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


DYNAMIC: dict[Node, list[Node]] = {
    # It has the makers of every kind in hand, and is called for one: see `_read`.
    Node("shared.videos.makers", "_built"): [],
    # The API's document is made of every endpoint's declaration.
    Node("shared.lambdas.declaration", "declarations"): _endpoint_modules(),
}
"""What nodes lead to by `import_module`, in place of what their source says."""


@dataclass
class Reached:
    """Our modules, and the modules of others, as they are imported: by their full names."""

    ours: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    nodes: set[Node] = field(default_factory=set)


def reach(handler: str) -> Reached:
    """Everything that a handler can import, however late."""
    module, _, name = handler.rpartition(".")
    return _Walk().run([Node(module), Node(module, name)])


class _Walk:
    def __init__(self) -> None:
        self._reached = Reached()
        self._attributes: set[str] = set()
        self._methods: dict[str, set[Node]] = defaultdict(set)
        self._to_do: list[Node] = []

    def run(self, start: list[Node]) -> Reached:
        self._to_do += start
        while self._to_do:
            self._visit(self._to_do.pop())
        return self._reached

    def _visit(self, node: Node) -> None:
        if node in self._reached.nodes:
            return
        self._reached.nodes.add(node)
        source = _source(node.module)
        if node.name == TOP:
            self._reached.ours.add(node.module)
            self._to_do += [Node(parent) for parent in _parents(node.module)]
            self._read(source.top_level(), source.names, source)
            return
        self._to_do.append(Node(node.module))
        if node in DYNAMIC:
            self._to_do += DYNAMIC[node]
            return
        found = source.definitions.get(node.name)
        if isinstance(found, ast.ClassDef):
            self._meet_class(node, found, source)
        elif found is not None:
            self._read([found], source.names | source.imports_in(found), source)
        elif node.name in source.names:
            self._follow(source.names[node.name])  # a name that the module has from another one

    def _meet_class(self, node: Node, found: ast.ClassDef, source: _Source) -> None:
        methods = {each.name: each for each in found.body if isinstance(each, _FUNCTIONS)}
        for name in methods:
            method = Node(node.module, f"{node.name}.{name}")
            if name.startswith("__") or name in self._attributes:
                self._to_do.append(method)
            else:
                self._methods[name].add(method)
        rest = [each for each in found.body if not isinstance(each, _FUNCTIONS)]
        self._read([*found.bases, *found.keywords, *found.decorator_list, *rest], source.names, source)

    def _read(self, code: list[ast.AST], names: dict[str, Node], source: _Source) -> None:
        for each in (part for piece in code for part in ast.walk(piece)):
            match each:
                case ast.Import() | ast.ImportFrom():
                    self._import(each)
                case ast.Call(func=ast.Name(id="_adapter"), args=[kind, *_]):
                    assert isinstance(kind, ast.Constant), "who asks for an adapter says its kind"
                    self._to_do += _adapters(str(kind.value))
                    self._follow(Node(source.name, "_adapter"))
                case ast.Call(func=ast.Name(id="_terms"), args=[kind, *_]):
                    assert isinstance(kind, ast.Constant), "who asks for terms says their kind"
                    self._to_do += _in_table(catalog._TERMS, str(kind.value))
                    self._follow(Node(source.name, "_terms"))
                case ast.Call(func=ast.Name(id="files"), args=[ast.Constant(value=str(package)), *_]):
                    self._reached.others.add(package)  # importlib.resources: a package's data
                case ast.Attribute(value=ast.Name(id=name), attr=attribute) if module := _module(
                    names.get(name)
                ):
                    self._follow(Node(module, attribute))
                case ast.Attribute(attr=attribute):
                    self._ask_for(attribute)
                case ast.Name(id=name, ctx=ast.Load()):
                    self._follow(Node(source.name, name) if name in source.definitions else names.get(name))

    def _follow(self, node: Node | None) -> None:
        if node is not None and node.module.split(".")[0] in OURS:
            self._to_do.append(_submodule(node) or node)

    def _ask_for(self, attribute: str) -> None:
        if attribute not in self._attributes:
            self._attributes.add(attribute)
            self._to_do += self._methods.pop(attribute, ())

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        for target in _imported(statement).values():
            if target.module.split(".")[0] in OURS:
                self._to_do.append(_submodule(target) or Node(target.module))
            else:
                self._reached.others.add(target.module)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class _Source:
    name: str
    tree: ast.Module

    def __post_init__(self) -> None:
        self.definitions: dict[str, ast.AST] = {}
        for each in self.tree.body:
            if isinstance(each, (*_FUNCTIONS, ast.ClassDef)):
                self.definitions[each.name] = each
            if isinstance(each, ast.ClassDef):
                for method in each.body:
                    if isinstance(method, _FUNCTIONS):
                        self.definitions[f"{each.name}.{method.name}"] = method
        self.names = _names(each for each in self.tree.body)

    def top_level(self) -> list[ast.AST]:
        """What runs when the module is imported: all but the insides of functions and classes' methods."""
        code: list[ast.AST] = []
        for each in self.tree.body:
            if isinstance(each, _FUNCTIONS):
                code += [*each.decorator_list, *_defaults(each)]
            elif isinstance(each, ast.ClassDef):
                code += [*each.bases, *each.keywords, *each.decorator_list]
                code += [part for part in each.body if not isinstance(part, _FUNCTIONS)]
            elif not _is_for_types_alone(each):
                code.append(each)
        return code

    def imports_in(self, code: ast.AST) -> dict[str, Node]:
        return _names(ast.walk(code))


def _defaults(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    return [each for each in (*function.args.defaults, *function.args.kw_defaults) if each is not None]


def _is_for_types_alone(statement: ast.AST) -> bool:
    return isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test)


def _names(code: Iterator[ast.AST]) -> dict[str, Node]:
    names: dict[str, Node] = {}
    for each in code:
        if isinstance(each, ast.Import | ast.ImportFrom):
            names |= _imported(each)
    return names


def _imported(statement: ast.Import | ast.ImportFrom) -> dict[str, Node]:
    """The names that a statement brings, and what they are."""
    if isinstance(statement, ast.Import):
        return {alias.asname or alias.name.split(".")[0]: Node(alias.name) for alias in statement.names}
    assert statement.level == 0, "imports are absolute"
    module = statement.module or ""
    return {alias.asname or alias.name: Node(module, alias.name) for alias in statement.names}


def _module(node: Node | None) -> str | None:
    """The module that a name stands for; None when it stands for something in a module."""
    if node is None:
        return None
    found = node if node.name == TOP else _submodule(node)
    return found.module if found else None


def _submodule(node: Node) -> Node | None:
    """The module that `from package import module` means; None when it means something in a module."""
    path = ROOT.joinpath(*node.module.split("."), node.name)
    if node.name == TOP or not (path.with_suffix(".py").exists() or (path / "__init__.py").exists()):
        return None
    return Node(f"{node.module}.{node.name}")


def _parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    for count in range(1, len(parts)):
        if ROOT.joinpath(*parts[:count], "__init__.py").exists():
            yield ".".join(parts[:count])


@cache
def _source(module: str) -> _Source:
    path = ROOT.joinpath(*module.split("."))
    package = path / "__init__.py"
    file = package if package.exists() else path.with_suffix(".py")
    return _Source(module, ast.parse(file.read_text(encoding="utf-8")))
