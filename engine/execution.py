"""Several steps in one execution on the device.

Leaves of the data have two leading axes: steps and rows. The steps run in a loop with a dynamic trip count, so one
compilation serves any number up to the capacity. Where the backend is a CPU and a step contains a convolution, whose
gradients are many times slower inside any loop there, an execution is one step without a loop. The form follows from
the step alone, never from measured time, so equal runs have equal bits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import jaxprs_in_params

from .state import TrainState
from .step import Step


@dataclass(frozen=True)
class Execution:
    """Up to `capacity` steps, as a function of `(carried, kept, leaves, count)`.

    `carried` are the parts of the state that the steps change, `kept` the others. It gives the new carried parts, a
    token, and the outputs of the steps, stacked. The token is made of the count and of what `finish` says of the last
    state; it depends on every step, so whoever waits for it knows that the data was read.
    """

    step: Step
    finish: Callable[[TrainState], Any]
    structure: Any
    capacity: int
    gives_outputs: bool

    def looped(self, carried: TrainState, kept: TrainState, leaves: list[Any], count: Any) -> tuple[Any, Any, Any]:
        outputs = jax.eval_shape(self._at, carried, kept, leaves, 0)[1] if self.gives_outputs else ()
        buffers = jax.tree.map(lambda s: jnp.zeros((self.capacity, *s.shape), s.dtype), outputs)

        def body(index: Any, carry: Any) -> Any:
            state, filled = carry
            state, out = self._at(state, kept, leaves, index)
            return state, jax.tree.map(lambda b, o: lax.dynamic_update_index_in_dim(b, o, index, 0), filled, out)

        state, buffers = lax.fori_loop(0, count, body, (carried, buffers))
        return state, self._token(state, kept, count), buffers

    def single(self, carried: TrainState, kept: TrainState, leaves: list[Any], count: Any) -> tuple[Any, Any, Any]:
        state, out = self._at(carried, kept, leaves, 0)
        return state, self._token(state, kept, count), jax.tree.map(lambda o: o[None], out)

    def eager(self, carried: TrainState, kept: TrainState, leaves: list[Any], count: Any) -> tuple[Any, Any, Any]:
        """The steps one after the other, operation by operation, and done when this returns."""
        outputs = []
        for index in range(int(count)):
            carried, out = self._at(carried, kept, leaves, index)
            outputs.append(out)
        stacked = jax.tree.map(lambda *parts: jnp.stack(parts), *outputs)
        return jax.block_until_ready((carried, self._token(carried, kept, count), stacked))

    def _token(self, state: TrainState, kept: TrainState, count: Any) -> tuple[Any, Any]:
        # The sum is a buffer of its own: the next execution takes those of the state over.
        return count + 0, self.finish(_joined(state, kept))

    def _at(self, carried: TrainState, kept: TrainState, leaves: list[Any], index: Any) -> tuple[TrainState, Any]:
        """The carried parts after the step on batch `index`, in the types they came in, and its outputs."""
        data = jax.tree.unflatten(self.structure, [lax.dynamic_index_in_dim(a, index, keepdims=False) for a in leaves])
        new, out = self.step(_joined(carried, kept), data)
        parts = tuple(part for part in TrainState._fields if getattr(carried, part))
        return jax.tree.map(lambda n, o: lax.convert_element_type(n, o.dtype), new.only(parts), carried), out


def _joined(carried: TrainState, kept: TrainState) -> TrainState:
    return TrainState(*(ours or theirs for ours, theirs in zip(carried, kept, strict=True)))


def loops_well(jaxpr: Any) -> bool:
    """Whether steps of these operations are as fast in a loop as outside it, on the default backend."""
    return jax.default_backend() != "cpu" or all(e.primitive.name != "conv_general_dilated" for e in _equations(jaxpr))


def _equations(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from _equations(inner)
