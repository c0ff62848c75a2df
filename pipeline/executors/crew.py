"""The worker processes of one consumer: started once, told programs, replaced when they die.

Who closes what. The consumer makes the pipes and the arena and keeps its ends; a worker is given copies of the others,
and the fork server closes its own as soon as it has forked. A crew that is dismissed closes the tickets, upon which
idle workers end by themselves, and then every life line, upon which the kernel kills those that do not; when the
consumer itself is killed, the kernel does both. Nothing has a name in the file system, so nothing can stay there.
"""

import fcntl
import math
import mmap
import os
import pickle
import select
import socket
import sys
import termios
import time
import weakref
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, Self

from ..errors import BatchTimeoutError, WorkerDiedError
from ..interrupts import held_back
from ..layout import Layout
from ..slots import PAGE, Slot, Slots
from ..task import Task
from . import failures
from .executor import Work
from .parcel import Parcel, pack
from .server import SERVER
from .worker import CLAIM, CLAIM_BYTES, FAILED, HELLO, KNOWN, MESSAGE, NEED, NEW, REPLY, TICKET, Descriptors

MOST_WORKERS = PAGE // CLAIM_BYTES

# What a pipe takes in one piece, whoever else writes or reads.
_TICKETS_AT_ONCE = select.PIPE_BUF // TICKET.size


@dataclass(eq=False)
class Member:
    """A worker process as the consumer sees it."""

    place: int
    replies: int
    life: int
    channel: socket.socket
    pid: int = 0
    layouts: list[Layout] = field(default_factory=list)

    def grant(self, slot: Slot) -> None:
        self.channel.send(MESSAGE.pack(slot.region.offset, slot.region.capacity))

    def teach(self, version: int, program: Parcel) -> None:
        socket.send_fds(self.channel, [MESSAGE.pack(version, 0)], [program.fd])

    def read(self) -> list[tuple[int, int, int, int]]:
        """The replies that are there: (number, kind, and two figures). EOFError where the process has ended."""
        data = os.read(self.replies, 2048 * REPLY.size)
        if not data:
            raise EOFError
        return list(REPLY.iter_unpack(data))

    def kill(self) -> None:
        """Close its life line, upon which the kernel kills it."""
        if self.life >= 0:
            os.close(self.life)
            self.life = -1

    def await_end(self) -> None:
        """Wait until it is gone."""
        while os.read(self.replies, 2048 * REPLY.size):
            continue

    def close(self) -> None:
        """Let go of it."""
        os.close(self.replies)
        self.channel.close()


@dataclass(eq=False)
class Ticket:
    """One task of one consumer, until its batch is there: in `slot`, laid out as `layout`, or as an `error`."""

    task: Task
    tries: int = 0
    is_settled: bool = False
    is_dropped: bool = False
    slot: Slot | None = None
    layout: Layout | None = None
    error: BaseException | None = None


@dataclass(eq=False)
class Attempt:
    """A ticket in the hands of the workers, with the slot that it may be made in.

    A doubtful one may have been lost with a worker that died; another attempt was made, in a slot of its own.
    """

    ticket: Ticket
    slot: Slot
    outgrown: Slot | None = None
    is_doubtful: bool = False


@dataclass(frozen=True)
class Patience:
    """What to do when a worker dies or takes too long."""

    timeout: float | None = None
    on_worker_death: Literal["retry", "raise"] = "retry"
    max_retries: int = 3


