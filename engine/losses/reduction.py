"""From one value per element to the one number that training minimises."""

from typing import Any

import jax
import jax.numpy as jnp

from .weights import quotient, spread, weigh

_MEANS = ("sum_over_batch_size", "mean")
_REDUCTIONS = (*_MEANS, "sum", "mean_with_sample_weight", "none", None)


def checked_reduction(reduction: str | None) -> str | None:
    """`reduction`, if it is one."""
    if reduction not in _REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(map(repr, _REDUCTIONS))}, but is {reduction!r}")
    return reduction


def reduce(values: jax.Array, reduction: str | None, sample_weight: Any = None, mask: Any = None) -> jax.Array:
    """The weighted values, reduced.

    "sum_over_batch_size" and "mean" divide their sum by the number of elements (by the number of valid ones where
    there is a mask), "mean_with_sample_weight" by the sum of the weights; "sum" does not divide; "none" and None
    do not even add up.
    """
    values, weights = weigh(values, sample_weight, mask)
    weighted = values if weights is None else values * weights
    if reduction in ("none", None):
        return weighted
    total = jnp.sum(weighted)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weights is not None:
        return quotient(total, jnp.sum(weights))
    return quotient(total, values.size if mask is None else jnp.sum(spread(mask, values.shape)))
