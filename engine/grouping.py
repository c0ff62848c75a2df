"""Batches, one after the other, on their way into groups.

A group is closed by a rule: it is full, or its device would soon have nothing to do.
"""

import time
from collections.abc import Iterator
from typing import Any

import jax

from penstock.pipeline import Batch, BatchIterator

from .columns import Columns
from .feed import Station
from .flight import Group
from .program import BatchSpec, step_dtype

# A group that has been open for this long is closed as soon as fewer than two others are unfinished.
OPEN_SECONDS = 0.005


class Grouping:
    """One epoch's batches on their way into groups."""

    def __init__(self, batches: BatchIterator, station: Station, columns: Columns, *, keeps_place: bool) -> None:
        self._batches = batches
        self._keeps_place = keeps_place
        self._columns = columns
        self._station = station
        self._open: Group | None = None
        self._opened_at = 0.0
        self._next_step = 0
        self._error: Exception | None = None

    def groups(self, first: Batch | None) -> Iterator[Group]:
        batch = first or self._next()
        while batch is not None:
            data = self._columns(batch)
            leaves, structure = jax.tree.flatten(data)
            if not self._fits(leaves, structure):
                yield from self._closed()
                self._open_for(BatchSpec.of(data))
            self._add(leaves)
            if self._is_due():
                yield from self._closed()
            batch = self._next()
        yield from self._closed()
        if self._error is not None:
            raise self._error

    def _next(self) -> Batch | None:
        """The next batch; None at the end and after an error, which waits until the steps before it are sent."""
        try:
            with self._station.data_wait, self._station.run.interrupts.open:
                return next(self._batches, None)
        except Exception as error:
            self._error = error
            return None

    def _fits(self, leaves: list[Any], structure: Any) -> bool:
        if self._open is None:
            return False
        spec = self._open.program.spec
        return structure == spec.structure and all(
            a.shape == b.shape and (a.dtype == b.dtype or step_dtype(a.dtype) == b.dtype)
            for a, b in zip(leaves, spec.leaves, strict=True)
        )

    def _open_for(self, spec: BatchSpec) -> None:
        program = self._station.program(spec)
        self._open = self._station.open(program, self._next_step)
        self._opened_at = time.perf_counter()

    def _add(self, leaves: list[Any]) -> None:
        assert self._open is not None
        self._open.slot.put(self._open.steps, leaves)
        if self._keeps_place:
            self._open.position = self._batches.position
        self._open.steps += 1
        self._next_step += 1

    def _is_due(self) -> bool:
        """Whether to send the group rather than wait for one more batch."""
        group = self._open
        if group is None or group.steps >= self._station.room(group):
            return True
        while not self._station.fills:
            left = self._opened_at + OPEN_SECONDS - time.perf_counter()
            if left <= 0 and self._station.flight.unfinished() < 2:
                return True
            with self._station.data_wait, self._station.run.interrupts.open:
                if self._batches.ready(max(left, OPEN_SECONDS)):
                    return False
        return False

    def _closed(self) -> Iterator[Group]:
        if self._open is not None:
            group, self._open = self._open, None
            yield group
            self._station.data_wait.sent(group)
