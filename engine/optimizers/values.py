"""The values of an optimizer's variables in the middle of an update."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import jax.numpy as jnp

from ..variable import Variable


@dataclass(frozen=True)
class Values:
    """A value for each of some variables, by identity; never changed, only replaced."""

    by_identity: dict[int, Any]

    @classmethod
    def pair(cls, variables: Sequence[Variable], values: Sequence[Any]) -> Self:
        return cls({id(v): jnp.asarray(value) for v, value in zip(variables, values, strict=True)})

    def of(self, variables: Sequence[Variable]) -> list[Any]:
        return [self.by_identity[id(v)] for v in variables]

    def having(self, variables: Sequence[Variable], values: Sequence[Any]) -> Self:
        """These values, but for those of `variables`."""
        return type(self)(self.by_identity | {id(v): value for v, value in zip(variables, values, strict=True)})
