"""What an optimizer keeps beside the weights: its variables, by weight and by name."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import jax.numpy as jnp

from ..initializers import get as get_initializer
from ..variable import Variable


class Keeper:
    """Base of optimizers: the weights it was built for, and variables like them that go by Keras' names."""

    def __init__(self, name: str, weight_decay: float | None) -> None:
        self.name = name
        self.weight_decay = weight_decay
        self.built = False
        self._slots: list[Variable] = []
        self._trainable: list[Variable] = []
        self._positions: dict[int, int] = {}
        self._not_decaying: re.Pattern[str] | None = None
        self._not_decaying_ids: set[int] = set()

    def _variable(self, value: Any, name: str) -> Variable:
        variable = Variable(value, trainable=False, name=name)
        variable.path = f"{self.name}/{name}"
        return variable

    def slot_name(self, slot: str, variable: Variable) -> str:
        """The name of a variable's slot, as Keras has it."""
        return f"{variable.path.replace('/', '_')}_{slot}"

    def _beside(self, variable: Variable, name: str) -> Variable:
        return self._variable(jnp.zeros(variable.shape, variable.dtype), self.slot_name(name, variable))

    def _refuse_others(self, variables: Sequence[Variable]) -> None:
        if len(variables) != len(self._positions) or any(id(v) not in self._positions for v in variables):
            raise ValueError(
                f"{self.name} was built for the variables {', '.join(v.path for v in self._trainable)}, not for "
                f"{', '.join(v.path for v in variables)}; make a new optimizer where those change"
            )

    def add_variable(
        self, shape: tuple[int, ...], initializer: Any = "zeros", dtype: str | None = None, name: str | None = None
    ) -> Variable:
        """A new variable of the optimizer, which `update_step` may assign."""
        variable = Variable(get_initializer(initializer), shape=tuple(shape), dtype=dtype, trainable=False, name=name)
        variable.path = f"{self.name}/{variable.name}"
        self._slots.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A new variable of the shape and dtype of a weight."""
        full = self.slot_name(name or "var", reference_variable)
        return self.add_variable(reference_variable.shape, initializer, reference_variable.dtype, full)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: str | Sequence[str], initializer: Any = "zeros"
    ) -> Any:
        """A new variable for each weight: a list; for several names a list for each, with interleaved variables."""
        names = [name] if isinstance(name, str) else list(name)
        initial = initializer if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        if len(initial) != len(names):
            raise ValueError(f"there must be one initializer per name, but there are {len(initial)} for {names}")
        made = [
            [self.add_variable_from_reference(v, n, first) for n, first in zip(names, initial, strict=True)]
            for v in trainable_variables
        ]
        lists = tuple([of_weight[position] for of_weight in made] for position in range(len(names)))
        return lists[0] if isinstance(name, str) else lists

    def _get_variable_index(self, variable: Variable) -> int:
        return self._positions[id(variable)]

    def assign(self, variable: Variable, value: Any) -> None:
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        variable.assign_sub(value)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Spare these variables, and those whose names contain one of `var_names`; before `build`."""
        if self.built:
            raise ValueError("exclude_from_weight_decay must be called before the optimizer is built")
        self._not_decaying_ids = {id(v) for v in var_list or ()}
        self._not_decaying = re.compile("|".join(var_names)) if var_names else None

    def spares(self, variable: Variable) -> bool:
        """Whether a variable was excluded from decay."""
        pattern = self._not_decaying
        return id(variable) in self._not_decaying_ids or bool(pattern and pattern.search(variable.name))

    def decay_of(self, variable: Variable) -> float | None:
        """The share of the learning rate by which a variable decays."""
        return None if self.spares(variable) else self.weight_decay
