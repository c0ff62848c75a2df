"""One of each kind of input that adapters accept, with what its batches must be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.feather
import pyarrow.parquet
from fakes import Counting, counted
from scipy.sparse import coo_matrix, csc_matrix, csr_array

ROWS = 50
X = np.arange(ROWS * 3, dtype=np.float32).reshape(ROWS, 3)
Y = np.arange(ROWS, dtype=np.int16)
W = np.linspace(0, 1, ROWS)
TABLE = pyarrow.table(
    {
        "a": X[:, 0],
        "b": X[:, 1],
        "pixels": pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(X.ravel()), 3),
        "name": [f"row {row}" for row in range(ROWS)],
        "gaps": pyarrow.array([None, *range(1, ROWS)]),
        "label": Y,
        "w": W,
    }
)


def write(path: Path, table: pyarrow.Table = TABLE) -> Path:
    """The table as a file in the format of its suffix."""
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path, row_group_size=16)
    else:
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed", chunksize=16)
    return path


def rewriting(batches: int = 4):
    """A generator that writes each batch over the one before."""
    scratch = np.zeros((2, 3))
    for index in range(batches):
        scratch[:] = index
        yield scratch


# What makes the positional and keyword arguments of a Loader, given a folder to write files into.
Input = Callable[[Path], tuple[tuple[Any, ...], dict[str, Any]]]

OF_ROWS: dict[str, Input] = {
    "arrays": lambda folder: ((X, Y, W), {}),
    "x alone": lambda folder: ((X,), {}),
    "tree of arrays": lambda folder: (({"b": [X, Y], "a": (W, None)}, [Y, W]), {}),
    "list of numbers": lambda folder: ((Y.tolist(), W.tolist()), {}),
    "strided and swapped arrays": lambda folder: ((np.asfortranarray(X)[::2], Y.astype(">i4")[::2]), {}),
    "sparse matrices": lambda folder: ((csr_array(X), Y, W), {}),
    "tree with sparse matrices": lambda folder: (({"a": coo_matrix(X), "b": Y.astype(">i4")}, csc_matrix(X)), {}),
    "Parquet file": lambda folder: ((_columns(folder / "train.parquet"),), {}),
    "Feather file": lambda folder: ((_columns(folder / "train.feather"),), {}),
}

OF_BATCHES: dict[str, Input] = {
    "PyDataset": lambda folder: ((Counting(9),), {}),
    "function that returns a generator": lambda folder: ((lambda: counted(9),), {}),
    "function that returns a rewriting generator": lambda folder: ((rewriting,), {}),
    "iterable": lambda folder: ((dict(enumerate(counted(9))).values(),), {}),
}


def _columns(path: Path) -> Any:
    from penstock.adapters import open

    return open(write(path), x={"pixels": "pixels", "ab": ["a", "b"]}, y="label", sample_weight="w")
