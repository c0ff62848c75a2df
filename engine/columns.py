"""Which columns of a batch steps see."""

from collections.abc import Callable
from typing import Any

from penstock.pipeline import Batch

Columns = Callable[[Batch], Any]


def all_columns(batch: Batch) -> Any:
    return batch.x, batch.y, batch.sample_weight


def inputs_only(batch: Batch) -> Any:
    """Without targets and weights, which prediction ignores."""
    return batch.x, None, None
