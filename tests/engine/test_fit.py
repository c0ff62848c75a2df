"""Training: data in every form, logs, steps, stops and errors."""

import threading

import numpy as np
import pytest

import penstock as ps


class Batches(ps.PyDataset):
    def __init__(self, x, y, size=8, **options):
        super().__init__(**options)
        self.x, self.y, self.size = x, y, size
        self.events = []

    def __len__(self):
        return -(-len(self.x) // self.size)

    def __getitem__(self, i):
        rows = slice(i * self.size, (i + 1) * self.size)
        return self.x[rows], self.y[rows]

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


def batches(x, y, size=8):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


class EveryBatch(ps.callbacks.Callback):
    def __init__(self):
        self.losses = []
        self.steps = []

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(batch)
        self.losses.append(logs["loss"])


def in_every_form(x, y):
    return {
        "arrays": lambda: ((x, y), {"batch_size": 8}),
        "doubles": lambda: ((x.astype("float64"), y.astype("float64")), {"batch_size": 8}),
        "threads": lambda: ((x, y), {"batch_size": 8, "workers": 2}),
        "dataset": lambda: ((Batches(x, y, workers=0),), {}),
        "dataset with threads": lambda: ((Batches(x, y, workers=3),), {}),
        "generator": lambda: ((lambda: batches(x, y),), {}),
        "loader": lambda: ((ps.Loader(x, y, batch_size=8, workers=2),), {}),
    }


@pytest.mark.parametrize("form", in_every_form(None, None))
def test_every_form_of_data_trains_to_the_same_bits(form, line, regressor, bits):
    expected = regressor()
    expected.fit(*line, batch_size=8, epochs=3, shuffle=False, verbose=0)
    model = regressor()
    data, options = in_every_form(*line)[form]()
    history = model.fit(*data, epochs=3, shuffle=False, verbose=0, **options)
    assert bits(model) == bits(expected)
    assert history.history == expected.history.history


def test_hooks_around_batches_change_no_bit(line, regressor, bits):
    grouped, watched, watcher = regressor(), regressor(), EveryBatch()
    expected = grouped.fit(*line, batch_size=8, epochs=3, shuffle=False, verbose=0)
    history = watched.fit(*line, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[watcher])
    assert bits(watched) == bits(grouped)
    assert history.history == expected.history
    assert watcher.steps == list(range(13)) * 3
    assert watcher.losses[12::13] == history.history["loss"]


def test_dropout_draws_the_same_however_steps_are_grouped(line):
    losses = []
    for callbacks in ([], [EveryBatch()]):
        ps.utils.set_random_seed(1)
        model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(8), ps.layers.Dropout(0.5), ps.layers.Dense(1)])
        model.compile("sgd", "mse")
        losses.append(model.fit(*line, epochs=3, verbose=0, callbacks=callbacks).history["loss"])
    assert losses[0] == losses[1]


def test_a_shuffle_is_the_same_after_the_same_seed_and_differs_by_epoch(line, regressor):
    losses = []
    for _ in range(2):
        ps.utils.set_random_seed(5)
        losses.append(regressor("sgd").fit(*line, batch_size=8, epochs=2, verbose=0).history["loss"])
    assert losses[0] == losses[1]
    assert losses[0][0] != losses[0][1]


def test_the_hooks_of_a_data_set_are_called_once_per_epoch(line, regressor):
    data = Batches(*line, workers=2)
    regressor().fit(data, epochs=3, verbose=0, validation_data=Batches(*line))
    assert data.events == ["begin", "end"] * 3


