"""The worker processes of one consumer: started once, told programs, replaced when they die.

Who closes what. The consumer makes the pipes and the arena and keeps its ends; a worker is given copies of the others,
and the fork server closes its own as soon as it has forked. A crew that is dismissed kills its workers by their life
lines and waits until they are gone; when the consumer itself is killed, the kernel and the fork server do that. Nothing
has a name in the file system, so nothing can stay there.
"""

import math
import os
import pickle
import weakref
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from typing import Self

from ..errors import BatchTimeoutError
from ..interrupts import held_back
from ..layout import MOST_LAYOUTS, Layout
from ..slots import Slot, Slots
from . import failures
from .attempts import Attempts, Death
from .claims import PLACES, Claims, claims_file
from .executor import Work
from .member import NO_PIDFD, Member, Reply, hired
from .messages import ASK, FAILED, HELLO, KNOWN, LEARNT, NEED, NEW
from .parcel import SharedParcel, pack
from .patience import Patience, check_stillborn
from .server import SERVER
from .tickets import Ticket
from .vigil import Vigil

MOST_WORKERS = PLACES


class Crew:
    """Up to `workers` processes that make batches; a context manager, after which they are gone.

    `submit` and `wait` are for one thread. Tickets that nobody waits for any more are dropped; what becomes of them is
    taken in by the next `wait`. What changes the books happens inside `with crew.books`.
    """

    def __init__(self, workers: int, budget: int, patience: Patience) -> None:
        self.slots = Slots(budget)
        self.workers = workers
        self.books = Books()
        self._patience = patience
        self._owner = os.getpid()
        self._members: dict[int, Member] = {}  # by place
        self._heard: dict[int, Member] = {}  # by their descriptors in the poll
        self._attempts = Attempts(self.slots)
        self._program: SharedParcel | None = None
        self._version = 0
        self._stillborn = 0
        self._vigil = Vigil(workers)
        self._claims_file = claims_file()
        self._claims = Claims(self._claims_file)
        self._open = ExitStack()
        self._open.callback(self.slots.close)
        self._open.callback(self._claims.close)
        self._open.callback(os.close, self._claims_file)
        self._open.callback(self._attempts.pipe.close)
        self._parcels = self._open.enter_context(ExitStack())
        # For who forgets to dismiss it.
        weakref.finalize(self, _let_go, self._members, self._open, self.books)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Dismiss the workers, whatever they do."""
        self.books.is_torn = True
        if self._owner != os.getpid():
            # A fork of their consumer has nothing to dismiss.
            _let_go(self._members, self._open, self.books)
            return
        with held_back():
            members = list(self._members.values())
            for member in members:
                member.kill()
            for member in members:
                self._bury(member)
            self._open.close()

    @property
    def outstanding(self) -> int:
        """How many tickets workers have that they will reply to."""
        return self._attempts.outstanding

    @property
    def room(self) -> int:
        """How many more tickets there may be."""
        return self._attempts.room

    @property
    def is_usable(self) -> bool:
        """Not after its end, nor after an interrupt in the middle of its books, nor in a fork of its consumer."""
        return not self.books.is_torn and self._owner == os.getpid()

    def teach(self, work: Work) -> None:
        """Make sure that the workers are there and know this work, as it is now."""
        if not self._members:
            # It takes longer than to pack, which can be done meanwhile.
            SERVER.prepare()
        program = pack(work, SharedParcel, self._program)
        with held_back(), self.books:
            if program is not self._program:
                self._spread(program)
            for place in range(self.workers):
                if place not in self._members:
                    self._hire(place)

    def submit(self, tickets: Sequence[Ticket], slots: Sequence[Slot]) -> None:
        """Put tickets where the next free workers find them, each with a slot to be made in."""
        self._attempts.begin(tickets, slots, self._version)

    def wait(self, seconds: float | None) -> None:
        """Take in what workers have to say; wait for the first of it, for at most `seconds` where they are given."""
        found = self._vigil.wait(self._shortest(math.inf if seconds is None else seconds))
        with self.books:
            for descriptor in found:
                member = self._heard.get(descriptor)
                if member is not None:
                    self._listen(member)
            if self._patience.timeout is not None:
                self._replace_late()

    def drop(self, tickets: Iterable[Ticket]) -> None:
        """Nobody waits for these any more: take back those that no worker has taken."""
        with self.books:
            for ticket in tickets:
                ticket.is_dropped = True
                if ticket.slot is not None:
                    self.slots.give_back(ticket.slot)
            self._attempts.take_back()

    def _spread(self, program: SharedParcel) -> None:
        self._parcels.close()
        self._parcels.callback(program.close)
        self._program = program
        self._version += 1
        for member in self._members.values():
            # Who has not taken the last one asks for this one when it needs it; else programs would pile up there.
            if member.knows == member.told:
                member.teach(self._version, program)

    def _hire(self, place: int) -> None:
        self._claims.clear(place)
        member = hired(place, self._attempts.pipe.exit, self.slots.arena.fd, self._claims_file)
        self._members[place] = member
        self._hear(member, member.replies)
        if self._program is not None:
            member.teach(self._version, self._program)

    def _hear(self, member: Member, descriptor: int) -> None:
        self._heard[descriptor] = member
        self._vigil.add(descriptor)

    def _listen(self, member: Member) -> None:
        try:
            replies = member.read()
        except EOFError:
            self._lose(member)
            return
        for reply in replies:
            self._take_in(member, reply)
        if not replies and member.is_dead():
            self._lose(member)

    def _catch_up(self, member: Member) -> None:
        with suppress(EOFError):
            for reply in member.read():
                self._take_in(member, reply)

    def _take_in(self, member: Member, reply: Reply) -> None:
        number, kind, first, second = reply
        if kind == HELLO:
            self._meet(member, first)
        elif kind == LEARNT:
            member.knows = first
        elif kind == ASK:
            assert self._program is not None
            member.teach(self._version, self._program)
        elif kind == NEED:
            slot = self._attempts.enlarged(number, first)
            member.refuse() if slot is None else member.grant(slot)
        else:
            self._settle(member, number, kind, first, second)

    def _meet(self, member: Member, pid: int) -> None:
        member.meet(pid)
        if member.pidfd != NO_PIDFD:
            self._hear(member, member.pidfd)

    def _settle(self, member: Member, number: int, kind: int, first: int, second: int) -> None:
        attempt = self._attempts.end(number, member)
        ticket, slot = attempt.ticket, attempt.slot
        layout = self._layout(member, slot, kind, first, second)
        if kind == FAILED:
            ticket.fail(failures.unpacked(slot.piece(first, second)))
        if layout is not None and ticket.is_wanted:
            ticket.slot, ticket.layout = slot, layout
        else:
            self.slots.give_back(slot)
        ticket.is_settled = True

    def _layout(self, member: Member, slot: Slot, kind: int, first: int, second: int) -> Layout | None:
        """The layout of a batch that was made; one that will come again is remembered in the order of arrival."""
        if kind == KNOWN:
            return member.layouts[first]
        if kind != NEW:
            return None
        self.slots.has_held(first + second)
        layout: Layout = pickle.loads(slot.piece(first, second))
        if layout.is_regular and len(member.layouts) < MOST_LAYOUTS:
            member.layouts.append(layout)
        return layout

    def _lose(self, member: Member) -> None:
        """A worker has died: its ticket is tried again, or fails, and another takes its place."""
        exit_code = self._bury(member)
        self._stillborn = 0 if member.pid else self._stillborn + 1
        check_stillborn(self._stillborn)
        death = Death(member.pid, exit_code, self._claims.number(member.place), self._patience.fatal_tries)
        others = list(self._members.values())
        # In this order: what others have read by then they have claimed since, or replied to before they claimed more;
        # and a new worker has read none of it.
        taken = self._attempts.pipe.taken()
        claimed = {self._claims.number(other.place) for other in others}
        for other in others:
            self._catch_up(other)
        self._hire(member.place)
        self._attempts.survive(death, member, others, set(taken) - claimed, self._version)

    def _replace_late(self) -> None:
        """Kill the workers whose batch takes too long; the batch fails, and another takes its place."""
        for member in list(self._members.values()):
            attempt = self._attempts.get(self._claims.number(member.place))
            if attempt is not None and self._patience.left(self._claims.began(member.place)) <= 0:
                attempt.ticket.fail(BatchTimeoutError(self._patience.timeout or 0, attempt.ticket.place))
                self._lose(member)

    def _shortest(self, seconds: float) -> float:
        """How long to wait for replies before a batch may be late."""
        if self._patience.timeout is None:
            return seconds
        left = [self._patience.left(self._claims.began(place)) for place in self._working()]
        # What begins only now is not late before `timeout` is over.
        return min([*left, self._patience.timeout, seconds])

    def _working(self) -> list[int]:
        return [place for place in self._members if self._attempts.get(self._claims.number(place))]

    def _bury(self, member: Member) -> int:
        """Kill a worker that is not dead yet, take in its last words, let go of it; gives its exit code."""
        if self._members.get(member.place) is member:
            del self._members[member.place]
        member.kill()
        for descriptor in [d for d, heard in self._heard.items() if heard is member]:
            self._vigil.remove(descriptor)
            del self._heard[descriptor]
        for reply in member.last_words():
            if reply[1] not in (HELLO, NEED, ASK) and not self.books.is_torn:
                self._take_in(member, reply)
        member.close()
        return SERVER.exit_code(member.pid) if member.pid else -1


def _let_go(members: dict[int, Member], descriptors: ExitStack, books: "Books") -> None:
    """Kill the workers without waiting for them, and close what is open; what ends later finds nothing to do."""
    books.is_torn = True
    for member in members.values():
        member.kill()
        member.close()
    members.clear()
    descriptors.close()


class Books:
    """A block that is not to be left half-way; cheaper than holding interrupts back, since it only notes that it was.

    An error that is raised on purpose, with the books in order, tears them too; that is rare, and costs a new crew.
    """

    def __init__(self) -> None:
        self.is_torn = False

    def __enter__(self) -> None:
        """Nothing to do: only the way out matters."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.is_torn = True
