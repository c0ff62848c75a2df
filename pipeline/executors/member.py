"""A worker process as the consumer sees it."""

import math
import os
import select
import socket
from contextlib import suppress
from dataclasses import dataclass, field

from ..layout import Layout
from ..slots import Slot
from .messages import HELLO, MESSAGE, REPLY, Descriptors
from .parcel import SharedParcel
from .server import SERVER

Reply = tuple[int, int, int, int]  # number, kind, and two figures

NO_PIDFD = -1


@dataclass(eq=False)
class Member:
    """One of a crew, from its hiring to its end; `told` is the program sent last, `knows` the one it has taken."""

    place: int
    replies: int
    life: int
    channel: socket.socket
    pid: int = 0
    pidfd: int = NO_PIDFD
    told: int = 0
    knows: int = 0
    layouts: list[Layout] = field(default_factory=list)
    owner: int = field(default_factory=os.getpid)

    def meet(self, pid: int) -> None:
        """It said hello."""
        self.pid = pid
        try:
            self.pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            self.pidfd = NO_PIDFD  # gone already, as the end of its replies will tell

    def grant(self, slot: Slot) -> None:
        """Let it have a larger slot."""
        self._send(slot.region.offset, slot.region.capacity)

    def refuse(self) -> None:
        """Let it give up its batch."""
        self._send(-1, 0)

    def teach(self, version: int, program: SharedParcel) -> None:
        """Send it a program."""
        self.told = version
        self._send(version, 0, program.fd)

    def _send(self, first: int, second: int, *descriptors: int) -> None:
        # To one that has died meanwhile, as the end of its replies will tell.
        with suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self.channel, [MESSAGE.pack(first, second)], descriptors)

    def read(self) -> list[Reply]:
        """The replies that are there. EOFError where the process has ended."""
        try:
            data = os.read(self.replies, 2048 * REPLY.size)
        except BlockingIOError:
            return []
        if not data:
            raise EOFError
        return list(REPLY.iter_unpack(data))

    def is_dead(self) -> bool:
        """Whether it is known to be dead, though what it has forked may hold its pipes open."""
        return self.pidfd != NO_PIDFD and _has_come([self.pidfd], 0)

    def kill(self) -> None:
        """Whatever it does, the kernel kills it."""
        if self.life < 0:
            return
        if self.owner == os.getpid():
            # To close the life line is not enough where a fork of the consumer holds a copy of it.
            with suppress(BrokenPipeError):
                os.write(self.life, b"\0")
        os.close(self.life)
        self.life = -1

    def last_words(self) -> list[Reply]:
        """What it replied before its end, which is waited for; it must have been killed or have died."""
        words: list[Reply] = []
        while True:
            _has_come([self.replies] if self.pidfd == NO_PIDFD else [self.replies, self.pidfd], math.inf)
            ended = self.is_dead()
            try:
                while said := self.read():
                    words += said
                    self._meet_late(said)
            except EOFError:
                return words
            if ended:
                return words

    def _meet_late(self, said: list[Reply]) -> None:
        for _, kind, pid, _ in said:
            if kind == HELLO:
                self.meet(pid)

    def close(self) -> None:
        """Let go of it."""
        os.close(self.replies)
        self.channel.close()
        if self.pidfd != NO_PIDFD:
            os.close(self.pidfd)


def hired(place: int, tickets: int, arena: int, claims: int) -> Member:
    """A new worker process, which will say hello; it is given copies of these descriptors."""
    replies, life = os.pipe(), os.pipe()
    mine, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    os.set_blocking(replies[0], False)
    member = Member(place, replies[0], life[1], mine)
    try:
        SERVER.fork(Descriptors(tickets, replies[1], life[0], other.fileno(), arena, claims), place)
    except BaseException:
        os.close(life[1])
        member.close()
        raise
    finally:
        other.close()
        os.close(replies[1])
        os.close(life[0])
    return member


def _has_come(descriptors: list[int], seconds: float) -> bool:
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if math.isinf(seconds) else seconds * 1000))
