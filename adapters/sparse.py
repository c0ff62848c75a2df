"""SciPy's sparse matrices, whose rows become dense batch by batch."""

import sys
from typing import Any

import numpy as np

from penstock.pipeline import Batch, Loading, Rows, Source, Tree, leaves, map_leaves, to_arrays

from .arrays import check_dtypes, check_rows
from .kind import Kind


class SparseRows(Source):
    """Rows of trees of arrays in memory, among which are sparse matrices, in any of SciPy's formats."""

    loading = Loading(workers=0)

    def __init__(self, x: Tree, y: Tree = None, sample_weight: Tree = None) -> None:
        trees = {
            "x": _rows_of(x, "x"),
            "y": _rows_of(y, "y"),
            "sample_weight": _rows_of(sample_weight, "sample_weight"),
        }
        for name, tree in trees.items():
            check_dtypes(name, tree)
        check_rows(trees)
        self._arrays = Batch(**trees, rows=leaves(trees["x"])[0].shape[0])

    def __len__(self) -> int:
        return self._arrays.rows

    def fetch(self, rows: Rows) -> Batch:
        count = len(range(*rows.indices(len(self)))) if isinstance(rows, slice) else len(rows)
        return self._arrays.map(lambda leaf: _dense(leaf[rows]), count)


def _rows_of(tree: Tree, name: str) -> Tree:
    """The tree with sparse matrices by rows, and with arrays."""
    if not _holds_sparse(tree):
        return to_arrays(tree, name)
    return map_leaves(lambda leaf: _by_rows(leaf, name) if _is_sparse(leaf) else to_arrays(leaf, name), tree)


def _by_rows(matrix: Any, name: str) -> Any:
    if matrix.ndim != 2:
        raise ValueError(f"{name} holds a sparse array of shape {matrix.shape}, but its rows need two axes")
    return matrix.tocsr()


def _dense(rows: Any) -> np.ndarray:
    if _is_sparse(rows):
        return rows.toarray()
    return np.array(rows, rows.dtype.newbyteorder("="), order="C")


def _is_sparse(leaf: Any) -> bool:
    # Where something is of SciPy, it has been imported already.
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and sparse.issparse(leaf)


def _holds_sparse(x: Any) -> bool:
    return _is_sparse(x) or (isinstance(x, (list, tuple, dict)) and any(map(_is_sparse, leaves(x))))


KIND = Kind("tree with sparse matrices", _holds_sparse, SparseRows, takes_targets=True)
