"""E12: what does a step of a small convolutional net cost?

Question. Gradients of convolutions are several times slower inside any compiled loop on a CPU. Does `fit` of a net with
two convolutions keep up with a loop of one jit call per step?

Method. 4096 images of 28 by 28 in batches of 64, Adam, sparse categorical crossentropy, shuffled anew in each epoch by
both sides. The convolution is a layer as users write it. After one epoch in the same order from the same weights both
sides have the same loss.

How to read it. A ratio of 1 means that `fit` has found the form of execution in which convolutions are fast.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import penstock as ps

from . import hand_written
from .compare import Comparison, Ratio
from .fitting import fitting
from .hand_written import Training
from .racer import Side
from .work import Figures, Work

ROWS, SIZE, CLASSES, BATCH_SIZE = 4096, 28, 10, 64
LEARNING_RATE, EPSILON = 1e-3, 1e-7


class Convolution(ps.layers.Layer):
    """A 3 by 3 convolution with stride 2, then ReLU; images have shape (batch, height, width, channels)."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.filters = filters

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.kernel = self.add_weight(shape=(3, 3, input_shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        return convolved(inputs, self.kernel.value, self.bias.value)


def convolved(images: Any, kernel: Any, bias: Any) -> Any:
    out = jax.lax.conv_general_dilated(images, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return jax.nn.relu(out + bias)


def data() -> tuple[np.ndarray, np.ndarray]:
    """x of shape (rows, 28, 28, 1), float32, and y of shape (rows,), int32."""
    random = np.random.default_rng(0)
    prototypes = random.random((CLASSES, SIZE, SIZE, 1), np.float32)
    labels = random.integers(CLASSES, size=ROWS, dtype=np.int32)
    return prototypes[labels] + random.random((ROWS, SIZE, SIZE, 1), np.float32), labels


def model() -> ps.Sequential:
    made = ps.Sequential(
        [
            ps.Input((SIZE, SIZE, 1)),
            Convolution(16),
            Convolution(32),
            ps.layers.Flatten(),
            ps.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    made.compile(ps.optimizers.Adam(LEARNING_RATE), "sparse_categorical_crossentropy")
    made.set_weights(weights())
    return made


def weights() -> list[np.ndarray]:
    """Where training starts: kernels and biases in turn."""
    random = np.random.default_rng(1)
    shapes = [(3, 3, 1, 16), (3, 3, 16, 32), (7 * 7 * 32, CLASSES)]
    kernels = [random.normal(0, np.prod(s[:-1]) ** -0.5, s).astype(np.float32) for s in shapes]
    return [w for kernel in kernels for w in (kernel, np.zeros(kernel.shape[-1], np.float32))]


ADAM = optax.adam(LEARNING_RATE, eps=EPSILON)


def training() -> Training:
    parameters = [jnp.asarray(w) for w in weights()]
    start = parameters, ADAM.init(parameters), jnp.zeros(())
    return Training(*data(), BATCH_SIZE, start, _step, begin=_begin, figures=_figures)


def _begin(state: Any) -> Any:
    return *state[:2], jnp.zeros(())


def _step(state: Any, x: Any, y: Any) -> Any:
    parameters, moments, total = state
    loss, gradients = jax.value_and_grad(_loss)(parameters, x, y)
    updates, moments = ADAM.update(gradients, moments)
    return optax.apply_updates(parameters, updates), moments, total + loss * len(x)


def _loss(parameters: Any, x: Any, y: Any) -> Any:
    first, second, last = zip(parameters[::2], parameters[1::2], strict=True)
    features = convolved(convolved(x, *first), *second).reshape(len(x), -1)
    return optax.losses.softmax_cross_entropy_with_integer_labels(features @ last[0] + last[1], y).mean()


def _figures(state: Any, rows: int) -> Figures:
    return {"loss": float(state[-1]) / rows}


@contextmanager
def penstock_fit() -> Iterator[Work]:
    yield fitting(model(), *data(), batch_size=BATCH_SIZE)


@contextmanager
def jit_per_step() -> Iterator[Work]:
    yield hand_written.stepwise(training())


FIT = Side("penstock fit", penstock_fit)
BY_HAND = Side("by hand: one jit call per step", jit_per_step)

SCENARIO = Comparison(
    "E12",
    "fit of a net with two convolutions, batch 64",
    sides=(FIT, BY_HAND),
    ratios=(Ratio("fit ÷ one jit call per step", of=(FIT,), to=(BY_HAND,), at_most=1.1),),
    agree_within=1e-2,
)
