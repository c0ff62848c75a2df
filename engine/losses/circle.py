"""The circle loss: embeddings of one class close together, those of others far away."""

from typing import Any

import jax
import jax.numpy as jnp

from .wrapper import FunctionLoss


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> jax.Array:
    """How badly the embeddings `y_pred` (n, d), of length 1, separate the classes `y_true` (n,) (Sun et al., 2020).

    Distances `1 - cos` are taken to the reference embeddings, by default the batch itself; then `remove_diagonal`
    leaves out each sample's distance to itself. Gives one value per sample.
    """
    labels, embeddings = jnp.ravel(jnp.asarray(y_true)).astype("int32"), jnp.asarray(y_pred)
    others = labels if ref_labels is None else jnp.ravel(jnp.asarray(ref_labels)).astype("int32")
    references = embeddings if ref_embeddings is None else jnp.asarray(ref_embeddings)
    distances = jnp.maximum(1 - embeddings @ references.T, 0.0)
    same = labels[:, None] == others[None, :]
    near = same & ~jnp.eye(*same.shape, dtype=bool) if remove_diagonal else same
    pull = -gamma * (margin + distances) * (margin - distances)
    push = gamma * jnp.maximum(1 + margin - distances, 0.0) * (1 - margin - distances)
    return jax.nn.softplus(_log_sum(pull, near) + _log_sum(push, ~same))


def _log_sum(exponents: jax.Array, among: jax.Array) -> jax.Array:
    return jax.nn.logsumexp(jnp.where(among, exponents, -jnp.inf), axis=1)


class Circle(FunctionLoss):
    """Circle loss of embeddings of length 1, and class numbers; see `circle`. Samples whose loss is 0 do not count."""

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: str | None = None,
    ) -> None:
        options = {"gamma": gamma, "margin": margin, "remove_diagonal": remove_diagonal}
        super().__init__(circle, reduction, name, dtype, **options)

    def mask(self, y_true: Any, y_pred: Any) -> Any:
        return self.call(y_true, y_pred) > 0
