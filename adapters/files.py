"""Files by name: the format follows from the suffix."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from penstock.pipeline import Loading, Resident, Source

from .arrow import read_arrow, read_parquet
from .columns import Selection, Words
from .kind import Kind

READERS = {".parquet": read_parquet, ".arrow": read_arrow, ".feather": read_arrow}
NOT_BUILT_YET = (".csv", ".h5", ".hdf5", ".npy", ".npz")


def open(  # noqa: A001 # users write ps.open
    source: Any, x: Words = None, y: Words = None, sample_weight: Words = None
) -> Source:
    """The rows of a file, with the columns that make up x, y and sample_weight.

    `x` is a column (its values as they are, FixedSizeLists as arrays), a list of numeric columns (stacked to one array
    of shape (rows, columns)), a dict of either, or absent (all columns but y and sample_weight, stacked); `y` and
    `sample_weight` likewise, absent meaning none. The columns are read whole and keep their dtypes.

        data = ps.open("train.parquet", x=["width", "height"], y="label")
        model.fit(data, epochs=3)

    Raises FileNotFoundError, and ValueError, naming the file and where it can the column, for a file that is empty or
    of another format, a column that it has not, and nulls, strings or other values that are not numbers.
    """
    if not isinstance(source, str | os.PathLike):
        raise NotImplementedError(
            f"source is a {type(source).__name__}: tables in memory are not built yet; give a path"
        )
    path = Path(source)
    if path.suffix in NOT_BUILT_YET:
        raise NotImplementedError(f"source is {path}: files of type {path.suffix} are not built yet")
    if path.suffix not in READERS:
        raise ValueError(f"source must be a file of type {', '.join(READERS)}, but is {path}")
    if not path.is_file():
        raise FileNotFoundError(
            f"source must be a file, but {path} {'is a folder' if path.is_dir() else 'does not exist'}"
        )
    batch = READERS[path.suffix](path, partial(Selection, str(path), x=x, y=y, sample_weight=sample_weight))
    return Resident(batch, Loading(workers=1))


def _recognises(x: Any) -> bool:
    return isinstance(x, str | os.PathLike)


def _adapt(x: Any, y: Words, sample_weight: Words) -> Source:
    return open(x, y=y, sample_weight=sample_weight)


KIND = Kind("file", _recognises, _adapt, takes_targets=True)
