"""Embeddings."""

import warnings
from typing import Any

import jax.numpy as jnp

from .. import initializers
from .layer import Layer, refuse_unbuilt


class Embedding(Layer):
    """A vector for each integer below `input_dim`: (…) to (…, output_dim).

    Integers from `input_dim` on give NaN, negative ones count from the end. With `mask_zero`, 0 stands for no entry: it
    is masked for the layers that follow. `weights` is the first table, or a list of it. Weight: `embeddings`
    (input_dim, output_dim).
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: int | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("input_length", None) is not None:
            warnings.warn("input_length has no effect: the length follows from the input; leave it out", stacklevel=2)
        super().__init__(**kwargs)
        self.set_rules(
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
        )
        refuse_unbuilt(
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.mask_zero = self.supports_masking = mask_zero
        self._first = weights[0] if isinstance(weights, (list, tuple)) else weights

    def build(self, input_shape: Any = None) -> None:
        first = self.embeddings_initializer if self._first is None else initializers.get(jnp.asarray(self._first))
        self.embeddings = self.add_weight((self.input_dim, self.output_dim), first, name="embeddings")

    def call(self, inputs: Any) -> Any:
        return jnp.take(self.embeddings.value, _whole(inputs), axis=0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return jnp.not_equal(_whole(inputs), 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "mask_zero": self.mask_zero,
        }


def _whole(inputs: Any) -> Any:
    inputs = jnp.asarray(inputs)
    return inputs if jnp.issubdtype(inputs.dtype, jnp.integer) else inputs.astype("int32")
