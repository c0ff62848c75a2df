"""The position of a loader as a handful of numbers, and back.

Batches are counted as those of all shards together, so that a state can be loaded into another number of them.
"""

from typing import Any

from penstock.pipeline import Order, Position, Source, check_whole

from .recipes import Plan

_VERSION = 1


def state_of(plan: Plan, position: Position) -> dict[str, Any]:
    """What `Loader.state_dict` gives: JSON-able, as long as the data set's own state is."""
    state = {"version": _VERSION, "epoch": int(position.epoch), "batch": _of_all_shards(plan, position.batch)}
    state |= _identity(plan)
    state |= {} if position.taken is None else {"taken": position.taken}
    return state | ({} if position.own is None else {"own": position.own})


def position_of(plan: Plan, state: Any) -> Position:
    """Where a state says. Raises ValueError where it is no state, or that of other data or of another order."""
    if not isinstance(state, dict) or state.get("version") != _VERSION:
        raise ValueError(f"state must be what state_dict() of a Loader returned, but is {state!r}")
    for name, own in _identity(plan).items():
        if state.get(name) != own:
            raise ValueError(
                f"state is that of a Loader with {name}={state.get(name)!r}, but this one has {name}={own!r}"
            )
    for name in ("epoch", "batch"):
        check_whole(f"state[{name!r}]", state.get(name), least=0)
    batch = _of_this_shard(plan, state["batch"])
    return Position(state["epoch"], batch, state.get("taken"), state.get("own"))


def _identity(plan: Plan) -> dict[str, Any]:
    """What a state must have in common with the loader that it is loaded into."""
    order, source = plan.order, plan.source
    if order is None or not isinstance(source, Source):
        return {"seed": int(plan.seed), "rows": None, "batch_size": None, "shuffle": False, "drop_remainder": False}
    return {
        "seed": int(order.seed),
        # A hook may change how many there are.
        "rows": None if source.endless or source.hooked else int(len(source)),
        "batch_size": None if source.batched else int(order.batch_size),
        "shuffle": bool(order.shuffle) if source.batched else order.shuffle,
        "drop_remainder": bool(order.drop_remainder) and not source.batched,
    }


def _of_all_shards(plan: Plan, batch: int) -> int:
    order = plan.order
    if order is None:
        return plan.window.first + batch
    return (order.first + batch) * _batches_at_once(plan, order)


def _of_this_shard(plan: Plan, batch: int) -> int:
    order = plan.order
    if order is None:
        return _within(batch - plan.window.first, batch)
    at_once = _batches_at_once(plan, order)
    if batch % at_once and batch < order.total_rows:
        raise ValueError(
            f"state stands before batch {batch}, in the middle of {at_once} batches that {at_once} shards take at once"
        )
    return _within(min(-(-batch // at_once) - order.first, len(order)), batch)


def _batches_at_once(plan: Plan, order: Order) -> int:
    """How many batches of the data set all shards together take in one step."""
    return order.shard[1] if isinstance(plan.source, Source) and plan.source.batched else 1


def _within(batch: int, of_all: int) -> int:
    if batch < 0:
        raise ValueError(f"state stands before batch {of_all}, which this Loader skips")
    return batch
