"""Trees of NumPy arrays: what x, y and weights are made of.

A tree is an array, or lists, tuples, dicts and namedtuples of trees; None is a tree without leaves. Dict items come in
the order of their keys.
"""

import numbers
from collections.abc import Callable, Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np
import optree

Tree = Any


@runtime_checkable
class Frame(Protocol):
    """A table by columns."""

    def items(self) -> Iterable[tuple[Any, Any]]: ...


# A namespace of its own keeps what a program registers or changes elsewhere out of the order of leaves.
NAMESPACE = "penstock"


def leaves(tree: Tree) -> list[Any]:
    """The leaves, in the order of the tree."""
    return [tree] if type(tree) is np.ndarray else optree.tree_leaves(tree, namespace=NAMESPACE)


def map_leaves(function: Callable[..., Any], tree: Tree, *rest: Tree) -> Tree:
    """The same tree with `function(leaf, ...)` in the place of each leaf; `rest` are trees of the same structure."""
    # Most trees are one array or none, which must cost nothing.
    if type(tree) is np.ndarray:
        return function(tree, *rest)
    if tree is None:
        return None
    return optree.tree_map(function, tree, *rest, namespace=NAMESPACE)


def to_arrays(tree: Tree, name: str) -> Tree:
    """Every leaf as a NumPy array with at least one axis, without a copy where that is possible.

    Leaves may be arrays, or tensors of any library that NumPy can read. A flat list of numbers is an array, by itself
    and in a dict. Raises ValueError, naming the argument `name`, for numbers, nested lists of numbers and objects that
    are no arrays.
    """
    if tree is None or (type(tree) is np.ndarray and tree.ndim):
        return tree
    if _is_flat_list(tree):
        return np.asarray(tree)
    if isinstance(tree, dict) and any(map(_is_flat_list, tree.values())):
        tree = {key: np.asarray(item) if _is_flat_list(item) else item for key, item in tree.items()}
    return map_leaves(lambda leaf: _to_array(leaf, name), tree)


def _is_flat_list(tree: Tree) -> bool:
    return isinstance(tree, list) and bool(tree) and all(isinstance(item, numbers.Number) for item in tree)


def _to_array(leaf: Any, name: str) -> np.ndarray:
    if isinstance(leaf, np.ma.MaskedArray):
        raise ValueError(f"{name} holds a masked array, whose mask would be lost; give {name}.filled(value)")
    if isinstance(leaf, numbers.Number):
        raise ValueError(
            f"{name} holds the number {leaf} where an array is needed; for nested lists give np.asarray({name})"
        )
    array = np.asarray(leaf)
    if array.dtype == object and array.ndim == 2 and isinstance(leaf, Frame):
        array = _of_columns(leaf, array)
    if array.ndim == 0:
        raise ValueError(f"{name} holds a {type(leaf).__name__} without an axis for its rows where an array is needed")
    return array


def _of_columns(frame: Frame, array: np.ndarray) -> np.ndarray:
    """A frame of numbers that finds no common type for booleans and numbers, or for numbers that may be missing."""
    columns = [np.asarray(column) for _, column in frame.items()]
    are_numbers = all(column.dtype.kind in "biuf" for column in columns)
    return np.column_stack(columns) if are_numbers else array
