"""Executions compiled ahead of their use, one for each shape of batch.

Tracing is Python and runs user code, so it happens in the thread that asks; compiling happens in a thread of its own
while the asker waits interruptibly, or not at all where the shape is needed later. A compilation cannot be stopped:
after an interrupt its thread ends by itself, and the process waits for it at exit (it is not a daemon, which would
abort the interpreter there).
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import config
from .execution import Execution, loops_well
from .interrupts import Interrupts
from .state import TrainState, specs
from .step import Step

# Slots larger than this leave the cache, and gain nothing (measured on CPU).
GROUP_BYTES = 4 * 2**20
MOST_STEPS = 1024
# Where the number of steps was asked for, the cache is not the measure, but memory is.
EXACT_BYTES = 64 * 2**20

# Kinds of NumPy dtypes: objects, strings and dates.
NO_NUMBERS = "OSUTmM"


@dataclass(frozen=True)
class BatchSpec:
    """Shapes and dtypes of one batch `(x, y, sample_weight)`, hashable."""

    structure: Any
    leaves: tuple[jax.ShapeDtypeStruct, ...]

    @staticmethod
    def of(data: Any) -> "BatchSpec":
        """The spec of a tree of arrays or specs, in the dtypes that steps see."""
        leaves, structure = jax.tree.flatten(data)
        for leaf in leaves:
            if leaf.dtype.kind in NO_NUMBERS:
                _refuse_dtype(data)
        return BatchSpec(structure, tuple(jax.ShapeDtypeStruct(a.shape, step_dtype(a.dtype)) for a in leaves))

    def tree(self) -> Any:
        return jax.tree.unflatten(self.structure, self.leaves)

    @property
    def rows(self) -> int:
        return self.leaves[0].shape[0]

    @property
    def nbytes(self) -> int:
        return sum(_nbytes(leaf) for leaf in self.leaves)

    def with_rows(self, rows: int) -> "BatchSpec":
        resized = (jax.ShapeDtypeStruct((rows, *leaf.shape[1:]), leaf.dtype) for leaf in self.leaves)
        return BatchSpec(self.structure, tuple(resized))


def _refuse_dtype(data: Any) -> None:
    for name, part in zip(("x", "y", "sample_weight"), data, strict=True):
        for leaf in jax.tree.leaves(part):
            if leaf.dtype.kind in NO_NUMBERS:
                raise ValueError(
                    f"{name} must hold numbers, but its dtype is {leaf.dtype}; encode what it stands for as numbers"
                )


def step_dtype(dtype: Any) -> np.dtype:
    """What steps see of a dtype: floats as `floatx`, the rest as JAX represents it."""
    return np.dtype(jax.dtypes.canonicalize_dtype(config.floatx() if jnp.issubdtype(dtype, jnp.floating) else dtype))


def _nbytes(leaf: jax.ShapeDtypeStruct) -> int:
    return int(np.prod(leaf.shape)) * leaf.dtype.itemsize


@dataclass(frozen=True)
class Program:
    """One compiled execution: up to `capacity` steps on batches of `spec`."""

    spec: BatchSpec
    capacity: int
    carried: tuple[str, ...]
    kept: tuple[str, ...]
    compiled: "Future[Any]"

    def __call__(self, state: TrainState, arrays: list[Any], steps: int) -> tuple[TrainState, Any, Any]:
        """The state after `steps` steps, the token and the stacked outputs."""
        run = self.compiled.result()
        carried, token, outputs = run(state.only(self.carried), state.only(self.kept), arrays, _scalar(steps))
        return state._replace(**{part: getattr(carried, part) for part in self.carried}), token, outputs

    def wait(self, interrupts: Interrupts) -> "Program":
        """Itself, once it is compiled."""
        with interrupts.open:
            self.compiled.result()
        return self


_scalars: dict[int, jax.Array] = {}


def _scalar(steps: int) -> jax.Array:
    # Kept: a NumPy scalar costs more per call than a small execution.
    if steps not in _scalars:
        _scalars[steps] = jnp.int32(steps)
    return _scalars[steps]


class Programs:
    """The executions of one step function, made as shapes of batches turn up.

    The step changes the `carried` parts of the state, which it is given for good where it `donates`, and reads `kept`.
    Groups have up to `most_steps` steps, or exactly `exact_steps`; fewer where batches are large. An `is_eager`
    execution is not compiled.
    """

    def __init__(
        self,
        step: Step,
        finish: Callable[[TrainState], Any],
        *,
        carried: tuple[str, ...],
        kept: tuple[str, ...],
        donates: bool,
        gives_outputs: bool = False,
        most_steps: int = MOST_STEPS,
        exact_steps: int | None = None,
        is_eager: bool = False,
    ) -> None:
        self.step = step
        self.finish = finish
        self.carried = carried
        self.kept = kept
        self.donates = donates
        self.gives_outputs = gives_outputs
        self.most_steps = most_steps
        self.exact_steps = exact_steps
        self.is_eager = is_eager
        self._programs: dict[BatchSpec, Program] = {}

    @property
    def made(self) -> list[Program]:
        """One for each shape of batch that has turned up."""
        return list(self._programs.values())

    def get(self, spec: BatchSpec, state: TrainState) -> Program:
        """The program for batches of `spec`, compiled or on the way."""
        if spec not in self._programs:
            self._programs[spec] = self._started(spec, state)
        return self._programs[spec]

    def _started(self, spec: BatchSpec, state: TrainState) -> Program:
        capacity = self._capacity(spec.nbytes)
        execution = Execution(self.step, self.finish, spec.structure, capacity, self.gives_outputs)
        if self.is_eager:
            return Program(spec, capacity, self.carried, self.kept, _done(execution.eager))
        traced = self._traced(execution.looped, spec, state, capacity)
        fitting = self._capacity(spec.nbytes + _output_bytes(traced) // capacity)
        if not loops_well(traced.jaxpr.jaxpr):
            execution = replace(execution, capacity=1)
            traced = self._traced(execution.single, spec, state, 1)
        elif fitting < capacity:
            execution = replace(execution, capacity=fitting)
            traced = self._traced(execution.looped, spec, state, fitting)
        return Program(spec, execution.capacity, self.carried, self.kept, _compiling(traced.lower()))

    def _capacity(self, nbytes: int) -> int:
        """How many batches of so many bytes a group may hold."""
        most = self.exact_steps or self.most_steps
        return max(1, min(most, (EXACT_BYTES if self.exact_steps else GROUP_BYTES) // max(1, nbytes)))

    def _traced(self, execute: Callable[..., Any], spec: BatchSpec, state: TrainState, capacity: int) -> Any:
        leaves = [jax.ShapeDtypeStruct((capacity, *leaf.shape), leaf.dtype) for leaf in spec.leaves]
        count = jax.ShapeDtypeStruct((), jnp.int32)
        jitted = jax.jit(execute, donate_argnums=(0,) if self.donates else ())
        return jitted.trace(specs(state.only(self.carried)), specs(state.only(self.kept)), leaves, count)


def _output_bytes(traced: Any) -> int:
    return sum(_nbytes(leaf) for leaf in jax.tree.leaves(traced.out_info[2]))


def _done(execute: Callable[..., Any]) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(execute)
    return future


def _compiling(lowered: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    threading.Thread(target=_compile, args=(lowered, future), name="penstock compile").start()
    return future


def _compile(lowered: Any, future: "Future[Any]") -> None:
    try:
        future.set_result(lowered.compile())
    except Exception as error:
        future.set_exception(error)
