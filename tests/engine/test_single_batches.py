"""One batch at a time, for loops that users write."""

import numpy as np
import pytest

import penstock as ps


def batches(x, y, size=8):
    return [(x[start : start + size], y[start : start + size]) for start in range(0, len(x), size)]


def test_batch_by_batch_trains_to_the_bits_of_fit(line, regressor, bits):
    by_batch, fitted = regressor(), regressor()
    for batch in batches(*line):
        by_batch.train_on_batch(*batch)
    fitted.fit(*line, batch_size=8, shuffle=False, verbose=0)
    assert bits(by_batch) == bits(fitted)


def test_the_logs_are_of_this_batch_and_from_before_its_step(line, regressor):
    x, y = line
    model = regressor()
    expected = model.test_on_batch(x[:8], y[:8])
    model.train_on_batch(x[8:16], y[8:16])
    model.set_weights(regressor().get_weights())
    assert model.train_on_batch(x[:8], y[:8]) == pytest.approx(expected, rel=1e-5)


def test_without_a_reset_the_logs_go_on(line, regressor):
    model = regressor()
    for batch in batches(*line):
        logs = model.test_on_batch(*batch, reset_metrics=False)
    assert logs == pytest.approx(model.evaluate(*line, batch_size=8, verbose=0), rel=1e-5)


def test_logs_come_as_evaluate_gives_them(line, regressor):
    model = regressor()
    as_list, as_dict = model.test_on_batch(*line), model.test_on_batch(*line, return_dict=True)
    assert as_dict == dict(zip(model.metrics_names, as_list, strict=True))
    assert isinstance(regressor(metrics=()).train_on_batch(*line), float)


def test_weights_count(line, regressor):
    x, y = line
    model = regressor(metrics=())
    chosen = np.arange(100) < 50
    weighted = model.test_on_batch(x, y, sample_weight=2.0 * chosen)
    assert weighted == pytest.approx(model.test_on_batch(x[:50], y[:50]), rel=1e-5)
    labels = (y > 0).astype("float32")
    by_class = regressor(metrics=()).train_on_batch(x, labels, class_weight={0: 0.0, 1: 1.0})
    assert by_class == pytest.approx(model.test_on_batch(x, labels, sample_weight=labels[:, 0]), rel=1e-5)


def test_predict_on_batch_gives_arrays_of_its_own_and_needs_no_compile(line):
    model = ps.Sequential([ps.layers.Dense(3, kernel_initializer=ps.initializers.GlorotUniform(seed=0))])
    outputs = model.predict_on_batch(line[0])
    np.testing.assert_allclose(outputs, model.predict(line[0], verbose=0), rtol=1e-6, atol=1e-6)
    outputs[:] = 0


def test_the_first_batch_builds_the_model(line):
    model = ps.Sequential([ps.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["acc"])
    assert len(model.train_on_batch(*line)) == 2


def test_a_batch_of_another_width_leaves_the_model_as_it_was(line, regressor, bits):
    x, y = line
    model = regressor()
    model.train_on_batch(x, y)
    before = bits(model)
    for method in (model.train_on_batch, model.test_on_batch):
        with pytest.raises(ValueError, match="shape"):
            method(np.zeros((10, 5), "float32"), y[:10])
    assert bits(model) == before


def test_what_is_no_batch_is_refused(line, regressor):
    model = regressor()
    with pytest.raises(ValueError, match="x must be one batch"):
        model.train_on_batch(iter([line]))
    with pytest.raises(ValueError, match="x is missing"):
        model.train_on_batch(None)
    with pytest.raises(RuntimeError, match="compiled before train_on_batch"):
        ps.Sequential([ps.layers.Dense(1)]).train_on_batch(*line)
