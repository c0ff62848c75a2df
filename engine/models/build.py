"""Making a model's weights for a batch without computing anything."""

from typing import Any

import jax

from ..abstract import abstract_call
from ..layers.layer import Layer


def build_model(model: Layer, x: Any, *, training: bool = False) -> Any:
    """Make the weights of `model` for a batch of these specs, and give the specs of its outputs.

    `x` is a tree of `jax.ShapeDtypeStruct`. A user's `build` is told its shapes with None for the batch's axis.
    """
    if not model.built:
        model.ensure_built((jax.tree.map(_of_any_batch, x),), {})
    return abstract_call(model, (x,), {"training": training})


def _of_any_batch(spec: jax.ShapeDtypeStruct) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct((None, *spec.shape[1:]), spec.dtype) if spec.shape else spec
