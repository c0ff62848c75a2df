"""Tickets that may have been lost with a worker which died between reading its ticket and claiming it.

Such a ticket is neither on the pipe nor claimed. Another worker may be about to claim it: so it is made again, in a
slot of its own, and the slot of the first attempt is free once every worker that lived at that moment has replied to a
later ticket, or died: then nobody can have it.
"""

from .member import Member


class Doubts:
    """Numbers of tickets, and for each the workers that may still have it."""

    def __init__(self) -> None:
        self._suspects: dict[int, tuple[int, set[Member]]] = {}

    def __len__(self) -> int:
        return len(self._suspects)

    def __contains__(self, number: int) -> bool:
        return number in self._suspects

    def add(self, number: int, latest: int, members: set[Member]) -> None:
        """One of the members may have it, unless it replies to a ticket after the `latest`."""
        self._suspects[number] = latest, members

    def dispel(self, number: int) -> None:
        """Somebody had it."""
        self._suspects.pop(number, None)

    def acquit(self, member: Member, number: float) -> list[int]:
        """The member has replied to ticket `number` (infinity: it is dead). Gives those that nobody has."""
        for latest, members in self._suspects.values():
            if number > latest:
                members.discard(member)
        lost = [number for number, (_, members) in self._suspects.items() if not members]
        for number in lost:
            del self._suspects[number]
        return lost
