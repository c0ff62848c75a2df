"""Rules on imports: their direction, what they may name, and where they may stand."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from .files import File

LAYERS = ("pipeline", "adapters", "engine", "perf")  # each imports those before it
WITHOUT_JAX = ("pipeline", "adapters")
JAX = {"equinox", "flax", "jax", "jaxlib", "optax", "orbax"}


@dataclass(frozen=True)
class Import:
    """One imported module in full, with the names taken from it, and how it was written."""

    module: str
    names: tuple[str, ...]
    line: int
    relative: bool = False
    late: bool = False
    for_types: bool = False

    @property
    def library(self) -> str:
        return self.module.partition(".")[0]

    @property
    def layer(self) -> str | None:
        """The layer it reaches into; "front door" for the rest of the package, None for foreign modules."""
        if self.library != "penstock":
            return None
        second = f"{self.module}.".split(".")[1]
        return second if second in LAYERS else "front door"


def imports(file: File) -> Iterator[Import]:
    late = {id(node) for function in file.functions() for node in ast.walk(function)}
    guards = (
        node for node in ast.walk(file.tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    )
    for_types = {id(node) for guard in guards for node in ast.walk(guard)}
    for node in ast.walk(file.tree):
        where = {"late": id(node) in late, "for_types": id(node) in for_types}
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, (), node.lineno, **where) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(_full_name(file, node), names, node.lineno, relative=node.level > 0, **where)


def _full_name(file: File, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = file.package.split(".")
    return ".".join([*parents[: len(parents) - node.level + 1], *([node.module] if node.module else [])])


def _all(files: Iterable[File]) -> Iterator[tuple[File, Import]]:
    return ((file, found) for file in files for found in imports(file))


def imports_run_downhill(files: list[File]) -> Iterator[str]:
    for file, found in _all(files):
        if found.layer == "front door" and file.layer != "perf":
            yield file.at(found.line, f"{file.layer} imports {found.module}, which stands above it")
        elif found.layer in LAYERS and LAYERS.index(found.layer) > LAYERS.index(file.layer):
            yield file.at(found.line, f"{file.layer} imports {found.module}, which stands above it")


def imports_are_written_one_way(files: list[File]) -> Iterator[str]:
    for file, found in _all(files):
        if found.library in LAYERS:
            yield file.at(found.line, f"a second copy of every class: import penstock.{found.module}")
        elif found.layer == file.layer and not found.relative:
            yield file.at(found.line, f"within a layer, import relatively, not {found.module}")
        elif found.layer in LAYERS and found.layer != file.layer and found.relative:
            yield file.at(found.line, f"across layers, import from {found.module}, not relatively")


def imports_take_public_names(files: list[File]) -> Iterator[str]:
    for file, found in _all(files):
        private = [part for part in (*found.module.split("."), *found.names) if part.startswith("_")]
        if found.layer in LAYERS and found.layer != file.layer and private:
            yield file.at(found.line, f"{private[0]} is private to {found.layer}")


def jax_stays_in_the_engine(files: list[File]) -> Iterator[str]:
    for file, found in _all(files):
        if file.layer in WITHOUT_JAX and found.library in JAX:
            yield file.at(found.line, f"{file.layer} never imports {found.library}")


def one_module_of_the_engine_knows_adapters(files: list[File]) -> Iterator[str]:
    knowing = {file.path for file, found in _all(files) if file.layer == "engine" and found.layer == "adapters"}
    if len(knowing) > 1:
        yield f"{', '.join(map(str, sorted(knowing)))}: one module of the engine may import adapters"


def late_imports_name_one_foreign_library(files: list[File]) -> Iterator[str]:
    for file in files:
        late = [found for found in imports(file) if found.late]
        yield from (file.at(found.line, f"late import of {found.module}") for found in late if found.layer)
        libraries = sorted({found.library for found in late})
        if len(libraries) > 1:
            yield file.at(late[0].line, f"late imports of {' and '.join(libraries)}: one foreign library per file")


def imports_have_no_cycle(files: list[File]) -> Iterator[str]:
    modules = {file.module for file in files}
    graph: dict[str, set[str]] = defaultdict(set)
    for file, found in _all(files):
        if not found.for_types:
            graph[file.module] |= _reached(found, modules) - {file.module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield " -> ".join(error.args[1])


def _reached(found: Import, modules: set[str]) -> set[str]:
    """The modules that it imports: of `from . import a, b` those that are modules, else the package itself."""
    submodules = {f"{found.module}.{name}" for name in found.names} & modules
    whole = len(submodules) == len(found.names) > 0
    return submodules if whole else submodules | ({found.module} & modules)


RULES = (
    imports_run_downhill,
    imports_are_written_one_way,
    imports_take_public_names,
    jax_stays_in_the_engine,
    one_module_of_the_engine_knows_adapters,
    late_imports_name_one_foreign_library,
    imports_have_no_cycle,
)
