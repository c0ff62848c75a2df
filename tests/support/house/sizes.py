"""Rules on sizes: of files, of functions, and of what is written twice."""

import ast
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath

from .files import File, Function, span

FILE_LINES, LAYER_FILE_LINES, MEDIAN_FILE_LINES = 300, 400, 120
FUNCTION_LINES, MEDIAN_FUNCTION_LINES, P90_FUNCTION_LINES = 40, 5, 16
COMPLEXITY = 8
REPEATED_WINDOW, REPEATED_SHARE = 8, 0.03
BRANCHES = ast.If | ast.For | ast.AsyncFor | ast.While | ast.ExceptHandler | ast.match_case
UNTYPICAL = 20  # a tree with fewer functions has no meaningful median


def files_are_short(files: list[File]) -> Iterator[str]:
    for file in files:
        most = LAYER_FILE_LINES if file.path.parts[:2] == ("engine", "layers") else FILE_LINES
        if _length(file) > most:
            yield file.at(1, f"{_length(file)} lines without docstrings, {most} allowed")


def functions_are_short(files: list[File]) -> Iterator[str]:
    for file, function, size in _functions(files):
        if size > FUNCTION_LINES:
            yield file.at(function.lineno, f"{function.name} has {size} code lines, {FUNCTION_LINES} allowed")


def functions_are_simple(files: list[File]) -> Iterator[str]:
    for file, function, _ in _functions(files):
        found = _complexity(function)
        if found > COMPLEXITY:
            yield file.at(function.lineno, f"{function.name} has complexity {found}, {COMPLEXITY} allowed")


def typical_sizes_are_small(files: list[File]) -> Iterator[str]:
    sizes = sorted(size for _, _, size in _functions(files))
    if len(sizes) < UNTYPICAL:
        return
    figures = {
        "lines of the median file": (statistics.median(map(_length, files)), MEDIAN_FILE_LINES),
        "code lines of the median function": (statistics.median(sizes), MEDIAN_FUNCTION_LINES),
        "code lines of nine in ten functions": (sizes[int(0.9 * len(sizes))], P90_FUNCTION_LINES),
    }
    yield from (f"{figure}: {ours}, {most} allowed" for figure, (ours, most) in figures.items() if ours > most)


def little_is_written_twice(files: list[File]) -> Iterator[str]:
    places: dict[tuple[str, ...], list[tuple[PurePath, int]]] = defaultdict(list)
    total = 0
    for file in files:
        lines = [line for line in map(str.strip, file.lines) if line and not line.startswith(("#", "import ", "from "))]
        total += len(lines)
        for first in range(len(lines) - REPEATED_WINDOW + 1):
            places[tuple(lines[first : first + REPEATED_WINDOW])].append((file.path, first))
    windows = [where for where in places.values() if len(where) > 1]
    twice = {(path, first + n) for where in windows for path, first in where for n in range(REPEATED_WINDOW)}
    if len(twice) > REPEATED_SHARE * total:
        several = sorted({str(path) for path, _ in twice})
        yield f"{len(twice)} of {total} lines occur twice, in {', '.join(several)}"


def _length(file: File) -> int:
    return len(file.lines) - len(file.docstring_lines)


def _functions(files: list[File]) -> Iterator[tuple[File, Function, int]]:
    return ((file, function, file.code_lines(span(function))) for file in files for function in file.functions())


def _complexity(function: Function) -> int:
    """As ruff's C901 counts, nested functions on their own."""
    total, rest = 1, list(ast.iter_child_nodes(function))
    while rest:
        node = rest.pop()
        if not isinstance(node, Function | ast.ClassDef):
            total += isinstance(node, BRANCHES)
            rest.extend(ast.iter_child_nodes(node))
    return total


RULES = (files_are_short, functions_are_short, functions_are_simple, typical_sizes_are_small, little_is_written_twice)
