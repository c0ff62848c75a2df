"""Laws of the order of rows."""

from dataclasses import replace
from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.pipeline import Order
from penstock.pipeline.permutation import TRUE_SHUFFLE_UP_TO, computed, permuted

SHUFFLES = st.sampled_from([False, True, "batch"])
SEEDS = st.integers(-(2**70), 2**70)
orders = st.builds(Order, st.integers(1, 200), st.integers(1, 50), SHUFFLES, SEEDS, st.just(False))


def array(rows):
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def batches(order, epoch=0):
    return [array(order.rows(epoch, step)) for step in range(len(order))]


def assert_same(one, other):
    assert len(one) == len(other)
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(batches(one), batches(other), strict=True))


@given(orders, st.integers(0, 9))
def test_an_epoch_holds_every_row_once(order, epoch):
    assert sorted(np.concatenate(batches(order, epoch))) == list(range(order.total_rows))


@given(orders, st.data())
def test_several_steps_are_the_single_ones_one_after_the_other(order, data):
    step = data.draw(st.integers(0, len(order) - 1))
    steps = data.draw(st.integers(1, len(order) - step))
    assert np.array_equal(array(order.rows(1, step, steps)), np.concatenate(batches(order, 1)[step : step + steps]))


@given(orders)
def test_every_batch_but_the_last_is_full(order):
    sizes = [len(rows) for rows in batches(order)]
    assert sizes == [order.batch_rows(step) for step in range(len(order))]
    assert all(size == order.batch_size for size in sizes[:-1])
    assert 1 <= sizes[-1] <= order.batch_size


