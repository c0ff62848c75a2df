"""Steps in executions of exactly N, one by one without a compiler, and by older names."""

import jax
import numpy as np
import pytest

import penstock as ps


class Hooks(ps.callbacks.Callback):
    def __init__(self):
        self.begins, self.ends, self.rows = [], [], []

    def on_train_batch_begin(self, batch, logs=None):
        self.begins.append(batch)

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(batch)

    def on_test_batch_end(self, batch, logs=None):
        self.ends.append(batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.ends.append(batch)
        self.rows.append(len(logs["outputs"]))


def batches(x, y, size=10):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


@pytest.mark.parametrize("form", ["rows", "threads", "generator"])
def test_hooks_come_after_every_n_batches_and_at_the_end(line, regressor, bits, form):
    exact, plain, hooks = regressor(steps_per_execution=3), regressor(), Hooks()
    options = {"shuffle": False, "verbose": 0}
    data, loading = {
        "rows": (line, {"batch_size": 10}),
        "threads": (line, {"batch_size": 10, "workers": 1}),
        "generator": ((lambda: batches(*line),), {}),
    }[form]
    history = exact.fit(*data, epochs=2, callbacks=hooks, **loading, **options)
    assert hooks.begins == [0, 3, 6, 9] * 2
    assert hooks.ends == [2, 5, 8, 9] * 2
    assert history.history == plain.fit(*data, epochs=2, **loading, **options).history
    assert bits(exact) == bits(plain)


def test_a_smaller_last_batch_is_part_of_the_last_execution(line, regressor):
    hooks = Hooks()
    regressor(steps_per_execution=3).fit(*line, batch_size=12, verbose=0, callbacks=hooks)
    assert (hooks.begins, hooks.ends) == ([0, 3, 6], [2, 5, 8])


def test_steps_per_epoch_is_not_overrun(line, regressor):
    model, hooks = regressor(steps_per_execution=4), Hooks()
    model.fit(*line, batch_size=8, steps_per_epoch=10, verbose=0, callbacks=hooks)
    assert hooks.ends == [3, 7, 9]
    assert model.optimizer.iterations.value == 10


def test_evaluate_and_predict_take_executions_of_n_too(line, regressor):
    x, y = line
    model, tested, predicted = regressor(steps_per_execution=4), Hooks(), Hooks()
    model.evaluate(x, y, batch_size=10, verbose=0, callbacks=tested)
    model.predict(x, batch_size=10, verbose=0, callbacks=predicted)
    assert tested.ends == predicted.ends == [3, 7, 9]
    assert predicted.rows == [40, 40, 20]


def test_hooks_see_the_outputs_of_all_steps_of_an_execution(line, regressor):
    # The last batch of 4 rows is an execution of its own on the device, since it has another shape.
    x, _ = line
    model, seen = regressor(steps_per_execution=3), []
    tell = ps.callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: seen.append(logs["outputs"]))
    expected = model.predict(x, batch_size=12, verbose=0, callbacks=tell)
    assert [type(outputs) for outputs in seen] == [np.ndarray] * 3
    assert [len(outputs) for outputs in seen] == [36, 36, 28]
    np.testing.assert_array_equal(np.concatenate(seen), expected)


def test_callbacks_that_count_batches_see_the_execution_in_which_theirs_comes(line, regressor, tmp_path):
    path = str(tmp_path / "{batch}.weights.h5")
    saving = ps.callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=4)
    regressor(steps_per_execution=3).fit(*line, batch_size=10, verbose=0, callbacks=saving)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["10.weights.h5", "6.weights.h5"]


@pytest.mark.parametrize("steps", [1, None, "auto"])
def test_the_default_groups_as_it_likes(line, regressor, steps):
    hooks = Hooks()
    regressor(steps_per_execution=steps).fit(*line, batch_size=25, verbose=0, callbacks=hooks)
    assert hooks.ends == [0, 1, 2, 3]


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}], ids=str)
def test_operation_by_operation_gives_the_same_numbers(line, regressor, options):
    eager, compiled = regressor(**options), regressor()
    for model in (eager, compiled):
        model.fit(*line, batch_size=40, epochs=2, shuffle=False, verbose=0)
    for mine, expected in zip(eager.get_weights(), compiled.get_weights(), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-7)
    assert eager.evaluate(*line, verbose=0) == pytest.approx(compiled.evaluate(*line, verbose=0), rel=1e-5)
    np.testing.assert_allclose(eager.predict(line[0], verbose=0), compiled.predict(line[0], verbose=0), rtol=1e-4)


