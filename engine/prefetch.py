"""Batches as arrays on the device, for training loops written by hand."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import jax

AHEAD = 2


class Loader(Protocol):
    """A `ps.Loader`."""

    def ahead(self, batches: int, convert: Callable[[Any], Any]) -> Iterator[Any]: ...


def prefetch_to_device(loader: Loader, sharding: Any = None) -> Iterator[Any]:
    """The batches of the next epoch of a `ps.Loader` as tuples of `jax.Array`, two ahead of the one that is given.

    `sharding` is a device, a `jax.sharding.Sharding`, or a tree of them as `jax.device_put` takes it; None: the default
    device. While one batch is computed with, the next are on their way to the device. On a CPU they are not copied: the
    memory of a batch is used again only when its arrays are gone. `loader.state_dict()` is the position of what was
    given, whatever is on its way; an error in making a batch is raised in its place.

    ```python
    for x, y in ps.prefetch_to_device(loader):
        state, loss = step(state, x, y)
    ```
    """
    return loader.ahead(AHEAD, partial(jax.device_put, device=sharding))
