"""What classes weigh in training."""

import numpy as np
import pytest

import penstock as ps

rng = np.random.default_rng(1)
X = rng.normal(size=(30, 4)).astype("float32")
CLASS = rng.integers(0, 3, 30)
ONE_HOT = np.eye(3, dtype="float32")[CLASS]
TABLE = {0: 2.0, 1: 0.5, 2: 0.0}
BY_HAND = np.array([2.0, 0.5, 0.0], "float32")[CLASS]


def trained(data, loss="ce", **options):
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(3, "softmax", kernel_initializer="ones")])
    model.compile("sgd", loss, weighted_metrics=["acc"])
    return model.fit(*data, batch_size=None, verbose=0, shuffle=False, **options).history


def batches():
    for start in range(0, 30, 10):
        yield X[start : start + 10], CLASS[start : start + 10]


FORMS = {
    "numbers": lambda: ((X, CLASS), {"steps_per_epoch": 3}),
    "a column": lambda: ((X, CLASS[:, None]), {"steps_per_epoch": 3}),
    "floats": lambda: ((X, CLASS.astype("float32")), {"steps_per_epoch": 3}),
    "one-hot": lambda: ((X, ONE_HOT), {"steps_per_epoch": 3}),
    "a generator": lambda: ((batches,), {}),
    "a loader": lambda: ((ps.Loader(X, CLASS, batch_size=10, workers=1),), {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_targets_is_weighed(form):
    data, options = FORMS[form]()
    expected = trained((X, CLASS), sample_weight=BY_HAND, steps_per_epoch=3)
    found = trained(data, class_weight=TABLE, **options)
    assert {name: pytest.approx(values, rel=1e-5) for name, values in expected.items()} == found


def test_sample_weights_are_multiplied():
    weight = rng.random(30).astype("float32")
    both = trained((X, CLASS), class_weight=TABLE, sample_weight=weight)
    assert both == trained((X, CLASS), sample_weight=weight * BY_HAND)
    assert both == trained((X, CLASS), class_weight=TABLE, sample_weight=weight[:, None])


def test_steps_of_time_have_classes_of_their_own():
    x, y = np.ones((6, 5, 4), "float32"), rng.integers(0, 2, (6, 5, 1))

    def history(**options):
        model = ps.Sequential([ps.Input((5, 4)), ps.layers.Dense(1, "sigmoid", kernel_initializer="ones")])
        model.compile("sgd", "mse")
        return model.fit(x, y, verbose=0, shuffle=False, **options).history

    assert history(class_weight={0: 3.0, 1: 1.0}) == history(sample_weight=np.where(y == 0, 3.0, 1.0)[..., 0])


def test_validation_is_not_weighed():
    found = trained((X, CLASS), class_weight=TABLE, validation_data=(X, CLASS))
    plain = trained((X, CLASS), sample_weight=BY_HAND, validation_data=(X, CLASS))
    assert found["val_loss"] == plain["val_loss"]


def test_a_class_that_is_not_mentioned_weighs_1_and_is_told_once():
    with pytest.warns(UserWarning, match="says nothing of class 1, 2") as told:
        found = trained((X, CLASS), class_weight={0: 2.0}, epochs=2)
    assert len(told) == 1
    weight = np.where(CLASS == 0, 2.0, 1.0).astype("float32")
    assert found == trained((X, CLASS), sample_weight=weight, epochs=2)


@pytest.mark.parametrize("form", ["numbers", "one-hot", "a generator", "a loader"])
def test_a_class_that_never_occurs_is_told_at_the_end(form):
    data, options = FORMS[form]()
    with pytest.warns(UserWarning, match="weighs class 7, which never occurred in y") as told:
        found = trained(data, class_weight=TABLE | {7: 9.0}, epochs=2, **options)
    assert len(told) == 1
    assert len(found["loss"]) == 2


def test_a_batch_alone_need_not_have_every_class():
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(3, "softmax")])
    model.compile("sgd", "ce")
    model.train_on_batch(X[:1], CLASS[:1], class_weight=TABLE)


@pytest.mark.parametrize("given", [[1.0, 2.0], {"a": 1.0}, {0: "much"}, {0: 1.0, "out": {0: 1.0}}], ids=str)
def test_what_is_no_table_is_refused(given):
    with pytest.raises(ValueError, match="class_weight must be"):
        trained((X, CLASS), class_weight=given)


def test_targets_are_needed():
    with pytest.raises(ValueError, match="class_weight needs targets"):
        trained((X,), class_weight=TABLE)


def test_a_name_that_no_output_has_is_an_error():
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(3, "softmax", name="kinds")])
    model.compile("sgd", "ce")
    model.fit(X, CLASS, class_weight={"kinds": TABLE}, verbose=0)
    with pytest.raises(ValueError, match="names the output 'kind', but the model has kinds"):
        model.fit(X, CLASS, class_weight={"kind": TABLE}, verbose=0)
