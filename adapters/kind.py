"""One kind of input: how it is known, and what it is turned into."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.pipeline import Source, Stream


@dataclass(frozen=True)
class Kind:
    """`recognises(x)` imports nothing: where x is of a foreign library, that library has been imported already.

    `adapt(x, y, sample_weight)` gives the source or stream. A kind that is not `takes_targets` brings its own y and
    sample_weight in its batches, so that giving them is an error.
    """

    name: str
    recognises: Callable[[Any], bool]
    adapt: Callable[[Any, Any, Any], Source | Stream]
    takes_targets: bool = False
