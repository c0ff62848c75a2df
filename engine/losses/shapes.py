"""How targets and predictions of slightly different shapes are brought together."""

from typing import Any

import jax
import jax.numpy as jnp


def equalised(y_true: Any, y_pred: Any) -> tuple[jax.Array, jax.Array]:
    """Both as arrays; where their ranks differ by one and the last axis of the larger has size 1, of one rank.

    `(n,)` becomes `(n, 1)` beside `(n, 1)`; `(n, t, 1)` becomes `(n, t)` beside `(n, t)`.
    """
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim == y_pred.ndim + 1:
        y_pred, y_true = _of_one_rank(y_pred, y_true)
    elif y_pred.ndim == y_true.ndim + 1:
        y_true, y_pred = _of_one_rank(y_true, y_pred)
    return y_true, y_pred


def _of_one_rank(smaller: jax.Array, larger: jax.Array) -> tuple[jax.Array, jax.Array]:
    if larger.shape[-1] != 1:
        return smaller, larger
    return (smaller[:, None], larger) if smaller.ndim == 1 else (smaller, larger[..., 0])


def alike(y_true: Any, y_pred: Any) -> tuple[jax.Array, jax.Array]:
    """`equalised`, and of one shape for sure: silent broadcasting would give a plausible, wrong figure."""
    targets, predictions = equalised(y_true, y_pred)
    if targets.shape != predictions.shape:
        raise ValueError(
            "y_true and y_pred must have the same shape, but for a last axis of size 1; "
            f"they have {jnp.shape(y_true)} and {jnp.shape(y_pred)}"
        )
    return targets, predictions
