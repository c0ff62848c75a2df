"""Counts batches, and says after which of them something is due."""


class BatchCounter:
    """Something is due after every `every` batches, across epochs.

    It is told of some batches only (an execution may cover several), but of the last of each epoch. None: never due.
    """

    def __init__(self, every: int | None) -> None:
        self.total = 0
        self._every = every
        self._since = 0  # batches, when it was last due
        self._last = -1

    def begin_epoch(self) -> None:
        self._last = -1

    def reach(self, batch: int) -> bool:
        """Whether something is due after `batch`, counted from 0 in its epoch."""
        # A number that does not grow is one of a new epoch.
        passed = batch - self._last if batch > self._last else batch + 1
        self._last = batch
        self.total += passed
        self._since += passed
        if self._every is None or self._since < self._every:
            return False
        self._since = 0
        return True

    def next_due(self, batch: int) -> int | None:
        """The first batch of the epoch, from `batch` on, after which something is due."""
        return None if self._every is None else max(batch, self._last + self._every - self._since)


def checked_frequency(save_freq: object) -> int | None:
    """The number of batches that `save_freq` means; None for "epoch"."""
    if save_freq == "epoch":
        return None
    if not isinstance(save_freq, int) or isinstance(save_freq, bool) or save_freq < 1:
        raise ValueError(f"save_freq must be 'epoch' or a number of batches, but is {save_freq!r}")
    return save_freq
