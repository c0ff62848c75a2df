"""A model as a table: its layers, the shapes of their outputs, the numbers of their weights."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..layers.layer import Layer, sublayers
from ..optimizers import Optimizer
from ..variable import Variable

_WIDTH = 88
_UNITS = ("B", "KB", "MB", "GB", "TB")


def print_summary(
    model: Layer,
    line_length: int | None = None,
    *,
    optimizer: Optimizer | None = None,
    print_fn: Callable[[str], None] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
) -> None:
    """Print the table and the totals to the terminal, or hand the plain text to `print_fn`.

    The variables of an `optimizer` that has any yet are counted too.
    """
    width = line_length or min(_WIDTH, shutil.get_terminal_size().columns)
    table = Table(width=width)
    for heading, justify in _columns(show_trainable=show_trainable):
        table.add_column(heading, justify=justify)
    for layer, depth in _rows(model, expand_nested=expand_nested):
        table.add_row(*_cells(layer, depth, show_trainable=show_trainable))
    _print([f'[bold]Model: "{escape(model.name)}"[/]', table, *_totals(model, optimizer)], width, print_fn)


def _print(parts: Sequence[Any], width: int, print_fn: Callable[[str], None] | None) -> None:
    if print_fn is None:
        console = Console(width=width, highlight=False)
        for part in parts:
            console.print(part)
        return
    console = Console(width=width, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    print_fn(captured.get())


def _columns(*, show_trainable: bool) -> list[Any]:
    columns = [("Layer (type)", "left"), ("Output Shape", "left"), ("Param #", "right")]
    return [*columns, ("Trainable", "center")] if show_trainable else columns


def _rows(model: Layer, *, expand_nested: bool, depth: int = 0) -> Iterator[tuple[Layer, int]]:
    for layer in sublayers(model):
        yield layer, depth
        if expand_nested:
            yield from _rows(layer, expand_nested=True, depth=depth + 1)


def _cells(layer: Layer, depth: int, *, show_trainable: bool) -> list[str]:
    indent = "   " * depth + "└ " if depth else ""
    name = f"{indent}{escape(layer.name)} ([blue]{type(layer).__name__}[/])"
    count = f"[green]{layer.count_params():,}[/]" if layer.built else "0 (unbuilt)"
    trained = ("Y" if layer.trainable else "N") if layer.weights else "-"
    return [name, _shape(layer.output_shapes), count, *([trained] if show_trainable else [])]


def _shape(shapes: Any) -> str:
    """One shape as it is, several as the tree of them; a question mark before the layer was ever called."""
    if shapes is None:
        return "?"
    leaves = jax.tree.leaves(shapes, is_leaf=lambda tree: isinstance(tree, tuple))
    return str(leaves[0] if len(leaves) == 1 else shapes)


def _totals(model: Layer, optimizer: Optimizer | None) -> Iterator[str]:
    rows = {"Trainable": model.trainable_weights, "Non-trainable": model.non_trainable_weights}
    if optimizer is not None and optimizer.built:
        rows["Optimizer"] = optimizer.variables
    for heading, variables in {"Total": [v for row in rows.values() for v in row], **rows}.items():
        yield f" [bold]{heading} params:[/] [green]{sum(v.size for v in variables):,}[/] ({_memory(variables)})"


def _memory(variables: list[Variable]) -> str:
    size = float(sum(v.size * jnp.dtype(v.dtype).itemsize for v in variables))
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.2f} {_UNITS[unit]}"
