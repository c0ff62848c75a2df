"""Whole batches of a data set through Grain and worker processes."""

import sys
from collections.abc import Iterable
from typing import Any


def batches(data: Any, workers: int) -> Iterable[Any]:
    """One epoch after the other, without a pause between them."""
    import grain  # pyright: ignore[reportMissingImports] # an extra

    # Grain looks at flags that only programs which begin as absl wants have parsed.
    sys.modules["absl.flags"].FLAGS(["penstock"])
    options = grain.MultiprocessingOptions(num_workers=workers)
    return grain.MapDataset.source(data).repeat().to_iter_dataset().mp_prefetch(options)
