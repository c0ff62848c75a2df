"""E2: what does an epoch of a small real model cost?

Question. The guide's MLP, 784-64-64-10 with softmax, on 50 000 images in batches of 64, RMSprop, sparse categorical
crossentropy and accuracy: how long does a step of `fit` take, against the best that can be written by hand, and against
Keras on JAX?

Method. Images of noise around one prototype for each class, in memory, shuffled anew in each epoch by every side; the
last batch is partial. By hand: one `lax.scan` over the whole epoch, which gathers its batches from resident data, with
loss and accuracy in its state. After one epoch in the same order from the same weights all sides have the same loss
and accuracy.

How to read it. Mathematics are most of a step here, so a ratio of 1 to the scan means that nothing is lost around them.
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

ROWS, BATCH_SIZE, WIDTHS = 50_000, 64, (784, 64, 64, 10)
LEARNING_RATE, DECAY, EPSILON = 1e-3, 0.9, 1e-7


def data() -> tuple[np.ndarray, np.ndarray]:
    """x of shape (rows, 784), float32 between 0 and 1, and y of shape (rows,), int32."""
    random = np.random.default_rng(0)
    prototypes = random.random((WIDTHS[-1], WIDTHS[0]), np.float32)
    labels = random.integers(WIDTHS[-1], size=ROWS, dtype=np.int32)
    return (prototypes[labels] + 3 * random.random((ROWS, WIDTHS[0]), np.float32)) / 4, labels


def weights() -> list[np.ndarray]:
    """Where training starts: kernels and biases in turn."""
    random = np.random.default_rng(1)
    start = []
    for fan_in, fan_out in zip(WIDTHS, WIDTHS[1:], strict=False):
        start += [random.normal(0, fan_in**-0.5, (fan_in, fan_out)).astype(np.float32), np.zeros(fan_out, np.float32)]
    return start


def model(keras: Any) -> Any:
    """The model, in penstock or in Keras: both have the same names."""
    made = keras.Sequential(
        [
            keras.Input((WIDTHS[0],)),
            keras.layers.Dense(WIDTHS[1], activation="relu"),
            keras.layers.Dense(WIDTHS[2], activation="relu"),
            keras.layers.Dense(WIDTHS[3], activation="softmax"),
        ]
    )
    made.compile(keras.optimizers.RMSprop(LEARNING_RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    made.set_weights(weights())
    return made


def training() -> Training:
    parameters = [jnp.asarray(w) for w in weights()]
    start = parameters, [jnp.zeros_like(p) for p in parameters], _nothing_yet()
    return Training(*data(), BATCH_SIZE, start, _step, _begin, _figures)


def _begin(state: Any) -> Any:
    return *state[:2], _nothing_yet()


def _nothing_yet() -> tuple[Any, Any]:
    return jnp.zeros(()), jnp.zeros(())


def _step(state: Any, x: Any, y: Any) -> Any:
    parameters, squares, (total, right) = state
    (loss, logits), gradients = jax.value_and_grad(_loss, has_aux=True)(parameters, x, y)
    squares = [DECAY * s + (1 - DECAY) * g * g for s, g in zip(squares, gradients, strict=True)]
    moves = [LEARNING_RATE * g * jax.lax.rsqrt(s + EPSILON) for s, g in zip(squares, gradients, strict=True)]
    parameters = [p - move for p, move in zip(parameters, moves, strict=True)]
    return parameters, squares, (total + loss * len(x), right + (logits.argmax(-1) == y).sum())


def _loss(parameters: Any, x: Any, y: Any) -> tuple[Any, Any]:
    *hidden, (kernel, bias) = zip(parameters[::2], parameters[1::2], strict=True)
    for inner, offset in hidden:
        x = jax.nn.relu(x @ inner + offset)
    logits = x @ kernel + bias
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=-1)
    return -chosen.mean(), logits


def _figures(state: Any, rows: int) -> Figures:
    total, right = jax.device_get(state[-1])
    return {"loss": float(total) / rows, "accuracy": float(right) / rows}


@contextmanager
def penstock_fit() -> Iterator[Work]:
    yield fitting(model(ps), *data(), batch_size=BATCH_SIZE)


@contextmanager
def keras_fit() -> Iterator[Work]:
    yield fitting(model(peers.keras()), *data(), batch_size=BATCH_SIZE)


@contextmanager
def whole_epoch_scan() -> Iterator[Work]:
    yield hand_written.scanned(training())


FIT = Side("penstock fit", penstock_fit)
SCAN = Side("by hand: scan over the epoch", whole_epoch_scan)
KERAS = Side("Keras on JAX: fit", keras_fit, needs="keras")

SCENARIO = Comparison(
    "E2",
    "fit of a 784-64-64-10 MLP on 50 000 images, batch 64",
    sides=(FIT, SCAN, KERAS),
    ratios=(
        Ratio("fit ÷ the scan by hand", of=(FIT,), to=(SCAN,), at_most=1.05),
        Ratio("Keras on JAX ÷ fit", of=(KERAS,), to=(FIT,), at_least=1.8),
    ),
    agree_within=1e-2,
)
