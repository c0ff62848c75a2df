"""The long short-term memory."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from .. import activations, initializers
from ..random import SeedGenerator
from .layer import Layer, refuse_unbuilt

_OF_LAYERS = ("name", "trainable", "dtype", "autocast", "activity_regularizer", "input_shape", "input_dim")
_INITIALIZERS = ("kernel_initializer", "recurrent_initializer", "bias_initializer")


class LSTMCell(Layer):
    """One step of an `LSTM`: (batch, features) and the two states, each (batch, units), to the output and new states.

    Weights: `kernel` (features, 4 · units), `recurrent_kernel` (units, 4 · units) and, with `use_bias`, `bias`
    (4 · units,); the gates are in the order input, forget, candidate, output.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.set_rules(
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
        )
        if not isinstance(units, int) or units <= 0:
            raise ValueError(f"units must be a positive integer, but is {units!r}")
        self.units = units
        self.activation, self.recurrent_activation = map(activations.get, (activation, recurrent_activation))
        self.use_bias, self.unit_forget_bias = use_bias, unit_forget_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.dropout, self.recurrent_dropout = (min(1.0, max(0.0, rate)) for rate in (dropout, recurrent_dropout))
        self.seed, self.seed_generator = seed, SeedGenerator(seed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = 4 * self.units
        self.kernel = self.add_weight((input_shape[-1], width), self.kernel_initializer, name="kernel")
        self.recurrent_kernel = self.add_weight(
            (self.units, width),
            self.recurrent_initializer,
            regularizer=self._rules.regularizer("recurrent"),
            constraint=self._rules.constraint("recurrent"),
            name="recurrent_kernel",
        )
        self.bias = self.add_weight((width,), self._first_bias, name="bias") if self.use_bias else None

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype)
        before, after = (self.bias_initializer((size,), dtype) for size in (self.units, 2 * self.units))
        return jnp.concatenate([before, jnp.ones((self.units,), dtype), after])

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        drop = self.draw(inputs, training=training)
        new = self.next(self.project(inputs, drop), tuple(states), drop)
        return new[0], list(new)

    def draw(self, inputs: jax.Array, *, training: bool) -> tuple[Any, Any]:
        """What the inputs and the first state are multiplied by to drop some; the same for all steps."""
        if not training:
            return None, None
        batch, features = inputs.shape[0], inputs.shape[-1]
        return self._kept(self.dropout, (batch, features)), self._kept(self.recurrent_dropout, (batch, self.units))

    def _kept(self, rate: float, shape: tuple[int, ...]) -> jax.Array | None:
        if not 0 < rate < 1:
            return None
        kept = jax.random.bernoulli(self.seed_generator.next(), 1 - rate, shape)
        return kept / jnp.asarray(1 - rate, self.compute_dtype)

    def project(self, inputs: jax.Array, drop: tuple[Any, Any]) -> jax.Array:
        """What the inputs, of any number of steps, add to the gates."""
        kept = inputs if drop[0] is None else inputs * jnp.expand_dims(drop[0], tuple(range(1, inputs.ndim - 1)))
        gates = jnp.matmul(kept, self.kernel.value)
        return gates if self.bias is None else gates + self.bias

    def next(self, projected: jax.Array, states: tuple[Any, Any], drop: tuple[Any, Any]) -> tuple[Any, Any]:
        """The states after a step: the output, and the cell's memory."""
        output, memory = states
        kept = output if drop[1] is None else output * drop[1]
        gates = projected + jnp.matmul(kept, self.recurrent_kernel.value)
        enter, forget, candidate, leave = jnp.split(gates, 4, axis=-1)
        gate = self.recurrent_activation
        memory = gate(forget) * memory + gate(enter) * self.activation(candidate)
        return gate(leave) * self.activation(memory), memory

    def get_config(self) -> dict[str, Any]:
        plain = ("units", "use_bias", "unit_forget_bias", "dropout", "recurrent_dropout", "seed")
        return {
            **super().get_config(),
            **{name: vars(self)[name] for name in plain},
            **{name: initializers.serialize(vars(self)[name]) for name in _INITIALIZERS},
            "activation": activations.serialize(self.activation),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
        }


class LSTM(Layer):
    """A long short-term memory (Hochreiter and Schmidhuber, 1997): (batch, steps, features) to (batch, units).

    With `return_sequences` the output has every step: (batch, steps, units). With `return_state` the output comes in
    a tuple with the last output and the cell's memory, each (batch, units), which `initial_state` takes as a list. A
    masked step changes nothing: its output is the one before. Weights and gates are those of `LSTMCell`, in `cell`.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: bool | str = "auto",
        **kwargs: Any,
    ) -> None:
        """All arguments of `LSTMCell` may be given, and those of every layer; `use_cudnn` has no effect."""
        own = {name: kwargs.pop(name) for name in _OF_LAYERS if name in kwargs}
        super().__init__(**own)
        refuse_unbuilt(stateful=stateful or None)
        self.supports_masking = True
        shared = {"dtype": own.get("dtype"), "name": "lstm_cell"}
        self.cell = LSTMCell(units, activation, recurrent_activation, use_bias, **kwargs, **shared)
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.unroll, self.use_cudnn = go_backwards, unroll, use_cudnn

    @property
    def units(self) -> int:
        return self.cell.units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 3:
            raise ValueError(f"{self.name} takes (batch, steps, features), but the input has shape {input_shape}")
        self.cell.build((input_shape[0], input_shape[-1]))

    def call(
        self, sequences: Any, initial_state: Sequence[Any] | None = None, mask: Any = None, training: bool = False
    ) -> Any:
        drop = self.cell.draw(sequences, training=training)
        projected = jnp.swapaxes(self.cell.project(sequences, drop), 0, 1)
        counts = None if mask is None else jnp.swapaxes(jnp.asarray(mask, bool), 0, 1)[..., None]

        def step(states: Any, given: Any) -> tuple[Any, Any]:
            projected, counts = given
            new = self.cell.next(projected, states, drop)
            if counts is not None:
                new = jax.tree.map(lambda after, before: jnp.where(counts, after, before), new, states)
            return new, new[0] if self.return_sequences else None

        states, outputs = jax.lax.scan(
            step,
            self._first_states(sequences, initial_state),
            (projected, counts),
            reverse=self.go_backwards,
            unroll=bool(self.unroll),
        )
        return self._arranged(states, outputs)

    def _first_states(self, sequences: jax.Array, initial_state: Sequence[Any] | None) -> tuple[Any, Any]:
        if initial_state is None:
            zeros = jnp.zeros((sequences.shape[0], self.units), self.compute_dtype)
            return zeros, zeros
        if len(initial_state) != 2:
            raise ValueError(f"initial_state of {self.name} is a list of two arrays, but has {len(initial_state)}")
        output, memory = (jnp.asarray(state, self.compute_dtype) for state in initial_state)
        return output, memory

    def _arranged(self, states: tuple[Any, Any], outputs: Any) -> Any:
        result = states[0]
        if self.return_sequences:
            in_order = jnp.flip(outputs, 0) if self.go_backwards else outputs
            result = jnp.swapaxes(in_order, 0, 1)
        return (result, *states) if self.return_state else result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        of_output = mask if self.return_sequences else None
        return [of_output, None, None] if self.return_state else of_output

    def get_config(self) -> dict[str, Any]:
        plain = ("return_sequences", "return_state", "go_backwards", "unroll")
        own = {name: vars(self)[name] for name in plain}
        return {**self.cell.get_config(), **super().get_config(), **own}
