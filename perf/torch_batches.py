"""Whole batches of a data set through torch's DataLoader and worker processes."""

from collections.abc import Iterable
from typing import Any


def loader(data: Any, workers: int) -> Iterable[Any]:
    """Its epochs; the workers stay between them."""
    import torch.utils.data  # pyright: ignore[reportMissingImports] # an extra

    return torch.utils.data.DataLoader(data, batch_size=None, num_workers=workers, persistent_workers=True)
