"""Tickets in the hands of workers: which slot each may be made in, and what becomes of both when a worker dies.

A ticket is off the books once a worker has replied to it, or cannot any more.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import WorkerDiedError
from ..slots import Slot, Slots
from .doubts import Doubts
from .member import Member
from .messages import TICKET
from .tickets import Ticket, TicketPipe


@dataclass(eq=False, slots=True)
class Attempt:
    """One try at a ticket, with the slot that it may be made in and those that it outgrew."""

    ticket: Ticket
    slot: Slot
    outgrown: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class Death:
    """Of a worker, which had taken ticket `number` last; a ticket that so many have died with is not begun anew."""

    pid: int
    exit_code: int
    number: int
    fatal_tries: int


class Attempts:
    """By the numbers of their tickets; two may be at the same ticket where one was lost, or may have been."""

    def __init__(self, slots: Slots) -> None:
        self.pipe = TicketPipe()
        self._slots = slots
        self._by_number: dict[int, Attempt] = {}
        self._doubts = Doubts()
        self._latest = 0

    @property
    def outstanding(self) -> int:
        """How many there are that will be replied to."""
        return len(self._by_number) - len(self._doubts)

    @property
    def room(self) -> int:
        """How many more there may be."""
        return self.pipe.room - len(self._by_number)

    def get(self, number: int) -> Attempt | None:
        return self._by_number.get(number)

    def begin(self, tickets: Iterable[Ticket], slots: Sequence[Slot], version: int) -> None:
        """Put tickets where the next free workers find them, each with a slot to be made in."""
        first, records = self._latest + 1, []
        for ticket, slot in zip(tickets, slots, strict=True):
            self._latest += 1
            self._by_number[self._latest] = Attempt(ticket, slot)
            task, region = ticket.task, slot.region
            place = task.seed, task.epoch, task.step
            records.append(TICKET.pack(self._latest, version, *place, region.offset, region.capacity))
        self.pipe.put(list(range(first, self._latest + 1)), records)

    def take_back(self) -> None:
        """End those that no worker has taken."""
        for number in self.pipe.take_back():
            self._free(number)

    def enlarged(self, number: int, nbytes: int) -> Slot | None:
        """A larger slot for one of them; where there is none its ticket fails."""
        attempt = self._by_number[number]
        try:
            slot = self._slots.larger(nbytes)
        except MemoryError as error:
            epoch, step = attempt.ticket.place
            error.add_note(f"while making batch {step} of epoch {epoch}")
            attempt.ticket.fail(error)
            return None
        # What was built in the slot is still needed there.
        attempt.outgrown += (attempt.slot,)
        attempt.slot = slot
        return slot

    def end(self, number: int, member: Member) -> Attempt:
        """The one that a worker has replied to; its slot is the caller's."""
        attempt = self._by_number.pop(number)
        if attempt.outgrown:
            self._drop_outgrown(attempt)
        self.pipe.forget(self._by_number)
        if self._doubts:
            self._doubts.dispel(number)
            self._free(*self._doubts.acquit(member, number))
        return attempt

    def survive(self, death: Death, member: Member, living: Sequence[Member], read: set[int], version: int) -> None:
        """A worker has died: begin anew what it had claimed, and what it may have `read` before it could claim it."""
        self._free(*self._doubts.acquit(member, math.inf))
        missing = sorted(number for number in read - {death.number} if self._is_missing(number))
        attempt = self._by_number.get(death.number)
        if attempt is not None:
            attempt.ticket.tries += 1
            if attempt.ticket.tries >= death.fatal_tries:
                epoch_and_step = attempt.ticket.place
                attempt.ticket.fail(WorkerDiedError(death.pid, death.exit_code, epoch_and_step, attempt.ticket.tries))
            if death.number in self._doubts:
                # It was begun anew already.
                self._doubts.dispel(death.number)
                self._free(death.number)
            else:
                self._begin_anew(death.number, version)
        for number in missing:
            if living:
                self._begin_beside(number, version)
                self._doubts.add(number, self._latest, set(living))
            else:
                self._begin_anew(number, version)

    def _is_missing(self, number: int) -> bool:
        return number in self._by_number and number not in self._doubts

    def _begin_anew(self, number: int, version: int) -> None:
        attempt = self._by_number[number]
        if not attempt.ticket.is_wanted:
            self._free(number)
            return
        del self._by_number[number]
        self._drop_outgrown(attempt)
        self.begin([attempt.ticket], [attempt.slot], version)

    def _begin_beside(self, number: int, version: int) -> None:
        ticket = self._by_number[number].ticket
        if ticket.is_wanted:
            self.begin([ticket], [self._slots.take()], version)

    def _free(self, *numbers: int) -> None:
        for number in numbers:
            attempt = self._by_number.pop(number)
            self._drop_outgrown(attempt)
            self._slots.give_back(attempt.slot)

    def _drop_outgrown(self, attempt: Attempt) -> None:
        for slot in attempt.outgrown:
            self._slots.drop(slot)
        attempt.outgrown = ()