def test_the_hooks_are_called_for_a_model_that_the_first_batch_builds(line):
    model = ps.Sequential([ps.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["accuracy"])
    data = Batches(*line, workers=1)
    model.fit(data, epochs=2, verbose=0)
    assert data.events == ["begin", "end"] * 2
    assert model.optimizer.iterations.value == 26


def test_steps_per_epoch_goes_on_where_the_last_epoch_stopped(line, regressor, bits):
    in_pieces, at_once = regressor(), regressor()
    in_pieces.fit(*line, batch_size=10, epochs=5, steps_per_epoch=4, shuffle=False, verbose=0)
    at_once.fit(*line, batch_size=10, epochs=2, shuffle=False, verbose=0)
    assert bits(in_pieces) == bits(at_once)


def test_a_generator_that_ends_early_ends_training_with_one_warning(line, regressor):
    model = regressor()
    with pytest.warns(UserWarning, match="the data ended after 3 of 10 steps") as caught:
        history = model.fit(batches(*line), epochs=5, steps_per_epoch=10, verbose=0)
    assert len(caught) == 1
    assert history.epoch == [0, 1]
    assert model.optimizer.iterations.value == 13


def test_a_generator_object_is_refused_for_several_epochs(line, regressor):
    model = regressor()
    with pytest.raises(ValueError, match="a function that returns the generator"):
        model.fit(batches(*line), epochs=2, verbose=0)
    assert model.optimizer.iterations.value == 0 if model.optimizer.built else True


def test_a_spent_generator_is_refused_with_its_cure(line, regressor):
    generator = iter([line])
    regressor().fit(generator, verbose=0)
    for options in ({}, {"steps_per_epoch": 1}):
        with pytest.raises(ValueError, match="where it was read before, pass a function that returns it"):
            regressor().fit(generator, verbose=0, **options)


def test_an_endless_data_set_needs_steps(line, regressor):
    class Endless(Batches):
        num_batches = None

        def __getitem__(self, i):
            return super().__getitem__(i % 13)

    model = regressor()
    with pytest.raises(ValueError, match="steps_per_epoch"):
        model.fit(Endless(*line), verbose=0)
    assert len(model.fit(Endless(*line), steps_per_epoch=20, epochs=2, verbose=0).epoch) == 2


def test_validation_is_of_the_first_batches_every_time(line, regressor):
    model = regressor("sgd")
    model.optimizer.learning_rate = 0.0
    validation = ps.Loader(*line, batch_size=8)
    history = model.fit(*line, epochs=3, verbose=0, validation_data=validation, validation_steps=3).history
    assert len(set(history["val_loss"])) == 1
    assert history["val_loss"][0] == pytest.approx(model.evaluate(line[0][:24], line[1][:24], verbose=0)[0])


def test_validation_freq_says_after_which_epochs(line, regressor):
    history = regressor().fit(*line, epochs=5, verbose=0, validation_data=line, validation_freq={1, 4})
    assert len(history.history["val_loss"]) == 2
    assert len(history.history["loss"]) == 5


def test_initial_epoch_counts(line, regressor):
    history = regressor().fit(*line, initial_epoch=2, epochs=4, verbose=0)
    assert history.epoch == [2, 3]
    assert regressor().fit(*line, initial_epoch=4, epochs=4, verbose=0).history == {}


def test_evaluate_gives_what_metrics_names_names(line, regressor):
    model = regressor(metrics=["mae", "mse"])
    as_list = model.evaluate(*line, verbose=0)
    assert model.metrics_names == ["loss", "mae", "mse"]
    assert model.evaluate(*line, verbose=0, return_dict=True) == dict(zip(model.metrics_names, as_list, strict=True))
    assert as_list[0] == pytest.approx(as_list[2], rel=1e-6)
    assert isinstance(regressor(metrics=()).evaluate(*line, verbose=0), float)


@pytest.mark.parametrize("size", [7, 32, 1000])
def test_evaluate_does_not_depend_on_the_batch_size(line, regressor, size):
    model = regressor()
    assert model.evaluate(*line, batch_size=size, verbose=0) == pytest.approx(
        model.evaluate(*line, batch_size=100, verbose=0), rel=1e-5
    )


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_predict_gives_every_row_in_order(line, regressor, workers):
    model = regressor()
    expected = np.asarray(model(line[0]))
    np.testing.assert_allclose(model.predict(line[0], batch_size=7, verbose=0, workers=workers), expected, rtol=1e-5)
    data = Batches(*line, size=9, workers=workers)
    np.testing.assert_allclose(model.predict(data, verbose=0), expected, rtol=1e-5, atol=1e-6)


def test_predict_needs_no_compile(line):
    assert ps.Sequential([ps.layers.Dense(3)]).predict(line[0], verbose=0).shape == (100, 3)


def test_sample_weights_weigh_the_loss_and_weighted_metrics_only(line, regressor):
    x, y = line
    weight = np.arange(100, dtype="float32")
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mse"], weighted_metrics=["mse"])
    loss, plain, weighted = model.evaluate(x, y, sample_weight=weight, batch_size=100, verbose=0)
    errors = np.square(np.asarray(model(x)) - y)[:, 0]
    assert loss == pytest.approx((errors * weight).mean(), rel=1e-5)
    assert plain == pytest.approx(errors.mean(), rel=1e-5)
    assert weighted == pytest.approx((errors * weight).sum() / weight.sum(), rel=1e-5)
    assert model.metrics_names == ["loss", "mse", "weighted_mse"]


def test_a_callback_that_stops_training_ends_the_epoch_with_its_hooks(line, regressor):
    class Stop(ps.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 2

    data = Batches(*line, workers=2)
    model = regressor()
    history = model.fit(data, epochs=5, verbose=0, callbacks=[Stop()], validation_data=line)
    assert model.optimizer.iterations.value == 3
    assert history.epoch == [0]
    assert "val_loss" in history.history
    assert data.events == ["begin", "end"]


def test_weights_that_a_callback_sets_take_effect_at_the_next_step(line, regressor):
    class Reset(ps.callbacks.Callback):
        def __init__(self):
            self.start = None

        def on_epoch_begin(self, epoch, logs=None):
            self.start = self.start or self.model.get_weights()
            self.model.set_weights(self.start)

    losses = regressor("sgd").fit(*line, epochs=3, shuffle=False, verbose=0, callbacks=[Reset()]).history["loss"]
    assert losses[0] == losses[1] == losses[2]


@pytest.mark.parametrize(
    ("hook", "levels"),
    [
        # Batch 0 was made before, so that its shapes were known.
        ("on_train_begin", [0, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("on_epoch_begin", [0, 1, 1, 2, 2, 2, 3, 3, 3]),
        ("on_test_begin", [0, 0, 0, 1, 1, 1, 2, 2, 2]),
        ("on_test_end", [0, 0, 0, 1, 1, 1, 2, 2, 2]),
        ("on_epoch_end", [0, 0, 0, 1, 1, 1, 2, 2, 2]),
    ],
)
def test_what_a_callback_does_to_the_data_between_epochs_is_what_workers_see(line, regressor, hook, levels):
    class Levels(ps.PyDataset):
        level, made = 0, []

        def __len__(self):
            return 3

        def __getitem__(self, i):
            self.made.append(self.level)
            return line

    def rise(*args):
        data.level += 1

    data = Levels(workers=1, max_queue_size=9)
    callback = ps.callbacks.LambdaCallback(**{hook: rise})
    regressor().fit(data, epochs=3, validation_data=line, callbacks=[callback], verbose=0)
    assert data.made == levels


def test_a_learning_rate_that_a_callback_sets_takes_effect(line, regressor):
    class Freeze(ps.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.0

    model = regressor("sgd")
    before = model.get_weights()
    model.fit(*line, verbose=0, callbacks=[Freeze()])
    for mine, start in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, start)


def test_the_steps_before_a_failing_batch_are_kept(line, regressor, bits):
    class Fails(Batches):
        def __getitem__(self, i):
            if i == 5:
                raise OSError("the disk is gone")
            return super().__getitem__(i)

    expected = regressor()
    expected.fit(*line, batch_size=8, steps_per_epoch=5, shuffle=False, verbose=0)
    for workers in (0, 2):
        model = regressor()
        with pytest.raises(OSError, match="the disk is gone"):
            model.fit(Fails(*line, workers=workers), shuffle=False, verbose=0)
        assert bits(model) == bits(expected)


def test_callbacks_hear_of_an_exception_once_the_weights_are_in_place(line, regressor):
    class Fails(ps.callbacks.Callback):
        def __init__(self):
            self.events = []

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise ZeroDivisionError

        def on_train_end(self, logs=None):
            self.events.append("train end")

        def on_exception(self, exc):
            self.events.append((type(exc), int(self.model.optimizer.iterations)))

    model, callback = regressor(), Fails()
    with pytest.raises(ZeroDivisionError):
        model.fit(*line, batch_size=50, epochs=5, verbose=0, callbacks=[callback])
    assert callback.events == [(ZeroDivisionError, 4)]
    assert np.isfinite(model.predict(line[0], verbose=0)).all()


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_a_batch_of_another_width_leaves_the_model_as_it_was(line, regressor, bits, method):
    model = regressor()
    model.fit(*line, verbose=0)
    before = bits(model)
    wide = np.zeros((10, 5), "float32")
    with pytest.raises(ValueError, match="shape"):
        getattr(model, method)(*((wide,) if method == "predict" else (wide, wide[:, :1])), verbose=0)
    assert bits(model) == before


def test_a_value_that_a_user_holds_survives_training(line, regressor):
    model = regressor()
    kernel = model.layers[0].kernel.value
    copy = np.array(kernel)
    model.fit(*line, epochs=2, verbose=0)
    np.testing.assert_array_equal(kernel, copy)


def test_training_leaves_no_thread(line, regressor):
    before = set(threading.enumerate())
    regressor().fit(Batches(*line, workers=4), verbose=0)
    assert set(threading.enumerate()) <= before


def test_only_two_shapes_are_traced_where_the_last_batch_is_partial(line, regressor):
    model = regressor()
    model.fit(*line, batch_size=32, epochs=3, verbose=0)
    assert [len(programs.made) for programs in model._compiled._programs.values()] == [2]


def test_fit_without_compile_is_refused(line):
    with pytest.raises(RuntimeError, match="compile"):
        ps.Sequential([ps.layers.Dense(1)]).fit(*line)


@pytest.mark.parametrize(
    ("options", "error", "names"),
    [
        ({"validation_split": 1.2}, ValueError, "validation_split"),
        ({"validation_split": 0.999}, ValueError, "validation_split"),
        ({"validation_split": "a fifth"}, ValueError, "validation_split"),
        ({"verbose": "loud"}, ValueError, "verbose must be"),
        ({"verbose": None}, ValueError, "verbose must be"),
        ({"validation_steps": 0}, ValueError, "validation_steps must be"),
        ({"validation_batch_size": 0}, ValueError, "validation_batch_size"),
        ({"validation_freq": [1, 0]}, ValueError, "validation_freq"),
        ({"validation_freq": ["1"]}, ValueError, "validation_freq"),
        ({"validation_freq": True}, ValueError, "validation_freq"),
        ({"class_weight": [1.0, 2.0]}, ValueError, "class_weight"),
        ({"epochs": 2.5}, ValueError, "epochs"),
        ({"epochs": -1}, ValueError, "epochs"),
        ({"steps_per_epoch": 0}, ValueError, "steps_per_epoch must be"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"validation_freq": 0, "validation_data": ([[1.0]], [1.0])}, ValueError, "validation_freq"),
        ({"callbacks": [print]}, TypeError, "callbacks"),
        ({"shuffle": "rows"}, ValueError, "shuffle"),
        ({"sample_weight": np.ones(3)}, ValueError, "sample"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_bad_arguments_are_refused_before_the_first_step(line, regressor, bits, options, error, names):
    model = regressor()
    model.fit(*line, verbose=0)
    before = bits(model)
    with pytest.raises(error, match=names):
        model.fit(*line, **{"verbose": 0, **options})
    assert bits(model) == before


def test_whole_numbers_may_be_numpys(line, regressor, bits):
    options = {"epochs": 4, "initial_epoch": 1, "steps_per_epoch": 3, "validation_steps": 2, "validation_freq": 2}
    given = {name: np.int64(value) for name, value in options.items()}
    both = {"batch_size": 10, "validation_data": line, "shuffle": False, "verbose": 0}
    one, other = regressor(steps_per_execution=np.int32(2)), regressor(steps_per_execution=2)
    assert one.fit(*line, **both, **given).history == other.fit(*line, **both, **options).history
    assert one.evaluate(*line, steps=np.int16(2), verbose=0) == other.evaluate(*line, steps=2, verbose=0)
    assert bits(one) == bits(other)


def test_an_array_in_the_wrong_place_is_shown_in_short(line, regressor):
    with pytest.raises(ValueError, match="batch_size must be a whole number") as raised:
        regressor().predict(*line)
    assert len(str(raised.value)) < 120


def test_missing_targets_are_named(line, regressor):
    with pytest.raises(ValueError, match="y is missing"):
        regressor().fit(line[0], verbose=0)
    with pytest.raises(ValueError, match="x is missing"):
        regressor().fit(verbose=0)


def test_functions_that_forget_to_return_are_named(line, regressor):
    def forgetful(y_true, y_pred):
        abs(y_true - y_pred)

    class Forgetful(ps.Model):
        def call(self, inputs):
            inputs * 2

    with pytest.raises(ValueError, match="the loss 'forgetful' gives None"):
        regressor(loss=forgetful).fit(*line, verbose=0)
    with pytest.raises(ValueError, match="the metric 'forgetful' gives None"):
        regressor(metrics=[forgetful]).fit(*line, verbose=0)
    with pytest.raises(ValueError, match="`call` of .* gives nothing"):
        Forgetful().predict(line[0], verbose=0)


def test_a_model_without_a_loss_is_refused(line):
    model = ps.Sequential([ps.layers.Dense(1)])
    model.compile("sgd")
    for verb in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match="nothing to minimise"):
            verb(*line, verbose=0)


@pytest.mark.parametrize("metrics", [{"metrics": ["mae"]}, {"weighted_metrics": ["mae"]}])
def test_metrics_are_evaluated_without_a_loss_but_nothing_is_trained(line, metrics):
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(1)])
    model.compile("sgd", **metrics)
    mae = float(np.abs(model.predict(line[0], verbose=0) - line[1]).mean())
    assert model.evaluate(*line, verbose=0) == pytest.approx([0.0, mae], rel=1e-5)
    assert model.test_on_batch(*line) == pytest.approx([0.0, mae], rel=1e-5)
    with pytest.raises(ValueError, match="nothing to minimise"):
        model.fit(*line, verbose=0)


def test_metrics_may_be_the_third_positional_argument(line):
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(1)])
    model.compile("sgd", "mse", ["mae"])
    assert len(model.evaluate(*line, verbose=0)) == 2


def distance(y_true, y_pred):
    return abs(y_true - y_pred)


THIRD = {
    "a class": ps.metrics.MeanAbsoluteError,
    "a function": distance,
    "functions": [distance],
    "nested": [["mae"]],
    "by name": {"out": ["mae"]},
    "configs": [{"class_name": "MeanAbsoluteError", "config": {}}],
}


@pytest.mark.parametrize(
    ("third", "weights"), [*((third, ()) for third in THIRD), ("nested", [3]), ("by name", {"out": 3.0})], ids=str
)
def test_whatever_can_only_be_metrics_is_metrics_and_numbers_after_them_are_weights(line, third, weights):
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(1, name="out", kernel_initializer="ones")])
    model.compile("sgd", "mse", THIRD[third], *([weights] if weights else []))
    loss, metric = model.evaluate(*line, verbose=0)
    x, y = line
    errors = x.sum(axis=1, keepdims=True) - y
    expected = np.square(errors).mean() * (3 if weights else 1), np.abs(errors).mean()
    assert (loss, metric) == pytest.approx(expected, rel=1e-5)


def test_losses_and_metrics_may_be_functions(line):
    def distance(y_true, y_pred):
        return abs(y_true - y_pred)

    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(1)])
    model.compile("sgd", distance, metrics=[distance])
    loss, metric = model.evaluate(*line, verbose=0)
    assert loss == pytest.approx(metric, rel=1e-5)
    assert model.metrics_names == ["loss", "distance"]
