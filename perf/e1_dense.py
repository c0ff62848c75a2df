"""E1: what does a step of the smallest model cost?

Question. `fit` of Dense(1) on 8 features in batches of 32: how many microseconds a step, against the fastest loop that
can be written by hand, and against Keras on JAX? The mathematics are nothing here, so what is measured is the loop.

Method. 131 072 rows in memory, SGD, mean squared error, shuffled anew in each epoch by every side. By hand: groups of
steps staged by the host into memory that the device reads in place; a scan over the whole epoch with resident data; one
jit call per step. After one epoch in the same order from the same weights all sides have the same loss.

How to read it. The ratio to the fastest of the hand-written loops is what penstock costs; 1 is the limit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import penstock as ps

from . import hand_written, peers
from .compare import Comparison, Ratio
from .fitting import fitting
from .hand_written import Training
from .racer import Side
from .work import Figures, Work

ROWS, FEATURES, BATCH_SIZE = 4096 * 32, 8, 32
LEARNING_RATE = 0.01


def data() -> tuple[np.ndarray, np.ndarray]:
    """x of shape (rows, 8) and y of shape (rows, 1), float32: a linear rule with noise."""
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, FEATURES)).astype(np.float32)
    noise = random.normal(size=(ROWS, 1)).astype(np.float32)
    return x, x @ weights()[0] - noise


def weights() -> list[np.ndarray]:
    """Where training starts; the rule of the data is its own start, mirrored."""
    return [np.linspace(-1, 1, FEATURES, dtype=np.float32)[:, None], np.zeros(1, np.float32)]


def model(keras: Any) -> Any:
    """The model, in penstock or in Keras: both have the same names."""
    made = keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(LEARNING_RATE), "mse")
    made.set_weights([-w for w in weights()])
    return made


def training() -> Training:
    start = tuple(jnp.asarray(-w) for w in weights()), jnp.zeros(())
    return Training(*data(), BATCH_SIZE, start, _step, begin=lambda state: (state[0], jnp.zeros(())), figures=_figures)


def _step(state: Any, x: Any, y: Any) -> Any:
    parameters, total = state
    loss, gradients = jax.value_and_grad(_loss)(parameters, x, y)
    return tuple(p - LEARNING_RATE * g for p, g in zip(parameters, gradients, strict=True)), total + loss * len(x)


def _loss(parameters: Any, x: Any, y: Any) -> Any:
    kernel, bias = parameters
    return jnp.mean(jnp.square(x @ kernel + bias - y))


def _figures(state: Any, rows: int) -> Figures:
    return {"loss": float(state[1]) / rows}


@contextmanager
def penstock_fit() -> Iterator[Work]:
    yield fitting(model(ps), *data(), batch_size=BATCH_SIZE)


@contextmanager
def keras_fit() -> Iterator[Work]:
    yield fitting(model(peers.keras()), *data(), batch_size=BATCH_SIZE)


@contextmanager
def staged_groups() -> Iterator[Work]:
    yield hand_written.staged(training())


@contextmanager
def whole_epoch_scan() -> Iterator[Work]:
    yield hand_written.scanned(training())


@contextmanager
def jit_per_step() -> Iterator[Work]:
    yield hand_written.stepwise(training())


FIT = Side("penstock fit", penstock_fit)
BY_HAND = (
    Side("by hand: staged groups", staged_groups),
    Side("by hand: scan over the epoch", whole_epoch_scan),
    Side("by hand: one jit call per step", jit_per_step),
)
KERAS = Side("Keras on JAX: fit", keras_fit, needs="keras")

SCENARIO = Comparison(
    "E1",
    "fit of Dense(1) on 8 features, batch 32",
    sides=(FIT, *BY_HAND, KERAS),
    ratios=(
        Ratio("fit ÷ the fastest loop by hand", of=(FIT,), to=BY_HAND, at_most=1.2),
        Ratio("Keras on JAX ÷ fit", of=(KERAS,), to=(FIT,), at_least=80),
    ),
)
