"""The loss of sequences whose labels are not aligned to the steps of the prediction."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from .wrapper import FunctionLoss


def ctc(y_true: Any, y_pred: Any) -> jax.Array:
    """Connectionist temporal classification: one value per sample (Graves et al., 2006).

    `y_true` holds class numbers (n, labels), padded with 0, which also is the blank; `y_pred` logits (n, steps,
    classes).
    """
    labels, logits = jnp.asarray(y_true), jnp.asarray(y_pred)
    if labels.ndim != 2:
        raise ValueError(f"y_true must hold class numbers of shape (samples, labels), but has shape {labels.shape}")
    if logits.ndim != 3:
        raise ValueError(f"y_pred must hold logits of shape (samples, steps, classes), but has shape {logits.shape}")
    labels = labels.astype("int32")
    padding = (jnp.arange(labels.shape[1]) >= jnp.sum(labels != 0, axis=1, keepdims=True)).astype(logits.dtype)
    return optax.ctc_loss(logits, jnp.zeros(logits.shape[:2], logits.dtype), labels, padding)


class CTC(FunctionLoss):
    """Connectionist temporal classification of logits; see `ctc`."""

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "ctc", dtype: str | None = None
    ) -> None:
        super().__init__(ctc, reduction, name, dtype)
