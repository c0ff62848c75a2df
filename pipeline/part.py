"""Some of the rows of a source, as a source of their own."""

from .batch import Batch
from .order import Rows
from .source import Source


class Part(Source):
    """The rows start <= i < stop of `source`, which must not change their number; loaded as `source` is."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self._source = source
        self._start = start
        self._stop = stop
        self.loading = source.loading
        self.lends = source.lends

    @property
    def hooked(self) -> bool:
        return self._source.hooked

    def __len__(self) -> int:
        return self._stop - self._start

    def fetch(self, rows: Rows) -> Batch:
        if not isinstance(rows, slice):
            return self._source.fetch(rows + self._start)
        start, stop, step = rows.indices(len(self))
        return self._source.fetch(slice(start + self._start, stop + self._start, step))

    def on_epoch_begin(self) -> None:
        self._source.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._source.on_epoch_end()
