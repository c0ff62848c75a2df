"""Arrays in memory, and trees of them."""

from typing import Any, Protocol, runtime_checkable

import numpy as np

from penstock.pipeline import Batch, Resident, Tree, leaves, to_arrays

from .kind import Kind


@runtime_checkable
class ArrayLike(Protocol):
    """What NumPy can read: arrays, tensors and frames of any library."""

    def __array__(self) -> np.ndarray: ...


def from_arrays(x: Tree, y: Tree = None, sample_weight: Tree = None) -> Resident:
    """A source over trees of arrays with one row per index of their leading axis.

    Arrays that NumPy can use as they are are not copied. Raises ValueError, naming the argument, for arrays of strings
    or objects, for numbers and nested lists, and where the numbers of rows differ.
    """
    trees = {"x": x, "y": y, "sample_weight": sample_weight}
    trees = {name: to_arrays(tree, name) for name, tree in trees.items()}
    for name, tree in trees.items():
        check_dtypes(name, tree)
    check_rows(trees)
    return Resident(Batch(**trees))


def check_dtypes(name: str, tree: Tree) -> None:
    """Raises ValueError, naming the argument, where a leaf holds anything but numbers."""
    for leaf in leaves(tree):
        # Types that extend NumPy's, as bfloat16 does, are of kind V but not void.
        if leaf.dtype.kind not in "biufc" and (leaf.dtype.kind != "V" or leaf.dtype.type is np.void):
            raise ValueError(
                f"{name} must hold numbers, but its dtype is {leaf.dtype}; encode what it stands for as numbers"
            )


def check_rows(trees: dict[str, Tree]) -> None:
    """Raises ValueError where leaves differ in their number of rows, or x has none."""
    sizes = {name: [leaf.shape[0] for leaf in leaves(tree)] for name, tree in trees.items() if leaves(tree)}
    if "x" not in sizes:
        raise ValueError("x must hold at least one array")
    if len({size for each in sizes.values() for size in each}) > 1:
        found = "; ".join(f"{name} sizes: {', '.join(map(str, each))}" for name, each in sizes.items())
        raise ValueError(f"the cardinality of the data is ambiguous: all arrays must have as many rows, but {found}")


def _recognises(x: Any) -> bool:
    return isinstance(x, list | tuple | dict | ArrayLike)


KIND = Kind("tree of arrays", _recognises, from_arrays, takes_targets=True)