def test_eagerly_a_users_code_sees_every_step_and_its_values(line):
    seen = []

    class Spy(ps.layers.Layer):
        def call(self, inputs):
            if not isinstance(inputs, jax.core.Tracer):  # as while the model is drawn
                seen.append(float(inputs.sum()))
            return inputs

    model = ps.Sequential([ps.Input((4,)), Spy(), ps.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    model.predict(line[0], batch_size=25, verbose=0)
    assert seen == pytest.approx([line[0][i : i + 25].sum() for i in range(0, 100, 25)], rel=1e-4)


def test_eager_hooks_come_after_every_batch(line, regressor):
    hooks = Hooks()
    model = regressor(run_eagerly=True)
    model.fit(*line, batch_size=50, verbose=0, callbacks=hooks)
    assert hooks.ends == [0, 1]
    assert (model.run_eagerly, model.jit_compile) == (True, False)


def test_eagerness_wins_over_compilation_with_a_warning(regressor):
    with pytest.warns(UserWarning, match="run_eagerly=True wins"):
        model = regressor(run_eagerly=True, jit_compile=True)
    assert not model.jit_compile


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps_per_execution": 0}, "steps_per_execution"),
        ({"steps_per_execution": 2.5}, "steps_per_execution"),
        ({"steps_per_execution": "many"}, "steps_per_execution"),
        ({"jit_compile": "never"}, "jit_compile"),
        ({"pss_evaluation_shards": -1}, "pss_evaluation_shards"),
        ({"pss_evaluation_shards": "all"}, "pss_evaluation_shards"),
        ({"sample_weight_mode": "weekly"}, "sample_weight_mode"),
    ],
    ids=str,
)
def test_what_compile_does_not_know_is_refused(regressor, options, words):
    with pytest.raises(ValueError, match=words):
        regressor(**options)


@pytest.mark.parametrize("shards", [3, "auto"])
def test_evaluation_shards_are_taken_and_have_no_effect(regressor, shards):
    with pytest.warns(UserWarning, match="there is no parameter server"):
        regressor(pss_evaluation_shards=shards)


def test_older_names_do_the_same_with_a_warning(line, regressor, bits):
    old, new = regressor(), regressor()
    with pytest.warns(DeprecationWarning, match="fit_generator is deprecated"):
        history = old.fit_generator(lambda: batches(*line), epochs=2, verbose=0, validation_data=line)
    expected = new.fit(lambda: batches(*line), epochs=2, verbose=0, validation_data=line)
    assert history.history == expected.history
    assert bits(old) == bits(new)
    with pytest.warns(DeprecationWarning, match="evaluate_generator is deprecated"):
        assert old.evaluate_generator(batches(*line)) == new.evaluate(*line, batch_size=10, verbose=0)
    with pytest.warns(DeprecationWarning, match="predict_generator is deprecated"):
        predicted = old.predict_generator(batches(*line), steps=3)
    np.testing.assert_array_equal(predicted, new.predict(line[0], batch_size=10, verbose=0)[:30])


def test_the_form_may_be_changed_after_compile(line, regressor):
    model, hooks = regressor(), Hooks()
    model.fit(*line, batch_size=50, verbose=0)
    model.run_eagerly, model.steps_per_execution = True, 2
    model.fit(*line, batch_size=25, verbose=0, callbacks=hooks)
    assert hooks.ends == [1, 3]
    eager, compiled = model.predict(line[0], verbose=0), model(line[0])
    np.testing.assert_allclose(eager, compiled, rtol=1e-5)


def test_arguments_that_mean_nothing_here_are_refused_or_named():
    model = ps.Sequential([ps.layers.Dense(1)])
    with pytest.raises(ValueError, match="target_tensors is not supported: targets are given to fit"):
        model.compile("sgd", "mse", target_tensors=[1])
    with pytest.raises(TypeError, match=r"Invalid keyword argument\(s\) in `compile\(\)`: learning_rate, los"):
        model.compile("sgd", "mse", los="mse", learning_rate=0.1)
    with pytest.warns(UserWarning, match="cloning has no effect"):
        model.compile("sgd", "mse", cloning=True)
