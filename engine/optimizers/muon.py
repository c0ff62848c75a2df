"""Orthogonalised momentum for matrices, Adam for everything else."""

import re
from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from ..variable import Variable
from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import OtherSettings


class Muon(Optimizer):
    """Moves a matrix along its momentum, made orthogonal by `ns_steps` Newton-Schulz iterations (Jordan et al., 2024).

    One iteration is `x = a·x + (b·A + c·A²)·x` with `A = x·xᵀ`; steps are scaled by `rms_rate·√max(rows, columns)`.
    Weights that are no matrices, embeddings (unless `exclude_embeddings` is False) and those whose path matches one of
    `exclude_layers` go by Adam, with the learning rate times `adam_lr_ratio` and decay by `adam_weight_decay`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        *,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **settings: Unpack[OtherSettings],
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **settings)
        self.adam_beta_1, self.adam_beta_2 = adam_beta_1, adam_beta_2
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or [])
        self.exclude_embeddings = exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.momentum, self.nesterov = momentum, nesterov
        self.ns_steps = ns_steps
        self.rms_rate = rms_rate

    def _goes_by_adam(self, variable: Variable) -> bool:
        is_embedding = self.exclude_embeddings and "embedding" in variable.path.lower()
        excluded = any(re.search(pattern, variable.path) for pattern in self.exclude_layers)
        return len(variable.shape) != 2 or is_embedding or excluded

    def slots_of(self, variable: Variable) -> Groups:
        return (("momentum", "velocity"),) if self._goes_by_adam(variable) else (("momentum",),)

    def decay_of(self, variable: Variable) -> float | None:
        if self.spares(variable):
            return None
        return self.adam_weight_decay if self._goes_by_adam(variable) else self.weight_decay

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        if len(slots) == 2:
            return self._by_adam(gradient, slots, now)
        momentum = slots[0] + (gradient + slots[0] * (self.momentum - 1))
        direction = gradient + self.momentum * momentum if self.nesterov else momentum
        step = now.learning_rate * self._orthogonal(direction)
        if self.rms_rate is not None:
            step = step * jnp.sqrt(float(max(step.shape))).astype(step.dtype) * self.rms_rate
        return -step, (momentum,)

    def _by_adam(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        momentum, velocity = slots
        momentum = momentum + (gradient - momentum) * (1 - self.adam_beta_1)
        velocity = velocity + (jnp.square(gradient) - velocity) * (1 - self.adam_beta_2)
        correction = jnp.sqrt(1 - self.adam_beta_2**now.step) / (1 - self.adam_beta_1**now.step)
        rate = now.learning_rate * self.adam_lr_ratio * correction
        return -momentum * rate / (jnp.sqrt(velocity) + self.epsilon), (momentum, velocity)

    def _orthogonal(self, matrix: jax.Array) -> jax.Array:
        """Roughly the nearest matrix with orthonormal rows or columns."""
        tall = matrix.shape[0] > matrix.shape[1]
        x = matrix.T if tall else matrix
        x = x / (jnp.linalg.norm(x) + 1e-7)
        for _ in range(self.ns_steps):
            square = x @ x.T
            x = self.muon_a * x + (self.muon_b * square + self.muon_c * square @ square) @ x
        return x.T if tall else x

    def get_config(self) -> dict[str, Any]:
        adam = ("adam_beta_1", "adam_beta_2", "epsilon", "exclude_layers")
        muon = ("muon_a", "muon_b", "muon_c", "adam_lr_ratio", "momentum", "ns_steps", "nesterov")
        names = (*adam, *muon, "exclude_embeddings", "adam_weight_decay", "rms_rate")
        return {**super().get_config(), **{name: vars(self)[name] for name in names}}
