"""One optimizer for some of the weights, another for others."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import jax

from ..variable import Variable
from .loss_scale import LossScaleOptimizer
from .optimizer import Optimizer
from .table import catalog
from .values import Values


class OptimizerMap(MutableMapping[str, Optimizer]):
    """Which optimizer goes with which weight: patterns (regular expressions) of whole paths, and a default.

    ```python
    chosen = ps.optimizers.OptimizerMap(ps.optimizers.AdamW(), {".*bias": ps.optimizers.SGD(0.1)})
    model.compile(ps.optimizers.MultiOptimizer(chosen), "mse")
    ```
    """

    def __init__(self, default_optimizer: Any, optimizer_map: Any = None) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(f"default_optimizer must be an Optimizer, but is {default_optimizer!r}")
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"optimizer_map must be a dict, but is {optimizer_map!r}")
        self.default_optimizer: Optimizer = default_optimizer
        self._by_pattern: dict[str, Optimizer] = {}
        self.update(optimizer_map or {})

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._by_pattern:
            return self._by_pattern[key]
        found = [pattern for pattern in self._by_pattern if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(f"several patterns match the variable {key}: {', '.join(found)}")
        return self._by_pattern[found[0]] if found else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str) or key in self._by_pattern:
            raise ValueError(f"a pattern must be a string that is not there yet, but is {key!r}")
        if not isinstance(optimizer, Optimizer) or isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
            raise ValueError(f"the optimizer for {key!r} must be a plain Optimizer, but is {optimizer!r}")
        self._by_pattern[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._by_pattern[key]

    def __len__(self) -> int:
        return len(self._by_pattern)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_pattern)

    def __call__(self, variable: Variable) -> Optimizer:
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        return {
            "default_optimizer": catalog.serialize(self.default_optimizer),
            "optimizer_map": {pattern: catalog.serialize(one) for pattern, one in self._by_pattern.items()},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OptimizerMap":
        by_pattern = {pattern: catalog.get(one) for pattern, one in config["optimizer_map"].items()}
        return cls(catalog.get(config["default_optimizer"]), by_pattern)


class MultiOptimizer(Optimizer):
    """Updates each weight by the optimizer that `optimizer_map`, an `OptimizerMap` or a function, gives for it.

    The learning rates are those of the optimizers in `optimizers`.
    """

    def __init__(self, optimizer_map: Any, loss_scale_factor: float | None = None, name: str | None = None) -> None:
        super().__init__(0.0, name=name)
        self._map = optimizer_map
        self.optimizers: list[Optimizer] = []
        if isinstance(optimizer_map, OptimizerMap):
            self._take(*optimizer_map.values(), optimizer_map.default_optimizer)
        self.loss_scale_factor = loss_scale_factor
        self._parts: list[list[int]] = []

    def _take(self, *optimizers: Optimizer) -> None:
        for optimizer in optimizers:
            if not any(optimizer is known for known in self.optimizers):
                # This optimizer divides the gradients, once for all.
                optimizer.loss_scale_factor = None
                self.optimizers.append(optimizer)

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *(v for optimizer in self.optimizers for v in optimizer.variables)]

    @property
    def learning_rate(self) -> Any:
        """There is none; look at the `optimizers`."""
        raise AttributeError(f"{self.name} has several learning rates; use those of its `optimizers`")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(f"{self.name} has several learning rates, none of which is set to {value!r} from here")

    @property
    def revision(self) -> int:
        return sum(optimizer.revision for optimizer in self.optimizers)

    def build(self, variables: Sequence[Variable]) -> None:
        if not self.built:
            chosen = [self._map(v) for v in variables]
            self._take(*chosen)
            self._parts = [[i for i, one in enumerate(chosen) if one is known] for known in self.optimizers]
            for optimizer, part in zip(self.optimizers, self._parts, strict=True):
                if part:
                    optimizer.build([variables[i] for i in part])
        super().build(variables)

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[jax.Array], list[jax.Array]]:
        self._check(optimizer_variables, grads, trainable_variables)
        held = Values.pair(self.variables, optimizer_variables)
        trainable: list[Any] = list(trainable_variables)
        gradients = [g / self.loss_scale_factor for g in grads] if self.loss_scale_factor else grads
        for optimizer, part in zip(self.optimizers, self._parts, strict=True):
            if part:
                own, mine = optimizer.variables, [trainable[i] for i in part]
                mine, values = optimizer.stateless_apply(held.of(own), [gradients[i] for i in part], mine)
                changed = dict(zip(part, mine, strict=True))
                held = held.having(own, values)
                trainable = [changed.get(i, p) for i, p in enumerate(trainable)]
        (iterations,) = held.of([self._iterations])
        return trainable, held.having([self._iterations], [iterations + 1]).of(self.variables)

    @property
    def averages(self) -> list[tuple[Variable, Variable]]:
        return [pair for optimizer in self.optimizers for pair in optimizer.averages]

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        for optimizer, part in zip(self.optimizers, self._parts, strict=True):
            optimizer.finalize_variable_values([var_list[i] for i in part])

    def get_config(self) -> dict[str, Any]:
        scale = self.loss_scale_factor
        return {"optimizer_map": catalog.serialize(self._map), "loss_scale_factor": scale, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MultiOptimizer":
        return cls(**{**config, "optimizer_map": catalog.get(config["optimizer_map"])})
