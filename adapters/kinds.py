"""Every kind of input, in the order in which they are tried."""

from typing import Any

from penstock.pipeline import REDUCERS, Source, Stream

from . import arrays, files, generators, open_files, py_dataset, sparse
from .kind import Kind

READY = Kind("source", lambda x: isinstance(x, Source | Stream), lambda x, y, sample_weight: x)

KINDS = (READY, py_dataset.KIND, files.KIND, sparse.KIND, arrays.KIND, generators.KIND)

# Any of them may hold open files.
REDUCERS.update(open_files.REDUCERS)


def adapt(x: Any, y: Any = None, sample_weight: Any = None) -> Source | Stream:
    """The source or stream that any accepted input stands for.

    Raises TypeError where no adapter knows x, and ValueError where x is None, or y or sample_weight are given beside an
    x whose batches bring them.
    """
    if x is None:
        raise ValueError("x must be given, but is None")
    kind = next((kind for kind in KINDS if kind.recognises(x)), None)
    if kind is None:
        raise TypeError(f"x is a {type(x).__name__}, which no adapter accepts; see penstock.adapters")
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None and not kind.takes_targets:
            raise ValueError(
                f"{name} must not be given where x is a {kind.name}, but is a {type(value).__name__}; "
                f"let each batch of x be (x, y) or (x, y, sample_weight)"
            )
    return kind.adapt(x, y, sample_weight)
