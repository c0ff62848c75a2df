"""Leased slots of shared memory that batches cross processes in.

The life of a slot: *free*; *ticketed*, when a worker may write it (the ticket names it, and no other worker is told of
it); *filled*, when the worker has said so and no longer writes; *leased*, while an array of the consumer looks at it;
then free again. A worker that dies gives its slot back only once it is known to be dead.
"""

import mmap
from dataclasses import dataclass, field

import numpy as np

from .arena import PURPOSE, Arena, Region, Windows
from .leases import Leases
from .memory import refused


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
    _leases: Leases[Slot] = field(default_factory=Leases[Slot])

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
        self._leases.lend(root, slot)
        return root

    def close(self) -> None:
        self._take_back()
        self._free.clear()
        self._windows.close()
        self.arena.close()

    def _add(self, nbytes: int) -> Slot:
        region = self.arena.add(nbytes)
        try:
            window = self._windows.of(region)
        except OSError as error:
            self.arena.take_back(region)
            raise refused(region.capacity, PURPOSE, error, used=self.arena.size) from error
        return Slot(region, window)

    def drop(self, slot: Slot) -> None:
        """Give the memory of a slot that is of no more use to the system; its place in the arena stays empty."""
        self.arena.remove(slot.window, slot.region)

    def _take_back(self) -> None:
        while (slot := self._leases.returned()) is not None:
            self._free.append(slot)
