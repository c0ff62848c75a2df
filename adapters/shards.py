"""One shard of the batches that several consumers, such as the hosts of one training, take together."""

from dataclasses import replace
from typing import Any

from penstock.pipeline import Order, check_whole

Shard = tuple[int, int]


def sharded(order: Order, shard: Shard, *, batched: bool) -> Order:
    """The order of shard `index` of `count`: its part of every batch; of a data set of whole batches, every count-th.

    Raises ValueError where a batch of rows does not divide by the shards.
    """
    index, count = _checked(shard)
    if batched:
        # Every shard gets one of `count` whole batches.
        shuffle = bool(order.shuffle)
        return replace(order, batch_size=count, shuffle=shuffle, shard=(index, count))
    if order.batch_size % count:
        raise ValueError(
            f"batch_size is that of the global batch and must divide by the {count} shards, but is {order.batch_size}"
        )
    left_over = order.total_rows % order.batch_size
    if left_over % count and not order.drop_remainder:
        raise ValueError(
            f"the last batch has {left_over} of {order.batch_size} rows, which do not divide by the {count} shards; "
            "give drop_remainder=True to leave it out"
        )
    return replace(order, shard=(index, count))


def _checked(shard: Any) -> Shard:
    if not isinstance(shard, (tuple, list)) or len(shard) != 2:
        raise ValueError(f"shard must be (index, count), but is {shard!r}")
    index, count = shard
    check_whole("shard[1], the number of shards,", count, least=1)
    check_whole("shard[0], the index of the shard,", index, least=0)
    if index >= count:
        raise ValueError(f"shard must be (index, count) with index < count, but is {shard!r}")
    return index, count
