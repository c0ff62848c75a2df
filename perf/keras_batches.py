"""Whole batches of a data set through Keras' PyDataset and worker processes."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from . import peers


@contextmanager
def batches(data: Any, workers: int) -> Iterator[Iterable[Any]]:
    """One epoch after the other, as `fit` pulls them; there is no public way to pull them outside of it."""
    keras: Any = peers.keras()

    class Theirs(keras.utils.PyDataset):
        def __len__(self) -> int:
            return len(data)

        def __getitem__(self, index: int) -> Any:
            return (data[index],)

    theirs = Theirs(workers=workers, use_multiprocessing=True, max_queue_size=10)
    adapter = keras.src.trainers.data_adapters.py_dataset_adapter.PyDatasetAdapter(theirs, shuffle=False)
    try:
        yield _epochs(adapter)
    finally:
        adapter.on_epoch_end()


def _epochs(adapter: Any) -> Iterator[Any]:
    while True:
        adapter.on_epoch_begin()
        yield from adapter.get_numpy_iterator()
        adapter.on_epoch_end()
