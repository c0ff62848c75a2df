"""The base of every optimizer: its variables, its settings, and one update of all weights."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ..names import snake_case
from ..variable import Variable
from .gradients import clipping, decay
from .rule import Groups, Slots, for_each_variable, slot_names
from .settings import NOT_BUILT, checked_rate, checked_settings


class Optimizer:
    """Updates weights by their gradients.

    `variables` are, in Keras' order, `iterations` (the number of updates so far), the learning rate, and the slots
    that the rule keeps for each weight; those come with `build`. `stateless_apply` is the update as a pure function of
    their values. A new optimizer is a subclass with `slots` and `rule`.
    """

    def __init__(self, learning_rate: float, **settings: Any) -> None:
        settings = checked_settings(settings)
        self.name: str = settings.get("name") or snake_case(type(self).__name__)
        self.weight_decay: float | None = settings.get("weight_decay")
        self.clipnorm: float | None = settings.get("clipnorm")
        self.clipvalue: float | None = settings.get("clipvalue")
        self.global_clipnorm: float | None = settings.get("global_clipnorm")
        self.built = False
        self.iterations = self._variable(np.int32(0), "iteration")
        self._learning_rate = self._variable(checked_rate(learning_rate), "learning_rate")
        self._slots: list[Variable] = []
        self._trainable: list[Variable] = []
        self._not_decaying: re.Pattern[str] | None = None
        self._not_decaying_ids: set[int] = set()
        self._clipping = clipping(self.clipnorm, self.clipvalue, self.global_clipnorm)
        self._transformation = optax.with_extra_args_support(self._clipping)
        self._state = jax.tree.structure(())

    def _variable(self, value: Any, name: str) -> Variable:
        variable = Variable(value, trainable=False, name=name)
        variable.path = f"{self.name}/{name}"
        return variable

    @property
    def slots(self) -> Groups:
        """The names of what the rule keeps for each variable, in groups; see `Groups`."""
        return ()

    def rule(
        self, gradient: jax.Array, slots: Slots, learning_rate: jax.Array, step: jax.Array
    ) -> tuple[jax.Array, Slots]:
        """What to add to a variable, and its new slots, in the order of `slots`; the first step is 1."""
        raise NotImplementedError(f"{type(self).__name__} has no `rule` method; `update_step` is not built yet")

    @property
    def learning_rate(self) -> Variable:
        """The learning rate; it may be set at any time, in callbacks too."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            raise NotImplementedError("learning rate schedules are not built yet; set a number at each epoch instead")
        self._learning_rate.assign(value)

    @property
    def variables(self) -> list[Variable]:
        return [self.iterations, self._learning_rate, *self._slots]

    def build(self, trainable_variables: Sequence[Variable]) -> None:
        """Make the slots for these weights; once only."""
        if self.built:
            self._refuse_others(trainable_variables)
            return
        self._trainable = list(trainable_variables)
        rule = for_each_variable(self.rule, self.slots)
        self._transformation = optax.chain(self._clipping, rule, decay(self.weight_decay, self._decaying()))
        values, self._state = jax.tree.flatten(self._transformation.init([v.value for v in self._trainable]))
        names = slot_names([v.path.replace("/", "_") for v in self._trainable], self.slots)
        self._slots = [self._variable(value, name) for value, name in zip(values, names, strict=True)]
        self.built = True

    def _refuse_others(self, variables: Sequence[Variable]) -> None:
        known = {id(v) for v in self._trainable}
        if len(variables) != len(known) or any(id(v) not in known for v in variables):
            raise ValueError(
                f"{self.name} was built for the variables {', '.join(v.path for v in self._trainable)}, not for "
                f"{', '.join(v.path for v in variables)}; make a new optimizer where those change"
            )

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Spare these variables, and those whose names contain one of `var_names`; before `build`."""
        if self.built:
            raise ValueError("exclude_from_weight_decay must be called before the optimizer is built")
        self._not_decaying_ids = {id(v) for v in var_list or ()}
        self._not_decaying = re.compile("|".join(var_names)) if var_names else None

    def _decaying(self) -> list[bool]:
        pattern = self._not_decaying
        return [
            id(v) not in self._not_decaying_ids and (pattern is None or not pattern.search(v.name))
            for v in self._trainable
        ]

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[jax.Array], list[jax.Array]]:
        """One update as a pure function: `(new trainable values, new optimizer values)`.

        The lists follow `variables` and the weights that the optimizer was built for; they are arrays, and nothing
        that the optimizer holds changes.
        """
        self._check(optimizer_variables, grads, trainable_variables)
        iterations, learning_rate, *slots = map(jnp.asarray, optimizer_variables)
        params = [jnp.asarray(p) for p in trainable_variables]
        gradients: Any = [jnp.asarray(g, p.dtype) for g, p in zip(grads, params, strict=True)]
        state = jax.tree.unflatten(self._state, slots)
        now = {"learning_rate": learning_rate, "iterations": iterations}
        updates, state = self._transformation.update(gradients, state, params, **now)
        changed: Any = optax.apply_updates(params, updates)
        return changed, [iterations + 1, learning_rate, *jax.tree.leaves(state)]

    def _check(self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable: Sequence[Any]) -> None:
        if not self.built:
            raise ValueError(f"{self.name} has no slots yet; call `build(trainable_variables)` first")
        lengths = {
            "optimizer_variables": (len(optimizer_variables), len(self.variables)),
            "grads": (len(grads), len(self._trainable)),
            "trainable_variables": (len(trainable), len(self._trainable)),
        }
        for argument, (given, wanted) in lengths.items():
            if given != wanted:
                raise ValueError(f"{argument} must have {wanted} elements, one per variable, but has {given}")
        if any(g is None for g in grads):
            missing = [v.path for v, g in zip(self._trainable, grads, strict=True) if g is None]
            raise ValueError(f"there is no gradient for {', '.join(missing)}; pass zeros where a weight stays as it is")

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Update the weights in place; the first call may build the optimizer, for `trainable_variables`."""
        if trainable_variables is not None:
            variables = list(trainable_variables)
            self.build(variables)
            by_variable = dict(zip(map(id, variables), grads, strict=True))
            grads = [by_variable[id(v)] for v in self._trainable]
        values = [v.value for v in self.variables]
        trainable, optimizer = self.stateless_apply(values, grads, [v.value for v in self._trainable])
        for variable, value in zip([*self._trainable, *self.variables], [*trainable, *optimizer], strict=True):
            variable.assign(value)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """`apply` for pairs of gradient and weight; gives `iterations`."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self.iterations

    def get_config(self) -> dict[str, Any]:
        mine = {"name": self.name, "learning_rate": float(self._learning_rate), "weight_decay": self.weight_decay}
        clips = {
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
        }
        return {**mine, **clips, **NOT_BUILT}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
