"""Training loops as one writes them by hand in JAX, without penstock, for one step function.

All of them shuffle anew in each epoch and read the epoch's figures at its end, as `fit` does for its History.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .work import Figures, Work

GROUP_STEPS = 1024
SLOTS = 3
ALIGNMENT = 64  # bytes; JAX on a CPU borrows memory that is so aligned


@dataclass(frozen=True)
class Training:
    """`step(state, x, y)` gives the next state, whose last part are the sums that `figures(state, rows)` divides.

    `begin(state)` sets those sums to zero.
    """

    x: np.ndarray
    y: np.ndarray
    batch_size: int
    state: Any
    step: Callable[[Any, Any, Any], Any]
    begin: Callable[[Any], Any]
    figures: Callable[[Any, int], Figures]

    @property
    def rows(self) -> int:
        return len(self.x)

    @property
    def full_steps(self) -> int:
        return self.rows // self.batch_size

    @property
    def steps(self) -> int:
        return -(-self.rows // self.batch_size)

    def work(self, epoch: Callable[[Any, np.ndarray], Any]) -> Work:
        """The work of a loop: `epoch(state, rows)` runs one epoch over the rows in this order."""
        random = np.random.default_rng(0)
        held = [self.state]

        def run(rows: np.ndarray) -> Figures:
            held[0] = epoch(self.begin(held[0]), rows)
            return self.figures(held[0], self.rows)

        def repeat(epochs: int) -> int:
            for _ in range(epochs):
                run(random.permutation(self.rows))
            return epochs * self.steps

        return Work(repeat, check=lambda: run(np.arange(self.rows)))


def stepwise(training: Training) -> Work:
    """One jit call per step."""
    step = jax.jit(training.step, donate_argnums=0)
    x, y, size = training.x, training.y, training.batch_size

    def epoch(state: Any, rows: np.ndarray) -> Any:
        for start in range(0, training.rows, size):
            taken = rows[start : start + size]
            state = step(state, np.take(x, taken, axis=0), np.take(y, taken, axis=0))
        return state

    return training.work(epoch)


def scanned(training: Training) -> Work:
    """A `lax.scan` over the whole epoch, which gathers each batch from data that stay on the device."""
    full = training.full_steps * training.batch_size
    step = training.step

    def scan(state: Any, x: Any, y: Any, rows: Any) -> Any:
        def body(state: Any, taken: Any) -> tuple[Any, None]:
            return step(state, _taken(x, taken), _taken(y, taken)), None

        state, _ = lax.scan(body, state, rows[:full].reshape(training.full_steps, -1))
        return state if full == training.rows else step(state, _taken(x, rows[full:]), _taken(y, rows[full:]))

    compiled = jax.jit(scan, donate_argnums=0)
    x, y = jax.device_put(training.x), jax.device_put(training.y)
    return training.work(lambda state, rows: compiled(state, x, y, rows.astype(np.int32)))


def _taken(array: Any, rows: Any) -> Any:
    return array.at[rows].get(mode="promise_in_bounds")


def staged(training: Training) -> Work:
    """Groups of steps gathered by the host into memory that the device reads in place, while it runs the group before.

    A loop with a dynamic trip count runs a group, so that one compilation serves any number of steps.
    """
    if training.rows % training.batch_size:
        raise ValueError(
            f"staged groups need whole batches of {training.batch_size}, but there are {training.rows} rows"
        )
    slots = [_Slot(training) for _ in range(SLOTS)]
    compiled = jax.jit(_group_of(training.step), donate_argnums=0)
    counts = [jnp.int32(steps) for steps in range(GROUP_STEPS + 1)]

    def epoch(state: Any, rows: np.ndarray) -> Any:
        under_way: deque[jax.Array] = deque()
        for number, start in enumerate(range(0, training.steps, GROUP_STEPS)):
            steps = min(GROUP_STEPS, training.steps - start)
            slot = slots[number % SLOTS]
            if len(under_way) == SLOTS - 1:
                under_way.popleft().block_until_ready()
            slot.gather(rows, start, steps)
            state, token = compiled(state, slot.x, slot.y, counts[steps])
            under_way.append(token)
        return jax.block_until_ready(state)

    return training.work(epoch)


def _group_of(step: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    def group(state: Any, x: Any, y: Any, steps: Any) -> tuple[Any, Any]:
        def body(index: Any, state: Any) -> Any:
            return step(state, *(lax.dynamic_index_in_dim(part, index, keepdims=False) for part in (x, y)))

        # The sum is a buffer of its own, which the next group does not take over: it can be waited for.
        return lax.fori_loop(0, steps, body, state), steps + 0

    return group


class _Slot:
    """Host memory for the batches of one group, and the same memory as the device sees it."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._host = [
            _aligned((GROUP_STEPS, training.batch_size, *a.shape[1:]), a.dtype) for a in (training.x, training.y)
        ]
        self.x, self.y = (jax.device_put(memory) for memory in self._host)
        for memory, array in zip(self._host, (self.x, self.y), strict=True):
            if array.unsafe_buffer_pointer() != memory.ctypes.data:
                raise RuntimeError("the device does not read host memory in place; staged groups are for CPUs")

    def gather(self, rows: np.ndarray, first: int, steps: int) -> None:
        taken = rows[first * self._training.batch_size : (first + steps) * self._training.batch_size]
        for memory, source in zip(self._host, (self._training.x, self._training.y), strict=True):
            np.take(source, taken, axis=0, out=memory[:steps].reshape(-1, *source.shape[1:]), mode="clip")


def _aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    nbytes = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(nbytes + ALIGNMENT, np.uint8)
    return memory[-memory.ctypes.data % ALIGNMENT :][:nbytes].view(dtype).reshape(shape)
