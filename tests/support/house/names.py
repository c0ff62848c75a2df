"""Rules on names and types: of files, of attributes, of parameters."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from .files import File, Function

FORBIDDEN = {"common.py", "helpers.py", "utils.py"}
BIRTHPLACES = {"__init__", "__new__", "__post_init__", "__setstate__", "build", "setup"}


def files_are_nouns(files: list[File]) -> Iterator[str]:
    yield from (file.at(1, "a name that says nothing") for file in files if file.path.name in FORBIDDEN)


def attributes_are_born_early(files: list[File]) -> Iterator[str]:
    classes: dict[str, list[ast.ClassDef]] = defaultdict(list)
    for file in files:
        for cls in file.classes():
            classes[cls.name].append(cls)
    for file in files:
        for cls in file.classes():
            born = _born(cls, classes, set())
            late = {target.attr: target for target in _assigned(cls) if target.attr not in born}
            yield from (file.at(late[name].lineno, f"{cls.name}.{name} is born late") for name in sorted(late))


def _assigned(node: ast.AST) -> Iterator[ast.Attribute]:
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store):
            if isinstance(child.value, ast.Name) and child.value.id == "self":
                yield child


def _born(cls: ast.ClassDef, classes: dict[str, list[ast.ClassDef]], seen: set[str]) -> set[str]:
    """What the class and its bases, found by their names, declare or assign where attributes are born."""
    names = {name for statement in cls.body for name in _declared(statement)}
    for base in map(_last_name, cls.bases):
        for found in classes[base] if base not in seen else ():
            names |= _born(found, classes, seen | {cls.name, base})
    return names


def _declared(statement: ast.stmt) -> set[str]:
    if isinstance(statement, Function):
        inside = {target.attr for target in _assigned(statement)} if statement.name in BIRTHPLACES else set()
        return {statement.name} | inside
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _last_name(base: ast.expr) -> str:
    base = base.value if isinstance(base, ast.Subscript) else base
    return base.attr if isinstance(base, ast.Attribute) else ast.unparse(base)


def public_parameters_have_types(files: list[File]) -> Iterator[str]:
    for file in files:
        for function in file.functions():
            if not function.name.startswith("_") or function.name in ("__init__", "__call__"):
                bare = [argument.arg for argument in _parameters(function) if argument.annotation is None]
                yield from (file.at(function.lineno, f"{function.name}({name}) has no type") for name in bare)


def _parameters(function: Function) -> list[ast.arg]:
    every = function.args
    found = [*every.posonlyargs, *every.args, *every.kwonlyargs]
    return [argument for argument in found if argument.arg not in ("self", "cls")]


RULES = (files_are_nouns, attributes_are_born_early, public_parameters_have_types)
