"""The base of every optimizer: its variables, its settings, and one update of all weights."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from ..catalog import function_config
from ..names import snake_case
from ..schedules import LearningRateSchedule
from ..schedules import deserialize as deserialize_schedule
from ..schedules import serialize as serialize_schedule
from ..scope import pure
from ..variable import Variable
from .gradients import clipping, decayed
from .keeper import Keeper
from .rate import checked_rate, rate_of
from .rule import Groups, Now, Slots, for_each_variable
from .settings import checked_settings
from .values import Values


class Optimizer(Keeper):
    """Updates weights by their gradients.

    `learning_rate` is a number, a `LearningRateSchedule`, or a function, of the step (the first is 0) or of nothing; a
    function is called while the step is compiled, so what it gives may depend on the step alone.

    `variables` are, in Keras' order, the number of steps so far, the learning rate where it is a number, the running
    averages of weights and the gathered gradients where `settings` ask for those, and the slots that the rule keeps for
    each weight; all but the first two come with `build`. `stateless_apply` is the update as a pure function of their
    values.

    A new optimizer is a subclass with `update_step(gradient, variable, learning_rate)`, which assigns the variable, and
    with `build(variables)` for the variables it keeps. (Those of this library have `slots` and `rule` instead.)

    ```python
    class Signs(ps.optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.means = self.add_optimizer_variables(variables, "mean")

        def update_step(self, gradient, variable, learning_rate):
            mean = self.means[self._get_variable_index(variable)]
            self.assign(mean, 0.9 * mean + 0.1 * gradient)
            self.assign_sub(variable, learning_rate * jnp.sign(mean))
    ```
    """

    def __init__(self, learning_rate: Any, **settings: Any) -> None:
        name = settings.pop("name", None) or snake_case(type(self).__name__)
        self._settings = given = checked_settings(settings)
        super().__init__(name, given.weight_decay)
        self.clipnorm, self.clipvalue, self.global_clipnorm = given.clipnorm, given.clipvalue, given.global_clipnorm
        self.use_ema, self.ema_momentum = given.use_ema, given.ema_momentum
        self.ema_overwrite_frequency = given.ema_overwrite_frequency
        self.loss_scale_factor = given.loss_scale_factor
        self.gradient_accumulation_steps = given.gradient_accumulation_steps
        self._clipping = clipping(self.clipnorm, self.clipvalue, self.global_clipnorm)
        self._iterations = self._variable(np.int32(0), "iteration")
        self.schedule: Callable[..., Any] | None = learning_rate if callable(learning_rate) else None
        self._rate = None if self.schedule else self._variable(checked_rate(learning_rate), "learning_rate")
        self._revision = 0
        self._averages: list[Variable] = []
        self._accumulators: list[Variable] = []
        self._transformation: Any = None
        self._structure: Any = None

    @property
    def slots(self) -> Groups:
        """The names of what the rule keeps for each variable, in groups; see `Groups`."""
        return ()

    def slots_of(self, variable: Variable) -> Groups:
        """`slots`, where they are not the same for every variable."""
        return self.slots

    def first_value(self, slot: str, weight: jax.Array) -> jax.Array:
        """What a slot begins with: zeros."""
        return jnp.zeros_like(weight)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        """What to add to a variable, and its new slots, in the order of `slots`."""
        raise NotImplementedError(f"{type(self).__name__} has no `update_step` method")

    def transformation(self) -> optax.GradientTransformationExtraArgs:
        """The rule for all variables; its `update` is given `learning_rate` and `iterations` by keyword."""
        return for_each_variable(self.rule, [self.slots_of(v) for v in self._trainable], self.first_value)

    def state_names(self, count: int) -> list[str]:
        """Names for the `count` leaves of the transformation's state."""
        layouts = [(v, self.slots_of(v)) for v in self._trainable]
        groups = range(max((len(layout) for _, layout in layouts), default=0))
        return [self.slot_name(slot, v) for group in groups for v, layout in layouts for slot in layout[group]]

    def update_step(self, gradient: jax.Array, variable: Variable, learning_rate: Any) -> None:
        """Assign one variable, and what is kept for it; what subclasses write that have no rule."""
        raise NotImplementedError(f"{type(self).__name__} has no `update_step` method")

    @property
    def iterations(self) -> Any:
        """The number of updates so far; with `gradient_accumulation_steps` those that moved the weights."""
        return self._moves(self._iterations.value) if self.gradient_accumulation_steps else self._iterations

    def _moves(self, steps: Any) -> Any:
        """How many of so many steps moved the weights."""
        return steps // self.gradient_accumulation_steps if self.gradient_accumulation_steps else steps

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next step; a number may be set at any time, in callbacks too, and so a schedule."""
        return self._rate if self.schedule is None else rate_of(self.schedule, self._iterations.value)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            self.schedule, self._rate = value, None
            self._revision += 1
        elif self._rate is None:
            raise TypeError(
                f"the learning rate of {self.name} follows {self.schedule!r}, so it cannot be set to {value!r}; give "
                "the optimizer a float as learning_rate to set it later"
            )
        else:
            self._rate.assign(value)

    @property
    def revision(self) -> int:
        """How often the update became another one; whoever compiled it before must compile it anew."""
        return self._revision

    @property
    def _rates(self) -> list[Variable]:
        return [] if self._rate is None else [self._rate]

    @property
    def variables(self) -> list[Variable]:
        return [self._iterations, *self._rates, *self._averages, *self._accumulators, *self._slots]

    def build(self, variables: Sequence[Variable]) -> None:
        """Make what is kept for these weights; once only."""
        if self.built:
            self._refuse_others(variables)
            return
        self._trainable = list(variables)
        self._positions = {id(v): position for position, v in enumerate(self._trainable)}
        self._averages = [self._beside(v, "average") for v in self._trainable if self.use_ema]
        steps = self.gradient_accumulation_steps
        self._accumulators = [self._beside(v, "gradient_accumulator") for v in self._trainable if steps]
        if type(self).update_step is Optimizer.update_step:
            self._transformation = self.transformation()
            values, self._structure = jax.tree.flatten(self._transformation.init([v.value for v in self._trainable]))
            names = self.state_names(len(values))
            self._slots += [self._variable(value, name) for value, name in zip(values, names, strict=True)]
        self.built = True

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[jax.Array], list[jax.Array]]:
        """One update as a pure function: `(new trainable values, new optimizer values)`.

        The lists follow `variables` and the weights that the optimizer was built for; they are arrays, and nothing
        that the optimizer holds changes.
        """
        self._check(optimizer_variables, grads, trainable_variables)
        held = Values.pair(self.variables, optimizer_variables)
        params = [jnp.asarray(p) for p in trainable_variables]
        scale = self.loss_scale_factor
        gradients: Any = [jnp.asarray(g, p.dtype) for g, p in zip(grads, params, strict=True)]
        gradients = [g / scale for g in gradients] if scale else gradients
        params, held = self._moved(gradients, params, held)
        params, held = self._averaged(params, held)
        params = [p if v.constraint is None else v.constraint(p) for v, p in zip(self._trainable, params, strict=True)]
        (iterations,) = held.of([self._iterations])
        return params, held.having([self._iterations], [iterations + 1]).of(self.variables)

    def _moved(self, gradients: list[Any], params: list[Any], held: Values) -> tuple[list[Any], Values]:
        """The weights after this step: moved, or waiting for more gradients."""
        steps = self.gradient_accumulation_steps
        if not steps:
            return self._updated(gradients, params, held)
        totals = [g + total for g, total in zip(gradients, held.of(self._accumulators), strict=True)]

        kept = self._slots

        def move() -> tuple[list[Any], list[Any], list[Any]]:
            moved, new = self._updated([total / steps for total in totals], params, held)
            return moved, new.of(kept), [jnp.zeros_like(total) for total in totals]

        (iterations,) = held.of([self._iterations])
        due = (iterations + 1) % steps == 0
        params, slots, totals = lax.cond(due, move, lambda: (params, held.of(kept), totals))
        return params, held.having([*kept, *self._accumulators], [*slots, *totals])

    def _updated(self, gradients: list[Any], params: list[Any], held: Values) -> tuple[list[Any], Values]:
        clipped: Any = self._clipping.update(gradients, optax.EmptyState())[0]
        (iterations,) = held.of([self._iterations])
        schedule = self.schedule
        rate = held.of(self._rates)[0] if schedule is None else rate_of(schedule, iterations)
        params = decayed(params, [self.decay_of(v) for v in self._trainable], rate)
        if self._transformation is None:
            return self._stepped(clipped, params, held)
        state = jax.tree.unflatten(self._structure, held.of(self._slots))
        now = {"learning_rate": rate, "iterations": self._moves(iterations)}
        updates, state = self._transformation.update(clipped, state, params, **now)
        changed: Any = optax.apply_updates(params, updates)
        return changed, held.having(self._slots, jax.tree.leaves(state))

    def _stepped(self, gradients: list[Any], params: list[Any], held: Values) -> tuple[list[Any], Values]:
        """The update that `update_step` makes, variable by variable."""

        def steps() -> None:
            for gradient, variable in zip(gradients, self._trainable, strict=True):
                self.update_step(gradient, variable, self.learning_rate)

        variables = [*self._trainable, *self.variables]
        new = pure(steps, variables, [*params, *held.of(self.variables)])[1]
        return new[: len(params)], held.having(self.variables, new[len(params) :])

    def _averaged(self, params: list[Any], held: Values) -> tuple[list[Any], Values]:
        """The weights, and their running averages after this step; at times the weights become these."""
        if not self.use_ema:
            return params, held
        (iterations,) = held.of([self._iterations])
        done = self._moves(iterations)
        keeps = jnp.where(done == 0, 0.0, self.ema_momentum)
        averages = [
            (average * keeps + p * (1 - keeps)).astype(p.dtype)
            for average, p in zip(held.of(self._averages), params, strict=True)
        ]
        if self.ema_overwrite_frequency:
            due = (done + 1) % self.ema_overwrite_frequency == 0
            params = [jnp.where(due, average, p) for average, p in zip(averages, params, strict=True)]
        return params, held.having(self._averages, averages)

    @property
    def averages(self) -> list[tuple[Variable, Variable]]:
        """Each weight and its running average; empty where none are kept, and before `build`."""
        return list(zip(self._trainable if self._averages else (), self._averages, strict=True))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Set the weights to their running averages, where those are kept."""
        for variable, average in zip(var_list, self._averages, strict=False):
            variable.assign(average)

    def scale_loss(self, loss: Any) -> Any:
        """What gradients are to be taken of instead of the loss."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

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
                raise ValueError(
                    f"{argument} must have {wanted} elements, one per variable that {self.name} was built with, but "
                    f"has {given}; make a new optimizer where other variables are to train"
                )
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
        """`apply` for pairs of gradient and weight; gives the number of steps."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self._iterations

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "learning_rate": self._rate_config(), **self._settings.config()}

    def _rate_config(self) -> Any:
        if isinstance(self.schedule, LearningRateSchedule):
            return serialize_schedule(self.schedule)
        return function_config(self.schedule) if self.schedule is not None else float(self.learning_rate)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        rate = config.get("learning_rate")
        return cls(**{**config, "learning_rate": deserialize_schedule(rate)} if isinstance(rate, Mapping) else config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
