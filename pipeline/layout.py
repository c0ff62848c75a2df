"""How a batch lies in a slot: where each array begins, and what it is.

Arrays of plain dtypes are copied to aligned places; all else (strings, objects) is pickled, its own large buffers out
of band beside it. A layout is sent once; batches of the same layout only name it.
"""

import itertools
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

from . import homeward
from .arena import aligned
from .arrays import NAMESPACE
from .batch import Batch
from .building import Site

# How many are remembered for each worker; those of later batches are sent with every batch.
MOST_LAYOUTS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """One array of a slot."""

    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype

    def view(self, root: np.ndarray) -> np.ndarray:
        return np.ndarray(self.shape, self.dtype, root, self.offset)


@dataclass(frozen=True, slots=True)
class Layout:
    """The structure of `(x, y, sample_weight)`, and where its leaves lie; None for a leaf among the `odd` ones.

    `odd` are the places of the pickle of the other leaves and of its buffers.
    """

    structure: Any
    rows: int
    places: tuple[Place | None, ...]
    odd: tuple[Place, ...]
    nbytes: int

    @property
    def is_regular(self) -> bool:
        """Whether the next batch may have the same layout."""
        return not self.odd

    def read(self, root: np.ndarray) -> Batch:
        """The batch in a slot; its arrays are views of `root`."""
        odd = iter(_unpickled(self.odd, root)) if self.odd else iter(())
        leaves = [next(odd) if place is None else place.view(root) for place in self.places]
        x, y, weight = optree.tree_unflatten(self.structure, leaves)
        return Batch(x, y, weight, self.rows)


class Packer:
    """Lays batches into slots; remembers the layouts that it has given a number, so that they are sent only once."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[int, Layout]] = {}

    def lay(self, batch: Batch, site: Site) -> "Laid":
        """Where the arrays of a batch are to lie on a site; those that were built there stay where they are."""
        tree: Any = (batch.x, batch.y, batch.sample_weight)
        leaves, structure = optree.tree_flatten(tree, namespace=NAMESPACE)
        built = tuple([site.offset(leaf) for leaf in leaves]) if site.taken else ()
        key = (structure, batch.rows, built, *[(leaf.shape, leaf.dtype) for leaf in leaves])
        known = self._known.get(key)
        if known is not None:
            return Laid(known[1], leaves, key, [], known[0])
        layout, pickled = _layout(structure, batch.rows, leaves, built, site)
        return Laid(layout, leaves, key, pickled)

    def number(self, laid: "Laid") -> None:
        """Give a layout that is being sent the next number, unless it does not come again or there are too many."""
        if laid.layout.is_regular and len(self._known) < MOST_LAYOUTS:
            self._known[laid.key] = len(self._known), laid.layout


@dataclass(slots=True)
class Laid:
    """A batch on its way into a slot; `number` is None where its layout was never sent."""

    layout: Layout
    arrays: list[np.ndarray]
    key: Any
    pickled: list[np.ndarray]
    number: int | None = None

    def write(self, root: np.ndarray) -> None:
        """Copy every array to its place, but for those that were built there."""
        built = self.key[2] or itertools.repeat(None)
        for place, array, offset in zip(self.layout.places, self.arrays, built, strict=False):
            if place is not None and offset is None:
                np.copyto(np.ndarray(place.shape, place.dtype, root, place.offset), array)
        for place, array in zip(self.layout.odd, self.pickled, strict=True):
            np.copyto(place.view(root), array)


def _layout(
    structure: Any, rows: int, leaves: list[np.ndarray], built: tuple[int | None, ...], site: Site
) -> tuple[Layout, list[np.ndarray]]:
    """The layout of these leaves, and the bytes of those that are pickled."""
    others = [leaf for leaf in leaves if leaf.dtype.hasobject]
    pickled = _pickled(others) if others else []
    end, places = site.taken, []
    for leaf, offset in zip(leaves, built or itertools.repeat(None, len(leaves)), strict=True):
        if leaf.dtype.hasobject:
            places.append(None)
            continue
        places.append(Place(aligned(end) if offset is None else offset, leaf.shape, leaf.dtype))
        end = end if offset is not None else aligned(end) + leaf.nbytes
    odd: list[Place] = []
    for part in pickled:
        odd.append(Place(aligned(end), part.shape, part.dtype))
        end = aligned(end) + part.nbytes
    return Layout(structure, rows, tuple(places), tuple(odd), end), pickled


def _pickled(leaves: list[Any]) -> list[np.ndarray]:
    buffers: list[pickle.PickleBuffer] = []
    head = homeward.dumps(leaves, buffers)
    return [np.frombuffer(part, np.uint8) for part in (head, *(buffer.raw() for buffer in buffers))]


def _unpickled(places: tuple[Place, ...], root: np.ndarray) -> list[Any]:
    head, *buffers = (place.view(root) for place in places)
    return pickle.loads(head.data, buffers=buffers)
