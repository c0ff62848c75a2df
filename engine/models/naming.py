"""The names of a model's inputs and outputs."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..layers.signature import is_shape
from ..symbolic import is_symbolic


def names_of(tree: Any) -> list[str]:
    """A name for each leaf of a tree of symbolic tensors, or of shapes, in the order of its leaves.

    What a dict holds is named by its key, other symbolic tensors by the layers that gave them, other shapes
    `output_1`, `output_2` … by their places. A name that comes again is numbered.
    """
    taken: Counter[str] = Counter()
    names = []
    for place, name in enumerate(_names(tree, None), 1):
        name = name or f"output_{place}"
        names.append(f"{name}_{taken[name]}" if taken[name] else name)
        taken[name] += 1
    return names


def _names(tree: Any, key: str | None) -> Iterator[str | None]:
    if is_symbolic(tree):
        yield key or tree.name
    elif is_shape(tree):
        yield key
    else:
        items = [(str(k), tree[k]) for k in sorted(tree)] if isinstance(tree, dict) else [(None, item) for item in tree]
        for inner, item in items:
            yield from _names(item, inner)
