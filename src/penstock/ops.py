"""The everyday functions of `jax.numpy` and `jax.nn`, which functional models take too, such as `mean`."""

from penstock.engine.ops import *
