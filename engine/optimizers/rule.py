"""Update rules for one variable, and the Optax transformation that applies one to all of them."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax

# What a variable has gathered so far, in the order of the slots' names.
Slots = tuple[jax.Array, ...]

# (gradient, slots, learning_rate, step) -> (what to add to the variable, new slots); the first step is 1.
Rule = Callable[[jax.Array, Slots, jax.Array, jax.Array], tuple[jax.Array, Slots]]

# Slots of one group are interleaved variable by variable, the groups follow one another.
Groups = tuple[tuple[str, ...], ...]


def for_each_variable(rule: Rule, groups: Groups) -> optax.GradientTransformationExtraArgs:
    """`rule` for lists of parameters; `update` wants `learning_rate` and `iterations` (steps done) by keyword.

    The leaves of the state are the slots in the order that Keras keeps and saves them in.
    """

    def init(params: Any) -> Any:
        return [[tuple(jnp.zeros_like(p) for _ in group) for p in params] for group in groups]

    def update(updates: Any, state: Any, params: Any = None, **now: Any) -> tuple[Any, Any]:
        changes, news = [], []
        for index, gradient in enumerate(updates):
            slots = tuple(slot for group in state for slot in group[index])
            rate, step = now["learning_rate"].astype(gradient.dtype), (now["iterations"] + 1).astype(gradient.dtype)
            change, new = rule(gradient, slots, rate, step)
            changes.append(change)
            news.append(new)
        return changes, _grouped(news, groups)

    return optax.GradientTransformationExtraArgs(init, update)


def _grouped(slots: list[Slots], groups: Groups) -> list[list[Slots]]:
    grouped, start = [], 0
    for group in groups:
        end = start + len(group)
        grouped.append([of_variable[start:end] for of_variable in slots])
        start = end
    return grouped


def slot_names(names: Sequence[str], groups: Groups) -> list[str]:
    """The names of the state's leaves, for variables called `names`."""
    return [f"{name}_{slot}" for group in groups for name in names for slot in group]
