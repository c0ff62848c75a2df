"""Where in its data a consumer stands."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Position:
    """Before batch `batch` of pass `epoch` over the data.

    Of a stream that cannot begin anew, `taken` is how many batches were taken from it since it began; of one that keeps
    its own state, `own` is what it said of itself after the last batch that was taken.
    """

    epoch: int = 0
    batch: int = 0
    taken: int | None = None
    own: Any = None


class Bookmark:
    """The place of a consumer that may be told to go on elsewhere.

    `position` is where it stands; `due` is where it is to go on, until it has been told.
    """

    def __init__(self) -> None:
        self.position = Position()
        self.due: Position | None = None

    def lay(self, position: Position) -> None:
        """Whoever asks next goes on at this position."""
        self.position = self.due = position

    def take(self) -> Position | None:
        """Where to go on; None where nobody has said so since the last call."""
        due, self.due = self.due, None
        return due
