"""A loader whose batches are turned into something else."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol


class Batches(Protocol):
    """What is turned: a Loader."""

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...


class Converted:
    """`convert(batch)` for each batch of a loader, of which it runs the epochs; any number of times."""

    def __init__(self, loader: Batches, convert: Callable[[Any], Any]) -> None:
        self._loader = loader
        self._convert = convert

    def __len__(self) -> int:
        """Batches per epoch. Raises TypeError where nobody knows."""
        return len(self._loader)

    def __iter__(self) -> Iterator[Any]:
        """The batches of the loader's next epoch."""
        return map(self._convert, self._loader)
