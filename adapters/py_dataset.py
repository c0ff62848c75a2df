"""PyDatasets, whose rows are whole batches."""

import operator
import sys

from penstock.pipeline import Batch, Loading, PyDataset, Rows, Source, overrides_hooks, unpack

from .kind import Kind


class PyDatasetSource(Source):
    """A source whose row i is batch i of `dataset`, which may keep what it hands out."""

    batched = True
    lends = True

    def __init__(self, dataset: PyDataset) -> None:
        workers = 1 if dataset.workers is None else dataset.workers
        self.loading = Loading(workers, dataset.use_multiprocessing, dataset.max_queue_size)
        self.endless = dataset.num_batches is None
        self.dataset = dataset

    @property
    def hooked(self) -> bool:
        return overrides_hooks(self.dataset, PyDataset)

    def __len__(self) -> int:
        total = self.dataset.num_batches
        return sys.maxsize if total is None else operator.index(total)

    def fetch(self, rows: Rows) -> Batch:
        """The one batch that `rows` names. An error gains the index."""
        (index,) = range(rows.start, rows.stop) if isinstance(rows, slice) else rows.tolist()
        try:
            return unpack(self.dataset[index])
        except Exception as error:
            error.add_note(f"in {type(self.dataset).__name__}.__getitem__({index})")
            raise

    def on_epoch_begin(self) -> None:
        self.dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self.dataset.on_epoch_end()


KIND = Kind("PyDataset", lambda x: isinstance(x, PyDataset), lambda x, y, sample_weight: PyDatasetSource(x))