@given(st.integers(0, 200), st.integers(1, 50), SHUFFLES)
def test_without_a_remainder_every_batch_is_full(total_rows, batch_size, shuffle):
    order = Order(total_rows, batch_size, shuffle, drop_remainder=True)
    assert [len(rows) for rows in batches(order)] == [batch_size] * (total_rows // batch_size)


@given(orders)
def test_rows_that_are_not_shuffled_come_as_slices_in_their_order(order):
    if order.shuffle is False:
        assert order.rows(3, 0, len(order)) == slice(0, order.total_rows)


@given(st.integers(1, 200), st.integers(1, 50), SEEDS)
def test_shuffled_batches_are_blocks_with_the_remainder_last(total_rows, batch_size, seed):
    order = Order(total_rows, batch_size, "batch", seed)
    starts = [int(array(order.rows(0, step))[0]) for step in range(len(order))]
    assert all(start % batch_size == 0 for start in starts)
    if total_rows % batch_size:
        assert starts[-1] == total_rows - total_rows % batch_size


@pytest.mark.parametrize("total_rows", [1000, 10**8])
@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_seeds_and_epochs_give_other_orders_and_the_same_ones_the_same(shuffle, total_rows):
    def rows(seed, epoch):
        return tuple(array(Order(total_rows, 10, shuffle, seed).rows(epoch, 0, 20)))

    keys = [(seed, epoch) for seed in (0, 1, 2**63) for epoch in (0, 1, 7)]
    assert len({rows(*key) for key in keys}) == len(keys)
    assert [rows(*key) for key in keys] == [rows(*key) for key in keys]


def test_the_next_epoch_is_not_the_same_seed_further_on():
    one, other = Order(100, 10, True, seed=0), Order(100, 10, True, seed=1)
    assert not np.array_equal(array(one.rows(1, 0)), array(other.rows(0, 0)))


@given(st.integers(1, 5000), SEEDS, st.integers(0, 2**40))
def test_a_computed_permutation_is_one(total, seed, epoch):
    assert np.array_equal(np.sort(computed(total, seed, epoch, 0, total)), np.arange(total))


@given(st.integers(TRUE_SHUFFLE_UP_TO + 1, 2**62), st.data())
def test_a_stretch_of_a_computed_permutation_is_cut_from_the_whole(total, data):
    start = data.draw(st.integers(0, total - 1))
    stop = data.draw(st.integers(start + 1, min(total, start + 20_000)))
    middle = data.draw(st.integers(start, stop - 1))
    stretch = permuted(total, 5, 1, start, stop)
    assert np.array_equal(permuted(total, 5, 1, middle, stop), stretch[middle - start :])
    assert 0 <= stretch.min() <= stretch.max() < total


@pytest.mark.parametrize("total", [1000, 2**20 + 1, 10**12])
def test_permutations_look_random(total):
    """Means, steps and order of 4096 drawn positions lie within 5 standard deviations of those of true randomness."""
    for seed in range(20):
        drawn = permuted(total, seed, 0, 0, min(total, 4096)) / total
        n = len(drawn)
        assert len(np.unique(drawn)) == n
        means = drawn.mean(), np.abs(np.diff(drawn)).mean(), (np.diff(drawn) > 0).mean()
        spreads = (1 / 12) ** 0.5, (1 / 18) ** 0.5, 0.5
        for mean, expected, spread in zip(means, (1 / 2, 1 / 3, 1 / 2), spreads, strict=True):
            assert abs(mean - expected) < 5 * spread / n**0.5


def test_neighbours_under_one_seed_are_not_neighbours_under_the_next():
    one, other = (permuted(10**7, seed, 0, 0, 4096) for seed in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / 4096**0.5


@given(st.integers(1, 60), st.integers(1, 8), st.integers(1, 4), SHUFFLES, st.integers(0, 3), st.booleans())
def test_the_shards_of_a_batch_make_up_the_batch(total_rows, part, count, shuffle, epoch, drop):
    order = Order(total_rows, part * count, shuffle, 3, drop)
    shards = [batches(replace(order, shard=(index, count)), epoch) for index in range(count)]
    together = [np.concatenate(parts) for parts in zip_longest(*shards, fillvalue=np.empty(0, int))]
    assert_same(together, batches(order, epoch))


@given(st.integers(1, 60), st.integers(1, 4), SHUFFLES, st.integers(0, 3))
def test_where_a_batch_is_a_row_for_each_shard_they_take_turns(total_rows, count, shuffle, epoch):
    if shuffle != "batch":
        whole = array(Order(total_rows, 1, shuffle, 3).rows(epoch, 0, total_rows))
        for index in range(min(count, total_rows)):
            shard = Order(total_rows, count, shuffle, 3, shard=(index, count))
            assert_same(batches(shard, epoch), whole[index::count, None])


@given(orders, st.integers(0, 9), st.integers(0, 9), st.integers(0, 3))
def test_a_window_is_cut_from_the_epoch(order, first, most, epoch):
    assert_same(batches(replace(order, first=first, most=most), epoch), batches(order, epoch)[first : first + most])
    assert_same(batches(replace(order, first=first), epoch), batches(order, epoch)[first:])


@given(orders, st.integers(0, 3), st.integers(1, 3), st.data())
def test_several_steps_of_a_shard_in_a_window_are_the_single_ones(order, first, count, data):
    order = replace(order, first=first, shard=(data.draw(st.integers(0, count - 1)), count))
    single = batches(order, 1)
    if single:
        assert np.array_equal(array(order.rows(1, 0, len(order))), np.concatenate(single))
        assert [len(rows) for rows in single] == [order.batch_rows(step) for step in range(len(order))]


@given(orders, st.integers(0, 3), st.integers(1, 4))
def test_no_two_batches_of_an_epoch_share_a_number(order, first, count):
    shards = [replace(order, first=first, shard=(index, count)) for index in range(count)]
    numbers = [shard.number(step) for shard in shards for step in range(len(shard))]
    assert len(set(numbers)) == len(numbers)


def test_rows_beyond_the_epoch_are_refused():
    order = Order(10, 4)
    for step, steps in ((-1, 1), (3, 1), (2, 2), (0, 0)):
        with pytest.raises(IndexError, match="an epoch has 3 batches"):
            order.rows(0, step, steps)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, but is 0"),
        ({"batch_size": 2.0}, "batch_size must be a whole number of at least 1, but is 2.0"),
        ({"total_rows": -1}, "total_rows must be a whole number of at least 0, but is -1"),
        ({"seed": None}, "seed must be a whole number, but is None"),
        ({"shuffle": "rows"}, "shuffle must be True, False or \"batch\", but is 'rows'"),
        ({"shuffle": None}, 'shuffle must be True, False or "batch", but is None'),
    ],
)
def test_arguments_are_checked_at_the_door(arguments, message):
    with pytest.raises(ValueError, match=message):
        Order(**{"total_rows": 10, "batch_size": 2} | arguments)
