"""Which float types layers keep their weights in and compute in, one for all or one for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from . import config

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_casts: ContextVar[str | None] = ContextVar("what weights are read as", default=None)


@dataclass(frozen=True)
class DTypePolicy:
    """A name of a float type, or "mixed_float16" or "mixed_bfloat16", which keep weights in float32.

    Layers take their inputs and weights as `compute_dtype`, and their weights are of `variable_dtype`; losses, metrics
    and optimizers stay in float32. float16 wants the loss scaled, which `compile` sees to.
    """

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or (self.name not in _MIXED and not _is_type(self.name)):
            raise ValueError(f"a policy is the name of a type, or one of {', '.join(_MIXED)}, but not {self.name!r}")

    @property
    def compute_dtype(self) -> str:
        return _MIXED.get(self.name, self.name)

    @property
    def variable_dtype(self) -> str:
        return "float32" if self.name in _MIXED else self.name

    @property
    def weights_read_as(self) -> str | None:
        """The type that layers see their weights in; None where it is the weights' own."""
        return _MIXED.get(self.name)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "DTypePolicy":
        return cls(**config)


@dataclass
class _Chosen:
    policy: DTypePolicy | None = None


_chosen = _Chosen()


def set_dtype_policy(policy: str | DTypePolicy | None) -> None:
    """The policy of layers made from now on that are given none; None goes back to `ps.config.floatx()`.

    ```python
    ps.mixed_precision.set_dtype_policy("mixed_bfloat16")
    ```
    """
    _chosen.policy = policy_of(policy)


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none."""
    return _chosen.policy or DTypePolicy(config.floatx())


def policy_of(given: Any) -> DTypePolicy | None:
    """The policy that a name, a type, a config or a policy stands for; None stays None."""
    if given is None or isinstance(given, DTypePolicy):
        return given
    if isinstance(given, dict):
        return DTypePolicy(**given.get("config", given))
    return DTypePolicy(given if isinstance(given, str) else jnp.dtype(given).name)


def default_policy() -> DTypePolicy | None:
    """The policy that was set, if one was."""
    return _chosen.policy


@contextmanager
def reading_weights_as(dtype: str | None) -> Iterator[None]:
    """A block in which float weights are read as `dtype`; None: as they are."""
    token = _casts.set(dtype)
    try:
        yield
    finally:
        _casts.reset(token)


def weights_read_as() -> str | None:
    return _casts.get()


def _is_type(name: str) -> bool:
    try:
        jnp.dtype(name)
    except TypeError:
        return False
    return True


global_policy, set_global_policy = dtype_policy, set_dtype_policy
Policy = DTypePolicy

__all__ = [
    "DTypePolicy",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
