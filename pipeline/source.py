"""The two shapes of input: rows in any order, and batches from the start only."""

from abc import ABC, abstractmethod
from typing import Any

from .batch import Batch
from .loading import Loading
from .order import Rows
from .tap import Tap


class Source(ABC):
    """Rows that can be fetched in any order, by several workers at once."""

    loading: Loading = Loading()
    """How it is loaded where the caller does not say."""

    batched: bool = False
    """Each row is a whole batch, so that the batch size is not the caller's to choose."""

    lends: bool = False
    """`fetch` may hand out memory that the source, or the user's code behind it, keeps."""

    endless: bool = False
    """There is a row for every index; `len` is then `sys.maxsize`."""

    @property
    def hooked(self) -> bool:
        """Whether an epoch hook does anything: then no batch of an epoch is made before the hooks of the last."""
        return overrides_hooks(self, Source)

    @abstractmethod
    def __len__(self) -> int:
        """The number of rows; an epoch hook may change it."""

    @abstractmethod
    def fetch(self, rows: Rows) -> Batch:
        """These rows, in this order, in the dtypes they have; writable arrays of the caller's own unless it `lends`."""

    def on_epoch_begin(self) -> None:  # noqa: B027 # most sources need not know
        """Called in the consumer before the first batch of an epoch is made."""

    def on_epoch_end(self) -> None:  # noqa: B027 # most sources need not know
        """Called in the consumer after the last batch of an epoch is made; not after an exception."""


class Stream(ABC):
    """Batches that come one after the other, from the start only; pulled by one thread at a time."""

    loading: Loading = Loading()
    """How it is loaded where the caller does not say; never by more than one worker."""

    lends: bool = True
    """A batch may be memory that the stream writes the next one into."""

    restartable: bool = True
    """Whether each call of `batches` begins anew."""

    @abstractmethod
    def batches(self, epoch: int) -> Tap:
        """The batches of one epoch. Raises ValueError where nothing is left and it cannot begin anew."""

    def resumed(self, epoch: int, own: Any) -> Tap:
        """The batches of one epoch from where `own`, which a tap of this stream gave, says."""
        raise ValueError(f"the state holds one of the data set's own, {own!r}, but x has no load_state_dict to take it")


def overrides_hooks(thing: object, base: type) -> bool:
    """Whether an epoch hook of `thing` is another than that of `base`."""
    hooks = ("on_epoch_begin", "on_epoch_end")
    owners = [vars(thing), *map(vars, type(thing).__mro__[: type(thing).__mro__.index(base)])]
    return any(hook in owner for owner in owners for hook in hooks)
