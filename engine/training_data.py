"""The data that `fit`, `evaluate` and `predict` are given, turned into feeds."""

import math
import numbers
import warnings
from collections.abc import Container
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from penstock.adapters import Loader, adapt
from penstock.adapters import recipe as recipe_of
from penstock.pipeline import Part, Recipe, Resident, Source, check_whole

from .batch_feed import BatchFeed
from .columns import Columns, all_columns
from .config import capped_steps
from .row_feed import RowFeed

Feeding = RowFeed | BatchFeed


@dataclass(frozen=True)
class TrainingData:
    """Data in any form that `ps.Loader` takes, how they are to be loaded, and which columns of a batch steps see.

    `loading` holds the arguments of `recipe` by name. Where it `repeats`, rows are gone through again for as many steps
    as are asked for.
    """

    x: Any
    y: Any
    sample_weight: Any
    steps: int | None
    loading: dict[str, Any]
    columns: Columns = all_columns
    repeats: bool = False

    def __post_init__(self) -> None:
        if self.x is None:
            raise ValueError("x is missing; pass arrays, a PyDataset, a generator, a loader or the path of a file")
        _check_steps(self._steps_name, self.steps)

    @property
    def _steps_name(self) -> str:
        return "steps_per_epoch" if self.repeats else "steps"

    @property
    def source(self) -> Any:
        """What the data are without an order; a Loader is itself."""
        return self.x if isinstance(self.x, Loader) else adapt(self.x, self.y, self.sample_weight)

    def feed(self, *, passes: int = 1, restarts: bool = False, goes_on: bool = False) -> Feeding:
        """The feed, of which `passes` epochs will be asked; where it `restarts`, each from the first batch on.

        What can be read but once goes on where it was left all the same. Where it `goes_on`, a Loader begins where its
        state says, and its state follows.
        """
        steps = None if self.steps is None else int(self.steps)
        recipe = recipe_of(self.x, self.y, self.sample_weight, steps=None if steps == -1 else steps, **self.loading)
        steps = self._steps_of(recipe, steps)
        whole = steps in (None, -1)
        if recipe.endless and whole:
            name = "validation_steps" if restarts else self._steps_name
            raise ValueError(f"x has no end, so an epoch needs a number of steps; give {name}")
        if passes > 1 and not recipe.restartable and whole:
            raise ValueError(
                f"a generator can be read once, but it is to be read {passes} times; pass a function that returns the "
                f"generator, or {'validation_steps' if restarts else 'steps_per_epoch'}"
            )
        return _feed_of(recipe, steps, self.columns, restarts=restarts and recipe.restartable, goes_on=goes_on)

    def _steps_of(self, recipe: Recipe, steps: int | None) -> int | None:
        if self.repeats or steps is None or recipe.length is None or steps <= recipe.length:
            return capped_steps(steps, recipe.length)
        warnings.warn(f"x has {recipe.length} batches, so that {steps} steps are cut to these", stacklevel=4)
        return capped_steps(recipe.length, recipe.length)

    def split(self, share: float) -> "tuple[TrainingData, Source]":
        """The data without their last rows, and the `share` of them that those are; before any shuffle."""
        source = self.source
        if not isinstance(source, Source) or source.batched or source.endless:
            raise ValueError(
                f"validation_split needs rows that can be told apart, in arrays or a file, but x is a "
                f"{type(self.x).__name__}; give validation_data"
            )
        total = len(source)
        first = math.floor(total * (1 - share))
        if first in (0, total):
            raise ValueError(f"validation_split={share} leaves {first} of {total} rows to train on; give more rows")
        training, held_out = _part(source, 0, first), _part(source, first, total)
        return replace(self, x=training, y=None, sample_weight=None), held_out


