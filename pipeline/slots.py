"""Leased slots of shared memory that batches cross processes in.

The life of a slot: *free*; *ticketed*, when a worker may write it (the ticket names it, and no other worker is told of
it); *filled*, when the worker has said so and no longer writes; *leased*, while an array of the consumer looks at it;
then free again. A worker that dies gives its slot back only once it is known to be dead.

A lease hangs on the root array of the slot, not on the views that the consumer is handed: whoever borrows a view (JAX
does, without a copy) holds its root, so the lease ends when nobody can read the slot any more, however long that is.
What ends it may run inside the garbage collector at any moment, in any thread; it only appends to a deque.

Memory is anonymous (`memfd_create`), so the kernel takes it back when the last process that maps it has ended, however
it ended. It is reserved before it is used, and refused with numbers where there is not enough: nobody meets SIGBUS.
"""

import mmap
import os
import weakref
from collections import deque
from dataclasses import dataclass, field

import numpy as np

PAGE = mmap.ALLOCATIONGRANULARITY
ALIGNMENT = 64


def aligned(nbytes: int, to: int = ALIGNMENT) -> int:
    """The next multiple of `to`."""
    return -(-nbytes // to) * to


@dataclass(frozen=True, slots=True)
class Region:
    """Where a slot lies in its arena, in bytes."""

    offset: int
    capacity: int


@dataclass(eq=False, slots=True)
class Slot:
    """A region of the arena as the consumer sees it."""

    region: Region
    memory: mmap.mmap

    def lease(self, released: "deque[Lease]") -> tuple[np.ndarray, "Lease"]:
        """The whole slot as bytes, and what tells `released` that nobody looks at them any more."""
        root = np.frombuffer(self.memory, np.uint8)
        return root, Lease(root, self, released)


class Lease(weakref.ref):
    """A weak reference to the root array of a slot, which joins the `released` when the array dies."""

    __slots__ = ("slot",)

    def __new__(cls, root: np.ndarray, slot: Slot, released: "deque[Lease]") -> "Lease":
        # Not a function of Python's: an interrupt inside one would be printed, and lost.
        return super().__new__(cls, root, released.append)

    def __init__(self, root: np.ndarray, slot: Slot, released: "deque[Lease]") -> None:
        super().__init__(root, released.append)  # pyright: ignore[reportCallIssue] # as documented for subclasses of ref
        self.slot = slot


@dataclass
class Arena:
    """Shared memory that grows slot by slot; `fd` is what other processes map."""

    fd: int = field(default_factory=lambda: os.memfd_create("penstock", os.MFD_CLOEXEC))
    size: int = 0

    def add(self, nbytes: int) -> Slot:
        """A new slot of at least `nbytes`. Raises MemoryError, with numbers, where it does not fit into memory."""
        capacity = aligned(max(nbytes, 1), PAGE)
        reserve(self.fd, self.size, capacity, _PURPOSE)
        memory = mapped(self.fd, Region(self.size, capacity))
        slot = Slot(Region(self.size, capacity), memory)
        self.size += capacity
        return slot

    def close(self) -> None:
        """No more slots; what is leased stays as long as its arrays do."""
        os.close(self.fd)


def mapped(fd: int, region: Region) -> mmap.mmap:
    """A region of an arena in this process' memory, its pages present."""
    flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
    return mmap.mmap(fd, region.capacity, flags=flags, offset=region.offset)


@dataclass
class Slots:
    """The slots of one group of workers, in an arena of their own; `budget` bounds their bytes.

    Slots are as large as the largest batch seen (`wanted`; 0 while none was). The budget is a bound on what is asked
    for ahead of need.
    """

    budget: int
    arena: Arena = field(default_factory=Arena)
    wanted: int = 0
    _free: list[Slot] = field(default_factory=list)
    _leases: dict[int, Lease] = field(default_factory=dict)
    _released: deque[Lease] = field(default_factory=deque)
    _bytes: int = 0

    def has_room(self) -> bool:
        """Whether one more slot is free or fits the budget."""
        self._take_back()
        return bool(self._free) or self._bytes + self.wanted <= self.budget

    def ahead(self) -> Slot | None:
        """A slot for a batch ahead of need; None where budget or memory have no room for it."""
        if not self.has_room():
            return None
        try:
            return self.take()
        except MemoryError:
            return None

    def take(self) -> Slot:
        """A slot for a batch that is needed."""
        self._take_back()
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
        root, lease = slot.lease(self._released)
        self._leases[slot.region.offset] = lease
        return root

    def close(self) -> None:
        self._take_back()
        self._free.clear()
        self.arena.close()

    def _add(self, nbytes: int) -> Slot:
        slot = self.arena.add(nbytes)
        self._bytes += slot.region.capacity
        return slot

    def drop(self, slot: Slot) -> None:
        """Give the memory of a slot that is of no more use to the system; its place in the arena stays empty."""
        self._bytes -= slot.region.capacity
        # Closed with the last reference to it: the array that was leased last may be about to let go.
        slot.memory.madvise(mmap.MADV_REMOVE)

    def _take_back(self) -> None:
        while self._released:
            slot = self._released.popleft().slot
            del self._leases[slot.region.offset]
            self._free.append(slot)


_PURPOSE = "for one more batch", "make batches smaller, or max_queue_size, or max_queue_bytes"


def reserve(fd: int, start: int, nbytes: int, purpose: tuple[str, str]) -> None:
    """Reserve shared memory at `start` of a file; MemoryError with sizes, the purpose and the cure if there is none."""
    what, cure = purpose
    needed = f"{nbytes:,} bytes of shared memory are needed {what} beside {start:,} in use"
    room = available_bytes()
    if room is not None and nbytes > room:
        raise MemoryError(f"{needed}, but {room:,} are available; {cure}")
    try:
        os.posix_fallocate(fd, start, nbytes)
    except OSError as error:
        raise MemoryError(f"{needed}, but the system refuses them ({error.strerror}); {cure}") from error


def available_bytes() -> int | None:
    """The memory that this process may still use: what the system has, or what its control group leaves of it."""
    found = [amount for amount in (_system_bytes(), _group_bytes()) if amount is not None]
    return min(found, default=None)


def _system_bytes() -> int | None:
    with open("/proc/meminfo") as lines:
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _group_bytes() -> int | None:
    limit, usage = (_number(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    return None if limit is None or usage is None else limit - usage + _cached_bytes()


def _cached_bytes() -> int:
    """What the control group uses for files that the system can drop from memory."""
    try:
        with open("/sys/fs/cgroup/memory.stat") as lines:
            figures = dict(line.split() for line in lines)
    except OSError:
        return 0
    return int(figures.get("active_file", 0)) + int(figures.get("inactive_file", 0))


def _number(path: str) -> int | None:
    try:
        with open(path) as file:
            text = file.read().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