class Crew:
    """Up to `workers` processes that make batches; a context manager, after which they are gone.

    `submit` and `wait` are for one thread. Tickets that nobody waits for any more are dropped; what becomes of them is
    taken in by the next `wait`.
    """

    def __init__(self, workers: int, budget: int, patience: Patience) -> None:
        self.slots = Slots(budget)
        self.workers = workers
        self._patience = patience
        self._members: dict[int, Member] = {}  # by their reply pipes
        self._attempts: dict[int, Attempt] = {}
        self._order: deque[int] = deque()  # of the attempts on the pipe, the oldest first
        self._numbers = count(1)
        self._program: Parcel | None = None
        self._version = 0
        self._stillborn = 0
        self._doubts = 0
        self._untorn = _Untorn()
        self._poll = select.poll()
        self._open = ExitStack()
        self._tickets, self._entrance = os.pipe()
        self._claims_file = os.memfd_create("penstock-claims", os.MFD_CLOEXEC)
        for descriptor in (self._tickets, self._entrance, self._claims_file):
            self._open.callback(os.close, descriptor)
        self._open.callback(self.slots.close)
        self._parcels = self._open.enter_context(ExitStack())
        os.ftruncate(self._claims_file, PAGE)
        self._claims = mmap.mmap(self._claims_file, PAGE)
        # For who forgets to dismiss it.
        weakref.finalize(self, _let_go, self._members, self._open)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Dismiss the workers, whatever they do."""
        with held_back():
            members = list(self._members.values())
            for member in members:
                member.kill()
            for member in members:
                self._bury(member)
            self._open.close()

    def teach(self, work: Work) -> None:
        """Make sure that the workers are there and know this work, as it is now."""
        program = pack(work, self._program)
        with held_back():
            if program is not self._program:
                self._spread(program)
            for place in range(len(self._members), self.workers):
                self._hire(place)

    def _spread(self, program: Parcel) -> None:
        self._parcels.close()
        self._parcels.callback(program.close)
        self._program = program
        self._version += 1
        for member in self._members.values():
            member.teach(self._version, program)

    @property
    def outstanding(self) -> int:
        """How many tickets workers have that they will reply to."""
        return len(self._attempts) - self._doubts

    @property
    def is_torn(self) -> bool:
        """Whether an interrupt or error came in the middle of the bookkeeping; the crew can only be dismissed."""
        return self._untorn.is_torn

    def submit(self, tickets: Sequence[Ticket]) -> None:
        """Put tickets where the next free workers find them."""
        with self._untorn:
            for start in range(0, len(tickets), _TICKETS_AT_ONCE):
                some = tickets[start : start + _TICKETS_AT_ONCE]
                os.write(self._entrance, b"".join([self._record(ticket, self.slots.take()) for ticket in some]))

    def wait(self, seconds: float | None) -> None:
        """Take in what workers have to say; wait for the first of it, for at most `seconds` where they are given."""
        found = self._poll.poll(_milliseconds(self._shortest(seconds)))
        with self._untorn:
            for descriptor, _ in found:
                self._listen(self._members[descriptor])
            if self._patience.timeout is not None:
                self._replace_late()

    def drop(self, tickets: Iterable[Ticket]) -> None:
        """Nobody waits for these any more: take back those that no worker has taken."""
        with self._untorn:
            for ticket in tickets:
                ticket.is_dropped = True
                if ticket.slot is not None:
                    self.slots.give_back(ticket.slot)
            while self._unread() and (record := self._read_ticket()) is not None:
                attempt = self._attempts.pop(TICKET.unpack(record)[0])
                self._order.remove(TICKET.unpack(record)[0])
                self.slots.give_back(attempt.slot)

    def _read_ticket(self) -> bytes | None:
        os.set_blocking(self._tickets, False)
        try:
            return os.read(self._tickets, TICKET.size)
        except BlockingIOError:
            return None
        finally:
            os.set_blocking(self._tickets, True)

    def _record(self, ticket: Ticket, slot: Slot) -> bytes:
        number, task, region = next(self._numbers), ticket.task, slot.region
        self._attempts[number] = Attempt(ticket, slot)
        self._order.append(number)
        return TICKET.pack(number, self._version, task.seed, task.epoch, task.step, region.offset, region.capacity)

    def _hire(self, place: int) -> None:
        with ExitStack() as theirs:
            replies, life = os.pipe(), os.pipe()
            mine, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            theirs.enter_context(other)
            theirs.callback(os.close, replies[1])
            theirs.callback(os.close, life[0])
            member = Member(place, replies[0], life[1], mine)
            CLAIM.pack_into(self._claims, place * CLAIM_BYTES, 0, 0)
            handed = (self._tickets, replies[1], life[0], other.fileno(), self.slots.arena.fd, self._claims_file)
            SERVER.fork(Descriptors(*handed), place)
        self._members[member.replies] = member
        self._poll.register(member.replies, select.POLLIN)
        if self._program is not None:
            member.teach(self._version, self._program)

    def _listen(self, member: Member) -> None:
        try:
            replies = member.read()
        except EOFError:
            self._lose(member)
            return
        for number, kind, first, second in replies:
            if kind == HELLO:
                member.pid = first
            elif kind == NEED:
                self._enlarge(member, self._attempts[number], first)
            else:
                self._settle(member, self._attempts.pop(number), kind, first, second)

    def _enlarge(self, member: Member, attempt: Attempt, nbytes: int) -> None:
        # What was built in the slot is still needed there.
        attempt.outgrown, attempt.slot = attempt.slot, self.slots.larger(nbytes)
        member.grant(attempt.slot)

    def _settle(self, member: Member, attempt: Attempt, kind: int, first: int, second: int) -> None:
        ticket, slot = attempt.ticket, attempt.slot
        self._doubts -= attempt.is_doubtful
        if attempt.outgrown is not None:
            self.slots.drop(attempt.outgrown)
        layout = self._layout(member, slot, kind, first, second)
        if kind == FAILED and not ticket.is_settled:
            ticket.error = failures.unpacked(slot.memory[first : first + second])
        if layout is None or ticket.is_settled or ticket.is_dropped:
            self.slots.give_back(slot)
        else:
            ticket.slot, ticket.layout = slot, layout
        ticket.is_settled = True
        while self._order and self._order[0] not in self._attempts:
            self._order.popleft()

    def _layout(self, member: Member, slot: Slot, kind: int, first: int, second: int) -> Layout | None:
        """The layout of a batch that was made; one that will come again is remembered in the order of arrival."""
        if kind == KNOWN:
            return member.layouts[first]
        if kind != NEW:
            return None
        layout: Layout = pickle.loads(slot.memory[first : first + second])
        if layout.is_regular:
            member.layouts.append(layout)
        return layout

    def _lose(self, member: Member) -> None:
        """A worker has died: its ticket is tried again, or fails, and another takes its place."""
        exit_code = self._bury(member)
        self._stillborn = 0 if member.pid else self._stillborn + 1
        if self._stillborn > self._patience.max_retries:
            raise RuntimeError(f"worker processes cannot start; the last one ended with exit code {exit_code}")
        attempt = self._attempts.pop(self._claim(member)[0], None)
        self._hire(member.place)
        if attempt is not None:
            self._retry(attempt, member.pid, exit_code)
        for doubtful in self._doubtful():
            doubtful.is_doubtful = True
            self._doubts += 1
            os.write(self._entrance, self._record(doubtful.ticket, self.slots.take()))

    def _retry(self, attempt: Attempt, pid: int, exit_code: int) -> None:
        ticket = attempt.ticket
        ticket.tries += 1
        if attempt.outgrown is not None:
            self.slots.drop(attempt.outgrown)
        given_up = self._patience.on_worker_death == "raise" or ticket.tries > self._patience.max_retries
        if ticket.is_settled or ticket.is_dropped or given_up:
            self.slots.give_back(attempt.slot)
            if not ticket.is_settled:
                place = ticket.task.epoch, ticket.task.step
                ticket.error, ticket.is_settled = WorkerDiedError(pid, exit_code, place, ticket.tries), True
        else:
            os.write(self._entrance, self._record(ticket, attempt.slot))

    def _doubtful(self) -> list[Attempt]:
        """What a dead worker may have read and not yet claimed: neither on the pipe nor in living hands."""
        waiting = self._unread() // TICKET.size
        claimed = {self._claim(member)[0] for member in self._members.values()}
        read = list(self._order)[: len(self._order) - waiting]
        unclaimed = [number for number in read if number in self._attempts and number not in claimed]
        return [self._attempts[number] for number in unclaimed if not self._attempts[number].is_doubtful]

    def _replace_late(self) -> None:
        """Kill the workers whose batch took too long; the batch fails, and another takes its place."""
        assert self._patience.timeout is not None
        for member in list(self._members.values()):
            number, began = self._claim(member)
            attempt = self._attempts.get(number)
            if attempt is None or self._left(began) > 0:
                continue
            task = attempt.ticket.task
            attempt.ticket.error = BatchTimeoutError(self._patience.timeout, (task.epoch, task.step))
            attempt.ticket.is_settled = True
            member.kill()
            self._lose(member)

    def _shortest(self, seconds: float | None) -> float | None:
        """How long to wait for replies before a batch may be late."""
        if self._patience.timeout is None:
            return seconds
        claims = [self._claim(member) for member in self._members.values()]
        left = [self._left(began) for number, began in claims if number in self._attempts]
        # What begins only now is not late before `timeout` is over.
        return min([*left, self._patience.timeout, *([] if seconds is None else [seconds])])

    def _left(self, began: int) -> float:
        assert self._patience.timeout is not None
        return self._patience.timeout - (time.monotonic_ns() - began) / 1e9

    def _claim(self, member: Member) -> tuple[int, int]:
        return CLAIM.unpack_from(self._claims, member.place * CLAIM_BYTES)

    def _unread(self) -> int:
        """Bytes of tickets that no worker has read."""
        found = bytearray(4)
        fcntl.ioctl(self._tickets, termios.FIONREAD, found)
        return int.from_bytes(found, sys.byteorder)

    def _bury(self, member: Member) -> int:
        """Let go of a worker that is dead or dying; gives its exit code once it is gone."""
        if member.replies in self._members and self._members[member.replies] is member:
            self._poll.unregister(member.replies)
            del self._members[member.replies]
        member.kill()
        member.await_end()
        member.close()
        return SERVER.exit_code(member.pid) if member.pid else -1


def _let_go(members: dict[int, Member], descriptors: ExitStack) -> None:
    """Kill the workers without waiting for them, and close what is open."""
    for member in members.values():
        member.kill()
        member.close()
    members.clear()
    descriptors.close()


class _Untorn:
    """A block that is not to be left half-way; cheaper than holding interrupts back, since it only notes that it was.

    An error that is raised on purpose, with the books in order, tears it too; that is rare, and costs a new crew.
    """

    def __init__(self) -> None:
        self.is_torn = False

    def __enter__(self) -> None:
        """Nothing to do: only the way out matters."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.is_torn = self.is_torn or kind is not None


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(0, math.ceil(seconds * 1000))
