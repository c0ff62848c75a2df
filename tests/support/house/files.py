"""The project's Python files, parsed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class File:
    """A file by its path below the root of the repository, its text and its syntax tree."""

    path: PurePath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def docstring_lines(self) -> set[int]:
        homes = (n for n in ast.walk(self.tree) if isinstance(n, ast.Module | ast.ClassDef | Function))
        return {n for home in homes if ast.get_docstring(home) for n in span(home.body[0])}

    @property
    def layer(self) -> str:
        return self.path.parts[0]

    @property
    def module(self) -> str:
        return ".".join(["penstock", *self.path.with_suffix("").parts]).removesuffix(".__init__")

    @property
    def package(self) -> str:
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def code_lines(self, numbers: range) -> int:
        """How many of the lines are neither blank nor comment nor docstring."""
        code = (self.lines[n - 1].strip() for n in numbers if n not in self.docstring_lines)
        return sum(bool(line) and not line.startswith("#") for line in code)

    def at(self, line: int, problem: str) -> str:
        return f"{self.path}:{line}: {problem}"


def span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def read(root: Path, *folders: str) -> list[File]:
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    return [File(path.relative_to(root), path.read_text()) for path in paths]
