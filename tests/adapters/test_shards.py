"""Shards: several loaders that together give what one gives."""

import numpy as np
import pytest
from fakes import Counting, counted, firsts
from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters import Loader

SHUFFLES = st.sampled_from([False, True, "batch"])


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 4), SHUFFLES, st.integers(0, 2))
def test_the_parts_of_all_shards_are_the_global_batches(total_rows, part, count, shuffle, epoch):
    batch_size = part * count
    options = {"batch_size": batch_size, "shuffle": shuffle, "drop_remainder": bool(total_rows % batch_size % count)}
    rows = np.arange(total_rows)
    if total_rows < batch_size and options["drop_remainder"]:
        return
    with Loader(rows, **options).epoch(epoch) as batches:
        whole = [x for (x,) in batches]
    shards = [Loader(rows, shard=(index, count), workers=index % 2, **options) for index in range(count)]
    assert {len(shard) for shard in shards} == {len(whole)}
    for number, expected in enumerate(whole):
        parts = []
        for shard in shards:
            with shard.epoch(epoch, number) as batches:
                parts.append(next(batches)[0])
        assert np.array_equal(np.concatenate(parts), expected)
        assert len({len(part) for part in parts}) == 1


@given(st.integers(1, 12), st.integers(1, 4), SHUFFLES)
def test_the_shards_of_a_data_set_take_turns(length, count, shuffle):
    whole = firsts(Loader(Counting(length), shuffle=shuffle))
    for index in range(min(count, length)):
        shard = Loader(Counting(length), shuffle=shuffle, shard=(index, count))
        assert firsts(shard) == whole[index::count]
        assert len(shard) == len(whole[index::count])


def test_shards_of_a_data_set_are_of_one_length_without_the_remainder():
    assert [len(Loader(Counting(7), shard=(i, 3), drop_remainder=True)) for i in range(3)] == [2, 2, 2]


def test_random_numbers_of_a_data_set_are_the_same_in_any_shard():
    class Noisy(Counting):
        def __getitem__(self, index):
            return self.rng(index).integers(1000, size=1)

    shards = [firsts(Loader(Noisy(6), shard=(index, 2))) for index in range(2)]
    assert [number for pair in zip(*shards, strict=True) for number in pair] == firsts(Loader(Noisy(6)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shard": (0, 3)}, "batch_size is that of the global batch and must divide by the 3 shards, but is 4"),
        ({"shard": (2, 2)}, r"shard must be \(index, count\) with index < count, but is \(2, 2\)"),
        ({"shard": 2}, r"shard must be \(index, count\), but is 2"),
        ({"shard": (0, 0)}, "the number of shards, must be a whole number of at least 1, but is 0"),
        ({"shard": (0, 2), "batch_size": 6}, "the last batch has 3 of 6 rows.*give drop_remainder=True"),
    ],
)
def test_shards_are_checked_at_the_door(options, message):
    with pytest.raises(ValueError, match=message):
        Loader(np.zeros(9), **{"batch_size": 4} | options)


def test_batches_that_come_one_after_the_other_have_no_shards():
    with pytest.raises(ValueError, match="shard must not be given where x brings whole batches"):
        Loader(counted, shard=(0, 2))
