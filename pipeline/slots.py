"""Leased slots of shared memory that batches cross processes in.

The life of a slot: *free*; *ticketed*, when a worker may write it (the ticket names it, and no other worker is told of
it); *filled*, when the worker has said so and no longer writes; *leased*, while an array of the consumer looks at it;
then free again. A worker that dies gives its slot back only once it is known to be dead.

A lease hangs on the root array of the slot, not on the views that the consumer is handed: whoever borrows a view (JAX
does, without a copy) holds its root, so the lease ends when nobody can read the slot any more, however long that is.
What ends it may run inside the garbage collector at any moment, in any thread; it only appends to a deque.
"""

import mmap
import weakref
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from .arena import Arena, Region, Windows


@dataclass(eq=False, slots=True)
class Slot:
    """A region of the arena as the consumer sees it, in its window."""

    region: Region
    window: mmap.mmap

    def root(self) -> np.ndarray:
        """The whole slot as bytes."""
        return np.frombuffer(self.window, np.uint8, self.region.capacity, self.region.start)

    def piece(self, start: int, size: int) -> bytes:
        """A copy of some of its bytes."""
        return self.window[self.region.start + start : self.region.start + start + size]


@dataclass(eq=False, slots=True)
class Lease:
    """A slot that somebody looks at, until the weak reference to its root array tells otherwise."""

    slot: Slot
    root: weakref.ref[np.ndarray]


@dataclass
class Slots:
    """The slots of one group of workers, in an arena of their own; `budget` bounds their bytes.

    Slots are as large as the largest batch seen (`wanted`; 0 while none was). The budget is a bound on what is asked
    for ahead of need.
    """

    budget: int
    arena: Arena = field(default_factory=Arena)
    wanted: int = 0
    _windows: Windows = field(init=False)
    _free: list[Slot] = field(default_factory=list)
    _leases: dict[int, Lease] = field(default_factory=dict)  # by the identity of their weak references
    _released: deque[weakref.ref[np.ndarray]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._windows = Windows(self.arena.fd)

    def has_room(self) -> bool:
        """Whether one more slot is free or fits the budget."""
        self._take_back()
        return bool(self._free) or self.arena.size + self.wanted <= self.budget

    def ahead(self) -> Slot | None:
        """A slot for a batch ahead of need; None where budget or memory have no room for it."""
        if not self.has_room():
            return None
        try:
            return self._fitting()
        except MemoryError:
            return None

    def take(self) -> Slot:
        """A slot for a batch that is needed."""
        self._take_back()
        return self._fitting()

    def _fitting(self) -> Slot:
        while self._free:
            slot = self._free.pop()
            if slot.region.capacity >= self.wanted:
                return slot
            self.drop(slot)
        return self._add(self.wanted)

    def larger(self, nbytes: int) -> Slot:
        """A slot of `nbytes` or more, for a batch that has outgrown its own."""
        # By an eighth at least: batches that grow little by little need few new slots.
        larger = max(nbytes, self.wanted + self.wanted // 8)
        slot = self._add(larger)
        self.wanted = larger
        return slot

    def has_held(self, nbytes: int) -> None:
        """A batch of that size has come: from now on there is no need to guess."""
        self.wanted = max(self.wanted, nbytes)

    def give_back(self, slot: Slot) -> None:
        """Nobody looks at the slot and nobody writes it."""
        self._free.append(slot)

    def leased(self, slot: Slot) -> np.ndarray:
        """The bytes of a filled slot; it is free again when the array and all views of it are gone."""
        root = slot.root()
        # Not a function of Python's: an interrupt inside one would be printed, and lost.
        watch = weakref.ref(root, self._released.append)
        self._leases[id(watch)] = Lease(slot, watch)
        return root

    def close(self) -> None:
        self._take_back()
        self._free.clear()
        self._windows.close()
        self.arena.close()

    def _add(self, nbytes: int) -> Slot:
        region = self.arena.add(nbytes)
        return Slot(region, self._windows.of(region))

    def drop(self, slot: Slot) -> None:
        """Give the memory of a slot that is of no more use to the system; its place in the arena stays empty."""
        self.arena.remove(slot.window, slot.region)

    def _take_back(self) -> None:
        while self._released:
            lease = self._leases.pop(id(self._released.popleft()), None)
            # None where an interrupt came between the two lines that lease; those slots end with their workers.
            if lease is not None:
                self._free.append(lease.slot)
