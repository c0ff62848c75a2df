"""Whole batches of a data set through Grain and worker processes, and its shuffled indices."""

import sys
from collections.abc import Callable, Iterable
from typing import Any


def batches(data: Any, workers: int) -> Iterable[Any]:
    """One epoch after the other, without a pause between them."""
    import grain  # pyright: ignore[reportMissingImports] # an extra

    # Grain looks at flags that only programs which begin as absl wants have parsed.
    sys.modules["absl.flags"].FLAGS(["penstock"])
    options = grain.MultiprocessingOptions(num_workers=workers)
    return grain.MapDataset.source(data).repeat().to_iter_dataset().mp_prefetch(options)


def index_shuffle(rows: int, seed: int) -> Callable[[int], int]:
    """Which row stands at a place of the shuffled order, as Grain's `shuffle` asks for each of them."""
    # Below its public names: what these add to an index would hide what an index costs.
    from grain._src.python.experimental.index_shuffle.python import (  # pyright: ignore[reportMissingImports] # an extra
        index_shuffle_module,
    )

    return lambda place: index_shuffle_module.index_shuffle(index=place, max_index=rows - 1, seed=seed, rounds=4)
