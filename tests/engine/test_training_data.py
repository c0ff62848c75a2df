"""What fit, evaluate and predict take as data, and what they refuse before the first step."""

from collections import namedtuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import penstock as ps
from penstock.pipeline import Batch, Source


class Batches(ps.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return 10

    def __getitem__(self, i):
        return self.x[i * 10 : i * 10 + 10], self.y[i * 10 : i * 10 + 10]


def batches(x, y, size=10):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def test_the_split_is_the_end_of_the_data_whatever_the_shuffle(line, regressor):
    x, y = line
    for shuffle in (True, False):
        model, expected = regressor("sgd"), regressor("sgd")
        for each in (model, expected):
            each.optimizer.learning_rate = 0.0
        split = model.fit(x, y, validation_split=0.25, shuffle=shuffle, verbose=0).history
        given = expected.fit(x[:75], y[:75], validation_data=(x[75:], y[75:]), shuffle=shuffle, verbose=0).history
        assert split == {name: pytest.approx(values, rel=1e-5) for name, values in given.items()}


def test_the_split_takes_weights_and_trees_along(line, regressor):
    x, y = line
    weight = np.arange(100, dtype="float32")
    split = regressor().fit(x, y, validation_split=0.3, sample_weight=weight, shuffle=False, verbose=0).history
    given = regressor().fit(
        x[:70],
        y[:70],
        sample_weight=weight[:70],
        validation_data=(x[70:], y[70:], weight[70:]),
        shuffle=False,
        verbose=0,
    )
    assert split == given.history


def test_a_file_may_be_split(line, regressor, tmp_path):
    x, y = line
    columns = {f"x{i}": x[:, i] for i in range(4)} | {"y": y[:, 0]}
    pq.write_table(pa.table(columns), tmp_path / "line.parquet")
    options = {"validation_split": 0.2, "shuffle": False, "verbose": 0}
    found = regressor().fit(str(tmp_path / "line.parquet"), y="y", workers=0, **options).history
    assert found == regressor().fit(x, y, **options).history


class Rows(Source):
    """Rows that come from anywhere."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def fetch(self, rows):
        return Batch(self.x[rows].copy(), self.y[rows].copy(), rows=len(self.x[rows]))


@pytest.mark.parametrize("options", [{"shuffle": False}, {"shuffle": False, "workers": 2}], ids=str)
def test_any_source_of_rows_may_be_split(line, regressor, options):
    options |= {"validation_split": 0.3, "batch_size": 9, "epochs": 2, "verbose": 0}
    found = regressor().fit(Rows(*line), **options).history
    assert found == regressor().fit(*line, **options).history


def test_validation_data_win_over_a_split(line, regressor):
    found = regressor().fit(*line, validation_data=line, validation_split=0.5, shuffle=False, verbose=0).history
    assert found == regressor().fit(*line, validation_data=line, shuffle=False, verbose=0).history


@pytest.mark.parametrize("form", ["dataset", "generator", "loader"])
def test_what_has_no_rows_of_its_own_cannot_be_split(line, regressor, form):
    data = {"dataset": Batches(*line), "generator": lambda: batches(*line), "loader": ps.Loader(*line)}[form]
    with pytest.raises(ValueError, match="validation_split needs rows"):
        regressor().fit(data, validation_split=0.2, verbose=0)


@pytest.mark.parametrize("share", [-0.1, 1, 1.5])
def test_a_split_is_a_share(line, regressor, share):
    with pytest.raises(ValueError, match="validation_split must be"):
        regressor().fit(*line, validation_split=share, verbose=0)


def validation_forms(x, y):
    return {
        "a tuple": (x, y),
        "a list": [x, y],
        "a data set": Batches(x, y),
        "a function": lambda: batches(x, y),
        "a loader": ps.Loader(x, y, batch_size=10),
    }


VALIDATION = ["a tuple", "a list", "a data set", "a function", "a loader", "a generator"]


@pytest.mark.parametrize("form", VALIDATION)
def test_validation_data_come_in_every_form(line, regressor, form):
    data = batches(*line) if form == "a generator" else validation_forms(*line)[form]
    epochs = 1 if form == "a generator" else 2
    options = {"epochs": epochs, "shuffle": False, "verbose": 0, "validation_batch_size": None}
    found = regressor().fit(*line, validation_data=data, batch_size=10, **options).history
    expected = regressor().fit(*line, validation_data=line, batch_size=10, **options).history
    assert found == expected


def test_a_generator_that_was_read_before_names_the_cure(line, regressor):
    model, spent = regressor(), batches(*line)
    model.fit(spent, verbose=0)
    with pytest.raises(ValueError, match="pass a function that returns it"):
        model.fit(spent, verbose=0)
    with pytest.raises(ValueError, match="pass a function that returns it"):
        model.evaluate(spent, verbose=0)


def test_a_generator_cannot_validate_twice(line, regressor):
    with pytest.raises(ValueError, match="function that returns the generator, or validation_steps"):
        regressor().fit(*line, epochs=2, validation_data=batches(*line), verbose=0)


@pytest.mark.parametrize("workers", [0, 1])
def test_with_steps_validation_goes_on_where_the_generator_was_left(line, regressor, workers):
    x, y = line
    model, expected = regressor(), regressor()
    for each in (model, expected):
        each.optimizer.learning_rate = 0.0
    options = {"epochs": 3, "validation_steps": 3, "verbose": 0, "workers": workers}
    found = model.fit(x, y, validation_data=batches(x, y), **options).history["val_loss"]
    parts = [expected.evaluate(x[start : start + 30], y[start : start + 30], verbose=0)[0] for start in (0, 30, 60)]
    assert found == pytest.approx(parts, rel=1e-5)


def test_a_generator_that_ends_leaves_later_validations_without_results(line, regressor):
    with pytest.warns(UserWarning, match="the data ended after 0 of 5 steps"):
        history = regressor().fit(*line, epochs=3, validation_data=batches(*line), validation_steps=5, verbose=0)
    assert [len(history.history[name]) for name in ("loss", "val_loss")] == [3, 2]


def test_rows_alone_are_validated_in_batches_of_training(line):
    class Compressing(ps.Model):
        def __init__(self):
            super().__init__()
            self.dense = ps.layers.Dense(4)

        def call(self, inputs):
            self.add_loss(((self.dense(inputs) - inputs) ** 2).mean())
            return inputs

    steps = []
    counting = ps.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: steps.append(batch))
    model = Compressing()
    model.compile("sgd")
    for data in (line[0], (line[0],), (line[0], None)):
        model.fit(line[0], batch_size=50, validation_data=data, verbose=0, callbacks=[counting])
    assert steps == [0, 1] * 3


class Endless(ps.PyDataset):
    num_batches = None

    def __getitem__(self, i):
        return np.zeros((2, 4)), np.zeros((2, 1))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (namedtuple("Pair", "y x")(np.zeros((10, 1)), np.zeros((10, 4))), "validation_data must not be a namedtuple"),
        ((np.zeros((10, 4)), np.zeros((9, 1))), "this is about validation_data"),
        (3, "this is about validation_data"),
        (Endless(), "give validation_steps"),
    ],
    ids=["a namedtuple", "other numbers of rows", "a number", "an endless data set"],
)
def test_what_is_wrong_with_validation_data_is_said_before_the_first_step(line, regressor, data, words):
    model = regressor()
    with pytest.raises((TypeError, ValueError), match=words):
        model.fit(*line, validation_data=data, verbose=0)
    assert model.optimizer.iterations.value == 0


@pytest.mark.parametrize("frequency", [(2,), {2}, range(2, 3), frozenset({2}), 2], ids=str)
def test_validation_freq_is_a_number_or_any_container(line, regressor, frequency):
    found = regressor().fit(*line, epochs=3, validation_data=line, validation_freq=frequency, verbose=0).history
    assert len(found["val_loss"]) == 1


def test_any_real_dtype_is_cast_where_batches_are_staged(line, regressor):
    x, y = np.rint(line[0] * 4), line[1]
    expected = regressor().fit(x, y, shuffle=False, verbose=0).history
    for dtype in ("float16", "float64"):
        assert regressor().fit(x.astype(dtype), y, shuffle=False, verbose=0).history == expected
    found = regressor().fit(x.astype("int8"), y, shuffle=False, verbose=0).history
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-5)


@pytest.mark.parametrize("part", ["x", "y", "sample_weight"])
@pytest.mark.parametrize("dtype", [str, object])
def test_batches_of_no_numbers_are_refused_by_name(line, regressor, part, dtype):
    def wrong():
        batch = {"x": line[0], "y": line[1], "sample_weight": np.ones(100)}
        batch[part] = batch[part].astype(dtype)
        yield tuple(batch.values())

    with pytest.raises(ValueError, match=f"{part} must hold numbers, but its dtype is"):
        regressor().fit(wrong(), verbose=0)


def test_a_later_batch_of_no_numbers_keeps_the_steps_before_it(line, regressor):
    def wrong():
        yield line
        yield line[0].astype(object), line[1]

    model = regressor()
    with pytest.raises(ValueError, match="x must hold numbers"):
        model.fit(wrong(), verbose=0)
    assert model.optimizer.iterations.value == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((np.zeros((0, 4)), np.zeros((0, 1))), "x must not be empty"),
        ((iter([]),), "at least one batch"),
        ((np.zeros((10, 4)), np.zeros((9, 1))), "cardinality"),
        ((np.array(["a"] * 10), np.zeros((10, 1))), "x must hold numbers"),
        (([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0]), "np.asarray"),
        ((np.zeros((10, 4)),), "y is missing"),
        ((np.zeros((10, 4)), np.zeros((10, 2))), "must have the same shape"),
        ((np.zeros((10, 4)), np.zeros((10, 1, 3))), "must have the same shape"),
        ((), "x is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_data_are_refused_before_the_first_step(line, regressor, bits, data, words):
    model = regressor()
    model.fit(*line, verbose=0)
    before = bits(model)
    with pytest.raises(ValueError, match=words):
        model.fit(*data, verbose=0)
    assert bits(model) == before


def test_outputs_of_several_shapes_cannot_be_joined(line):
    class PerStep(ps.Model):
        def call(self, inputs):
            return inputs * 2

    def ragged():
        yield np.ones((2, 3, 4), "float32")
        yield np.ones((2, 5, 4), "float32")

    with pytest.raises(ValueError, match="outputs of predict"):
        PerStep().predict(ragged, verbose=0)


def test_batch_size_is_not_the_callers_to_choose_for_whole_batches(line, regressor):
    for data in (Batches(*line), lambda: batches(*line), ps.Loader(*line)):
        with pytest.raises(ValueError, match="batch_size must not be given"):
            regressor().fit(data, batch_size=10, verbose=0)


def test_targets_beside_batches_are_refused(line, regressor):
    for name in ("y", "sample_weight"):
        with pytest.raises(ValueError, match=f"{name} must not be given"):
            regressor().fit(Batches(*line), **{name: line[1]}, verbose=0)


def test_steps_split_arrays_where_no_batch_size_is_given(line, regressor):
    model = regressor()
    model.fit(*line, steps_per_epoch=5, verbose=0)
    assert model.optimizer.iterations.value == 5
    model.fit(*line, steps_per_epoch=-1, batch_size=50, verbose=0)
    assert model.optimizer.iterations.value == 7


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_rows_are_evaluated_and_predicted_once_however_many_steps_are_asked_for(line, regressor, method):
    model, data = regressor(), line if method == "evaluate" else line[:1]
    with pytest.warns(UserWarning, match="x has 10 batches, so that 30 steps are cut"):
        found = getattr(model, method)(*data, batch_size=10, steps=30, verbose=0)
    np.testing.assert_array_equal(found, getattr(model, method)(*data, batch_size=10, verbose=0))


def test_what_trains_is_settled_by_compile(line, regressor):
    model, expected = regressor(), regressor()
    model.fit(*line, shuffle=False, verbose=0)
    expected.fit(*line, shuffle=False, verbose=0)
    model.layers[0].trainable = False
    with pytest.warns(UserWarning, match="changed after compile"):
        model.fit(*line, shuffle=False, verbose=0)
    expected.fit(*line, shuffle=False, verbose=0)
    for mine, theirs in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.fit(*line, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_a_model_without_trainable_weights_can_be_fitted(line, regressor):
    model = regressor()
    model.trainable = False
    model.compile("adam", "mse")
    before = model.get_weights()
    assert len(model.fit(*line, verbose=0).history["loss"]) == 1
    for mine, start in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, start)


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_a_generator_that_ends_early_gives_what_there_was_with_a_warning(line, regressor, method):
    with pytest.warns(UserWarning, match="the data ended after 10 of 30 steps"):
        getattr(regressor(), method)(batches(*line), steps=30, verbose=0)


def test_data_that_end_with_an_epoch_give_no_epoch_without_figures(line, regressor):
    x, y = line
    told = []
    tell = ps.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: told.append((epoch, sorted(logs))),
        on_train_end=lambda logs: told.append(("end", sorted(logs))),
    )
    with pytest.warns(UserWarning, match="the data ended after 0 of 3 steps of the epoch, so training ends here"):
        batches = ((x[i : i + 8], y[i : i + 8]) for i in range(0, 48, 8))
        history = regressor().fit(batches, steps_per_epoch=3, epochs=5, verbose=0, callbacks=tell)
    assert told == [(0, ["loss", "mae"]), (1, ["loss", "mae"]), ("end", ["loss", "mae"])]
    assert history.epoch == [0, 1] and len(history.history["loss"]) == 2
