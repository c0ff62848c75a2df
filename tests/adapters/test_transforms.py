"""Loaders made of loaders: map, take, skip, and batches as other libraries have them."""

import numpy as np
import pytest
from fakes import Counting, counted, firsts

from penstock.adapters import Loader

X = np.arange(20.0)
EXECUTORS = [{}, {"workers": 2}, {"workers": 2, "use_multiprocessing": True}]
executors = pytest.mark.parametrize("options", EXECUTORS, ids=str)


def noisy(batch, rng):
    return (batch[0] + rng.integers(1000), *batch[1:])


def doubled(batch):
    """In place, as users do."""
    batch[0][:] *= 2
    return batch


class Kept(Counting):
    """Hands out what it keeps."""

    def __init__(self, **loading):
        super().__init__(4, **loading)
        self.arrays = [np.full(2, index) for index in range(4)]

    def __getitem__(self, index):
        return self.arrays[index]


@executors
class TestMap:
    def test_a_function_makes_batches_of_batches(self, options):
        with Loader(X, X, batch_size=4, **options).map(lambda batch: {"a": batch[0], "b": -batch[1]}) as loader:
            assert [(float(x["a"][0]), float(x["b"][0])) for (x,) in loader] == [(v, -v) for v in (0, 4, 8, 12, 16)]

    def test_functions_are_called_one_after_the_other(self, options):
        with Loader(X, batch_size=4, **options).map(doubled).map(lambda batch: (batch[0] + 1,)) as loader:
            assert firsts(loader) == [1, 9, 17, 25, 33]

    def test_random_numbers_follow_seed_epoch_and_batch(self, options):
        def loader(seed, **how):
            return Loader(X, batch_size=4, seed=seed, **how).map(noisy, rng=True).map(noisy, rng=True)

        with loader(3, **options) as given:
            epochs = [firsts(given) for _ in range(2)]
        expected = loader(3)
        assert epochs == [firsts(expected) for _ in range(2)]
        assert epochs[0] != epochs[1]
        assert firsts(loader(4)) != epochs[0]

    def test_what_a_function_changes_is_not_what_the_data_set_keeps(self, options):
        with Loader(Kept(), **options).map(doubled) as loader:
            assert [firsts(loader) for _ in range(3)] == [[0, 2, 4, 6]] * 3

    def test_an_error_in_a_function_comes_in_its_place(self, options):
        def fails(batch):
            return batch if batch[0][0] != 8 else 1 // 0

        with Loader(X, batch_size=4, **options).map(fails) as loader:
            seen = []
            with pytest.raises(ZeroDivisionError) as caught:
                seen.extend(loader)
        assert firsts(seen) == [0, 4]
        assert "while making batch 2 of epoch 0" in caught.value.__notes__


def test_functions_on_batches_of_a_generator():
    for workers in (0, 1):
        loader = Loader(lambda: counted(4), workers=workers, seed=1).map(doubled).map(noisy, rng=True)
        assert firsts(loader) == firsts(Loader(lambda: counted(4), seed=1).map(doubled).map(noisy, rng=True))


def test_an_error_in_a_function_on_a_generator_comes_in_its_place():
    loader = Loader(counted(4)).map(lambda batch: batch if batch[0][0] != 1 else 1 // 0)
    with pytest.raises(ZeroDivisionError):
        list(loader)
    assert firsts(loader) == [2, 3]


def test_two_functions_draw_different_numbers_and_neither_those_of_the_data_set():
    drawn = []

    class Drawing(Counting):
        def __getitem__(self, index):
            drawn.append(self.rng(index).integers(2**60))
            return super().__getitem__(index)

    def draw(batch, rng):
        drawn.append(rng.integers(2**60))
        return batch

    list(Loader(Drawing(2), workers=0).map(draw, rng=True).map(draw, rng=True))
    assert len(set(drawn)) == 6


def test_skipping_changes_no_random_number():
    loader = Loader(X, batch_size=4).map(noisy, rng=True)
    assert firsts(loader.skip(2)) == firsts(loader)[2:]


@pytest.mark.parametrize("data", [lambda: (X,), lambda: (Counting(5),), lambda: (lambda: counted(5),)])
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.filterwarnings("ignore:x gives its batches one after the other:UserWarning")
def test_windows_are_those_of_lists(data, workers):
    def loader():
        return Loader(*data(), workers=workers, **({"batch_size": 4} if isinstance(data()[0], np.ndarray) else {}))

    whole = firsts(loader())
    for window, expected in {
        loader().take(2): whole[:2],
        loader().skip(2): whole[2:],
        loader().skip(1).take(2): whole[1:3],
        loader().take(3).skip(1): whole[1:3],
        loader().take(9): whole,
    }.items():
        assert [firsts(window) for _ in range(2)] == [expected] * 2


def test_windows_of_shuffled_rows_are_cut_from_each_epoch():
    whole, part = Loader(X, batch_size=4, shuffle=True), Loader(X, batch_size=4, shuffle=True).skip(1).take(3)
    assert len(part) == 3
    for _ in range(2):
        assert firsts(part) == firsts(whole)[1:4]


def test_what_is_taken_of_an_endless_data_set_has_a_length():
    loader = Loader(Counting(None)).skip(3).take(2)
    assert (len(loader), firsts(loader)) == (2, [3, 4])


def test_a_generator_goes_on_behind_its_window():
    loader = Loader(counted(9), workers=1).take(2)
    assert [firsts(loader) for _ in range(3)] == [[0, 1], [2, 3], [4, 5]]


def test_the_state_of_a_window_is_a_place_in_the_whole():
    loader, part = Loader(X, batch_size=4), Loader(X, batch_size=4).skip(1).take(3)
    batches = iter(part)
    assert firsts([next(batches), next(batches)]) == [4, 8]
    loader.load_state_dict(part.state_dict())
    assert firsts(loader) == [12, 16]
    with pytest.raises(ValueError, match="state stands before batch 0, which this Loader skips"):
        part.load_state_dict(Loader(X, batch_size=4).state_dict())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda loader: loader.take(0), "n must be a whole number of at least 1, but is 0"),
        (lambda loader: loader.skip(-1), "n must be a whole number of at least 0, but is -1"),
        (lambda loader: loader.skip(5), "skip must leave a batch, but 5 of 5 batches are skipped"),
    ],
)
def test_windows_are_checked_at_the_door(call, message):
    with pytest.raises(ValueError, match=message):
        call(Loader(X, batch_size=4))


def test_a_loader_gives_numpy():
    loader = Loader(X)
    assert loader.as_numpy() is loader


@pytest.mark.peers("torch")
@executors
def test_tensors_of_torch_share_the_memory_of_batches(options):
    import torch

    with Loader({"a": X}, X.astype("int16"), batch_size=4, **options) as loader:
        batches = loader.as_torch()
        assert len(batches) == 5
        given = list(batches)
    assert all(x["a"].dtype == torch.float64 and y.dtype == torch.int16 for x, y in given)
    assert torch.cat([x["a"] for x, _ in given]).tolist() == X.tolist()


@pytest.mark.peers("tensorflow")
@pytest.mark.parametrize("data", [lambda: (X, X), lambda: (counted(3),), lambda: ({"a": [X, X]}, X)])
def test_a_data_set_of_tensorflow_has_the_batches_of_the_loader(data):
    import tensorflow as tf

    given = list(Loader(*data()).as_tf_dataset().as_numpy_iterator())
    expected = list(Loader(*data()))
    assert len(given) == len(expected)
    for batch, other in zip(given, expected, strict=True):
        assert all(map(np.array_equal, tf.nest.flatten(batch), tf.nest.flatten(other)))
