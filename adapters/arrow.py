"""Parquet, Arrow and Feather files, whose columns are read whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from penstock.pipeline import Batch

from .columns import Selection

if TYPE_CHECKING:
    import pyarrow

Select = Callable[[list[str]], Selection]


def read_parquet(path: Path, select: Select) -> Batch:
    """The columns that `select` chooses among all names. Raises ValueError, naming the file and where it can the
    column.
    """
    import pyarrow.parquet

    with _readable(path, "Parquet"), pyarrow.parquet.ParquetFile(path) as file:
        selection = select(file.schema_arrow.names)
        table = file.read(columns=selection.names)
    return selection.batch({name: _numbers(table[name], name, path) for name in selection.names})


def read_arrow(path: Path, select: Select) -> Batch:
    """As `read_parquet`, from an Arrow IPC file, an IPC stream, or a Feather file of either version."""
    import pyarrow.feather
    import pyarrow.ipc

    with _readable(path, "Arrow"):
        if path.read_bytes()[:4] in (b"ARRO", b"FEA1"):
            table = pyarrow.feather.read_table(path)
        else:
            table = pyarrow.ipc.open_stream(path).read_all()
    selection = select(table.column_names)
    return selection.batch({name: _numbers(table[name], name, path) for name in selection.names})


@contextmanager
def _readable(path: Path, format: str) -> Iterator[None]:
    import pyarrow

    if path.stat().st_size == 0:
        raise ValueError(f"{path} must be a file in {format} format, but is empty")
    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"{path} must be a file in {format} format, but cannot be read as one: {reason}") from error


def _numbers(column: "pyarrow.ChunkedArray", name: str, path: Path) -> np.ndarray:
    try:
        chunks = [_chunk(chunk) for chunk in column.chunks] or [_chunk(column.combine_chunks())]
    except ValueError as error:
        raise ValueError(f"column {name!r} of {path} must hold numbers, but {error}") from None
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def _chunk(values: "pyarrow.Array") -> np.ndarray:
    """The numbers in their own dtype; a FixedSizeList gives an axis."""
    from pyarrow import types

    if values.null_count:
        raise ValueError(f"has nulls ({values.null_count} in a chunk of {len(values)}); fill or drop them first")
    if types.is_fixed_size_list(values.type):
        inner = _chunk(values.flatten())
        return inner.reshape(len(values), values.type.list_size, *inner.shape[1:])
    if types.is_integer(values.type) or types.is_floating(values.type) or types.is_boolean(values.type):
        return values.to_numpy(zero_copy_only=False)
    raise ValueError(f"holds {values.type}; encode it as numbers, or as a FixedSizeList of them, first")
