"""Where random numbers come from: one stream of seeds, and generators whose state is a variable."""

import random as python_random
import secrets
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .variable import Variable

# Seeded from the operating system until `set_random_seed` is called.
_stream = python_random.Random(secrets.randbits(64))


def set_random_seed(seed: int) -> None:
    """Seed Python's and NumPy's global generators and the stream that weights, dropout and shuffles draw from."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"seed must be an integer, but is {seed!r}")
    python_random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)
    _stream.seed(int(seed))


def draw_seed() -> int:
    """The next seed of the stream: below 2**31, the same after the same `set_random_seed`."""
    return _stream.randrange(2**31)


class SeedGenerator:
    """A source of keys for random operations inside layers; its state travels with the model's variables.

    The state is `[seed, counter]` (uint32); the key of a draw is `fold_in(key(seed), counter)`, so draws are equal
    whatever the grouping of steps.
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.name = name or "seed_generator"
        self.initial_seed = draw_seed() if seed is None else int(seed)
        state = np.array([self.initial_seed % 2**32, 0], np.uint32)
        self.state = Variable(state, trainable=False, name="seed_generator_state")

    def next(self) -> jax.Array:
        """A fresh JAX key; the counter moves on by one."""
        seed, counter = self.state.value
        self.state.assign(jnp.stack([seed, counter + 1]))
        return jax.random.fold_in(jax.random.key(seed), counter)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.initial_seed}


def key_of(seed: "int | SeedGenerator") -> jax.Array:
    """The next key of a generator; or that of a plain seed, which gives the values that Keras draws from it on JAX."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    return jax.random.wrap_key_data(jnp.array([seed % 2**32, 0], jnp.uint32), impl="threefry2x32")
