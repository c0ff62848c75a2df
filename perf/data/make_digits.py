"""Writes digits.parquet, the real data set that the main job trains on; its rows are shuffled here, once for all.

python perf/data/make_digits.py     # needs scikit-learn, which carries the data
"""

from importlib import import_module
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

SEED = 1998
FILE = Path(__file__).with_name("digits.parquet")


def table() -> pa.Table:
    """1797 rows of `image`, 64 pixels from 0 to 16 as uint8, row by row, and `label`, a digit as uint8."""
    # By name: nobody but the writer of the file needs scikit-learn, type checkers included.
    digits = import_module("sklearn.datasets").load_digits()
    rows = np.random.Generator(np.random.PCG64(SEED)).permutation(len(digits.target))
    pixels = pa.array(digits.data[rows].astype(np.uint8).ravel())
    columns = {
        "image": pa.FixedSizeListArray.from_arrays(pixels, 64),
        "label": pa.array(digits.target[rows].astype(np.uint8)),
    }
    return pa.table(columns)


if __name__ == "__main__":
    pyarrow.parquet.write_table(table(), FILE, compression="zstd", compression_level=19)
