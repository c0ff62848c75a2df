"""The first values of weights, and their look-up by name."""

from typing import Any

import jax
import numpy as np

from ..catalog import Catalog
from .constant import Constant, Identity, Ones, Zeros
from .initializer import Initializer
from .orthogonal import Orthogonal
from .random import RandomNormal, RandomUniform, TruncatedNormal
from .stft import STFT
from .variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

zeros, ones, constant = Zeros, Ones, Constant
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
variance_scaling = VarianceScaling
OrthogonalInitializer = orthogonal = Orthogonal
IdentityInitializer = identity = Identity
STFTInitializer = stft = STFT
glorot_normal, he_normal, lecun_normal = GlorotNormal, HeNormal, LecunNormal
glorot_uniform, he_uniform, lecun_uniform = GlorotUniform, HeUniform, LecunUniform

_catalog = Catalog(
    "initializers",
    [
        Zeros,
        Ones,
        Constant,
        RandomNormal,
        RandomUniform,
        TruncatedNormal,
        VarianceScaling,
        GlorotNormal,
        GlorotUniform,
        HeNormal,
        HeUniform,
        LecunNormal,
        LecunUniform,
        Orthogonal,
        Identity,
        STFT,
    ],
    aliases={
        "zero": Zeros,
        "one": Ones,
        "normal": RandomNormal,
        "uniform": RandomUniform,
        "orthogonal_initializer": Orthogonal,
        "identity_initializer": Identity,
        "stft_initializer": STFT,
    },
)
serialize, deserialize = _catalog.serialize, _catalog.deserialize


def get(identifier: Any) -> Any:
    """The initializer that a name, config, class, function of `(shape, dtype)` or array stands for; None stays None."""
    if isinstance(identifier, (jax.Array, np.ndarray, np.generic)):
        return _Given(identifier)
    found = _catalog.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"an initializer is a name, a config, a function of (shape, dtype) or an array, not {found!r}")
    return found


class _Given(Constant):
    """An array as it is, for weights of exactly its shape."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        if tuple(shape) != np.shape(self.value):
            raise ValueError(f"the initializer is an array of shape {np.shape(self.value)}, but the weight has {shape}")
        return super().__call__(shape, dtype)


__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]
