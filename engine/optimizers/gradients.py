"""What happens around the rule of an optimizer: gradients are clipped before it, weights decay before it."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import optax


def clipping(
    clipnorm: float | None, clipvalue: float | None, global_clipnorm: float | None
) -> optax.GradientTransformation:
    """The one kind of clipping that is asked for; none by default."""
    given = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
    wanted = {name: value for name, value in given.items() if value is not None}
    if len(wanted) > 1:
        raise ValueError(f"only one of clipnorm, clipvalue and global_clipnorm can be set, but {wanted} are")
    if clipnorm:
        return optax.stateless(lambda updates, _: jax.tree.map(lambda g: _clipped(g, clipnorm), updates))
    if clipvalue:
        return optax.clip(clipvalue)
    return optax.clip_by_global_norm(global_clipnorm) if global_clipnorm else optax.identity()


def _clipped(gradient: jax.Array, largest: float) -> jax.Array:
    norm = jnp.sqrt(jnp.sum(jnp.square(gradient)))
    return gradient * largest / jnp.maximum(norm, largest)


def decayed(params: Sequence[jax.Array], rates: Sequence[float | None], learning_rate: jax.Array) -> list[jax.Array]:
    """The weights, each less its rate times the learning rate of itself."""
    return [
        p - p * jnp.asarray(rate, p.dtype) * learning_rate.astype(p.dtype) if rate else p
        for p, rate in zip(params, rates, strict=True)
    ]
