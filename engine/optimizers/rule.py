"""Update rules for one variable, and the Optax transformation that applies one to all of them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import optax

# What a variable has gathered so far, in the order of the slots' names.
Slots = tuple[jax.Array, ...]

# The names of one variable's slots. Slots of one group are interleaved variable by variable, groups follow one another.
Groups = tuple[tuple[str, ...], ...]


class Now(NamedTuple):
    """What a rule may look at beside the gradient.

    The `weight` itself, the `learning_rate` and the `step` (the first is 1) have the weight's dtype. `shared` is what
    an optimizer keeps once for all variables.
    """

    weight: jax.Array
    learning_rate: jax.Array
    step: jax.Array
    shared: Any = None


# (gradient, slots, now) -> (what to add to the variable, new slots)
Rule = Callable[[jax.Array, Slots, Now], tuple[jax.Array, Slots]]


def for_each_variable(
    rule: Rule, layouts: Sequence[Groups], first: Callable[[str, jax.Array], jax.Array]
) -> optax.GradientTransformationExtraArgs:
    """`rule` for lists of parameters; `update` wants `learning_rate` and `iterations` (steps done) by keyword.

    `layouts` are the slots of each parameter, all with as many groups; `first(slot, parameter)` is what one begins
    with. The leaves of the state are the slots in the order that Keras keeps and saves them in.
    """
    groups = range(max(map(len, layouts), default=0))

    def init(params: Any) -> Any:
        return [[_first_of(layout[g], p, first) for layout, p in zip(layouts, params, strict=True)] for g in groups]

    def update(updates: Any, state: Any, params: Any = None, **now: Any) -> tuple[Any, Any]:
        changes, news = [], []
        for index, (gradient, weight) in enumerate(zip(updates, params, strict=True)):
            slots = tuple(slot for group in state for slot in group[index])
            change, new = rule(gradient, slots, _now(weight, **now))
            changes.append(change)
            news.append(new)
        return changes, [[_part(new, layout, g) for new, layout in zip(news, layouts, strict=True)] for g in groups]

    return optax.GradientTransformationExtraArgs(init, update)


def _first_of(names: tuple[str, ...], weight: jax.Array, first: Callable[[str, jax.Array], jax.Array]) -> Slots:
    return tuple(first(name, weight) for name in names)


def _now(weight: jax.Array, learning_rate: Any, iterations: Any, shared: Any = None) -> Now:
    return Now(weight, learning_rate.astype(weight.dtype), (iterations + 1).astype(weight.dtype), shared)


def _part(slots: Slots, layout: Groups, group: int) -> Slots:
    start = sum(map(len, layout[:group]))
    return tuple(slots[start : start + len(layout[group])])
