"""PyDatasets, whose rows are whole batches."""

import operator
import sys
import warnings

from penstock.pipeline import Batch, Loading, PyDataset, Rows, Source, overrides_hooks, unpack

from .kind import Kind


class PyDatasetSource(Source):
    """A source whose row i is batch i of `dataset`, which may keep what it hands out."""

    batched = True
    lends = True

    def __init__(self, dataset: PyDataset) -> None:
        _warn_of_missing_constructor(dataset)
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
            item = self.dataset[index]
            if item is None:
                raise ValueError(f"batch {index} is None; return x, (x,), (x, y) or (x, y, sample_weight)")
            return unpack(item)
        except Exception as error:
            error.add_note(f"in {type(self.dataset).__name__}.__getitem__({index})")
            raise

    def on_epoch_begin(self) -> None:
        self.dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self.dataset.on_epoch_end()


def _warn_of_missing_constructor(dataset: PyDataset) -> None:
    if vars(dataset).keys().isdisjoint(("workers", "use_multiprocessing", "max_queue_size")):
        warnings.warn(
            f"{type(dataset).__name__}.__init__ does not call super().__init__(**kwargs), so that workers="
            f"{dataset.workers}, use_multiprocessing={dataset.use_multiprocessing} and "
            f"max_queue_size={dataset.max_queue_size} are what its class says",
            stacklevel=2,
        )


KIND = Kind("PyDataset", lambda x: isinstance(x, PyDataset), lambda x, y, sample_weight: PyDatasetSource(x))