@dataclass(frozen=True)
class ValidationData:
    """What `fit` is told about validation, and after how many epochs it comes."""

    given: Any
    steps: int | None
    batch_size: int | None
    frequency: int | Container[int]

    def is_due(self, epoch: int) -> bool:
        """Whether to validate after an epoch (counted from 0)."""
        if isinstance(self.frequency, Container):
            return epoch + 1 in self.frequency
        return (epoch + 1) % self.frequency == 0

    def __post_init__(self) -> None:
        _check_steps("validation_steps", self.steps)
        if self.batch_size is not None:
            check_whole("validation_batch_size", self.batch_size, least=1)
        if isinstance(self.frequency, str) or not isinstance(self.frequency, Container):
            check_whole("validation_freq, where it is no container of epochs,", self.frequency, least=1)
        elif isinstance(self.frequency, (list, tuple, set, frozenset)):
            for epoch in self.frequency:
                check_whole("each epoch in validation_freq", epoch, least=1)

    def held_out(self, training: TrainingData, share: float) -> "tuple[TrainingData, ValidationData]":
        """Training without its last rows, and validation on them; both as they are where validation has data."""
        if not isinstance(share, numbers.Real) or not 0 <= share < 1:
            raise ValueError(f"validation_split must be a share of at least 0 and less than 1, but is {share!r}")
        if not share or self.given is not None:
            return training, self
        training, held_out = training.split(share)
        return training, replace(self, given=held_out)

    def feed(self, passes: int, loading: dict[str, Any]) -> AbstractContextManager[Feeding | None]:
        """The feed for validation, with what `loading` says about training where nothing else is said."""
        if self.given is None:
            return nullcontext()
        try:
            data = TrainingData(*self._parts(), self.steps, loading)
            source = data.source
            has_rows = isinstance(source, Source) and not source.batched
            batch_size = self.batch_size or (loading["batch_size"] if has_rows else None)
            data = replace(data, x=source, y=None, sample_weight=None, loading=loading | {"batch_size": batch_size})
            # Every validation begins with the first batch, however many steps it takes, where that is possible.
            return data.feed(passes=passes, restarts=True)
        except (TypeError, ValueError) as error:
            error.add_note("this is about validation_data")
            raise

    def _parts(self) -> tuple[Any, Any, Any]:
        given = self.given
        if isinstance(given, tuple) and type(given) is not tuple:
            raise ValueError(
                "validation_data must not be a namedtuple, since its fields could be inputs or (x, y, sample_weight), "
                f"but is a {type(given).__name__}; give tuple(validation_data) if its fields are x, y and "
                "sample_weight in this order"
            )
        parts = list(given) if isinstance(given, (tuple, list)) else [given]
        if not 1 <= len(parts) <= 3:
            raise ValueError(f"validation_data must be (x, y) or (x, y, sample_weight), but has {len(parts)} parts")
        parts += [None, None]
        return parts[0], parts[1], parts[2]


def _part(source: Source, start: int, stop: int) -> Source:
    return source.part(start, stop) if isinstance(source, Resident) else Part(source, start, stop)


def _check_steps(name: str, steps: int | None) -> None:
    whole = isinstance(steps, numbers.Integral) and not isinstance(steps, bool)
    if steps is not None and (not whole or (steps < 1 and steps != -1)):
        raise ValueError(
            f"{name} must be a positive number of steps, -1 (to the end of the data) or None, but is {steps!r}"
        )


def _feed_of(
    recipe: Recipe, steps: int | None, columns: Columns, *, restarts: bool = False, goes_on: bool = False
) -> RowFeed | BatchFeed:
    """The feed for a recipe: rows are gathered here where they are in memory and no worker is asked for.

    Where it `goes_on`, it goes by the bookmark of the recipe, if that has one.
    """
    steps = None if steps == -1 else steps
    source, order = recipe.source, recipe.order
    bookmark = recipe.bookmark if goes_on else None
    gathered = recipe.inline and not recipe.transforms and recipe.trace is None
    if isinstance(source, Resident) and order is not None and gathered:
        return RowFeed(source, order, steps, columns, bookmark=bookmark)
    return BatchFeed(recipe, steps, columns, restarts=restarts, bookmark=bookmark)
