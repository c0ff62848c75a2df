"""What one side of a comparison does over and over."""

from collections.abc import Callable
from dataclasses import dataclass, field

Figures = dict[str, float]


@dataclass(frozen=True)
class Work:
    """`repeat(n)` does n epochs and gives how many units (steps, samples) they had; its first call may compile.

    `check` gives the figures on which all sides must agree before anything is timed, such as the loss after one epoch
    in the same order from the same weights. `facts` gives what else is worth telling of this side.
    """

    repeat: Callable[[int], int]
    check: Callable[[], Figures] = field(default=dict)
    facts: Callable[[], Figures] = field(default=dict)
