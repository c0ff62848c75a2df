"""Losses, metrics, weights and targets of models with several outputs, where more is possible than in Keras."""

import jax.numpy as jnp
import numpy as np
import pytest

import penstock as ps

rng = np.random.default_rng(8)
X = rng.normal(size=(30, 4)).astype("float32")
REAL = X.sum(axis=1, keepdims=True)
CLASS = rng.integers(0, 3, 30)
WEIGHT = rng.random(30).astype("float32")


class Outputs(ps.Model):
    """A real number and three classes, in whatever structure."""

    def __init__(self, structure):
        super().__init__()
        self.real = ps.layers.Dense(1, kernel_initializer="ones")
        self.classes = ps.layers.Dense(3, activation="softmax", kernel_initializer="ones")
        self.structure = structure

    def call(self, inputs):
        return self.structure(self.real(inputs), self.classes(inputs))


STRUCTURES = {
    "list": lambda a, b: [a, b],
    "tuple": lambda a, b: (a, b),
    "dict": lambda a, b: {"real": a, "classes": b},
    "nested": lambda a, b: {"all": [a, b], "one": a},
}


def compiled(structure="list", loss=("mse", "ce"), **options):
    model = Outputs(STRUCTURES[structure])
    model.compile("sgd", list(loss) if isinstance(loss, tuple) else loss, **options)
    return model


def logs(model, y=None, **options):
    y = [REAL, CLASS] if y is None else y
    return model.evaluate(X, y, batch_size=11, verbose=0, return_dict=True, **options)


def test_outputs_in_a_list_are_named_by_their_places():
    model = compiled(metrics=[["mae"], ["acc", "ce"]])
    names = ["loss", "output_1_loss", "output_2_loss", "output_1_mae", "output_2_acc", "output_2_ce"]
    assert list(logs(model)) == names == model.metrics_names


def test_one_loss_and_a_flat_list_of_metrics_are_for_every_output():
    found = logs(compiled("list", "mse", metrics=["mse", "mae", "cosine_similarity"]), [REAL, np.eye(3)[CLASS]])
    assert found["loss"] == pytest.approx(found["output_1_mse"] + found["output_2_mse"], rel=1e-5)
    assert len(found) == 3 + 6


def test_a_metric_object_for_every_output_is_made_again_for_each():
    one, listed = ps.metrics.MeanSquaredError(name="far"), ps.metrics.MeanSquaredError(name="far")
    for metric, given in ((one, one), (listed, [listed])):
        model = compiled("list", "mse", metrics=given)
        found = logs(model, [REAL, np.eye(3)[CLASS]])
        assert [found[f"output_{n}_far"] for n in (1, 2)] == pytest.approx([found[f"output_{n}_loss"] for n in (1, 2)])
        assert model.metrics[3] is metric


def test_a_metric_that_cannot_be_made_again_is_refused_for_every_output():
    class Own(ps.metrics.Mean):
        def __init__(self, unit):
            super().__init__()

    with pytest.raises(TypeError) as raised:
        logs(compiled("list", "mse", metrics=Own(3)), [REAL, np.eye(3)[CLASS]])
    assert "give one for each" in raised.value.__notes__[0]


class Extremes(ps.metrics.Metric):
    """Two values, one of them named like the loss."""

    def __init__(self, name="extremes"):
        super().__init__(name=name)
        self.seen = self.add_weight(name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.assign(y_pred.max())

    def result(self):
        return {"most": self.seen.value, "loss": -self.seen.value}


def test_no_value_of_metrics_with_several_takes_the_place_of_another():
    model = compiled(metrics=[[Extremes()], [Extremes(), "acc"]])
    found = logs(model)
    names = ["most", "loss_1", "most_1", "loss_2", "output_2_acc"]
    assert list(found)[3:] == names
    assert found["loss"] == pytest.approx(found["output_1_loss"] + found["output_2_loss"])
    assert found["most"] == -found["loss_1"] != found["most_1"] == -found["loss_2"]
    assert model.evaluate(X, [REAL, CLASS], batch_size=11, verbose=0) == list(found.values())
    assert model.metrics_names == list(found)
    assert list(model.fit(X, [REAL, CLASS], verbose=0).history) == list(found)


def test_losses_are_logged_unweighted_and_outputs_without_a_weight_weigh_1():
    found = logs(
        compiled("dict", {"real": "mse", "classes": "ce"}, loss_weights={"real": 3}), {"real": REAL, "classes": CLASS}
    )
    assert found["loss"] == pytest.approx(3 * found["real_loss"] + found["classes_loss"], rel=1e-5)


@pytest.mark.parametrize(
    "number", [np.float32(2), np.array(2), jnp.float32(2), 2, np.int8(2)], ids=lambda n: type(n).__name__
)
def test_a_loss_weighs_any_real_number(number):
    assert logs(compiled(loss_weights=[number, 1])) == logs(compiled(loss_weights=[2.0, 1.0]))


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"steps_per_execution": 2}], ids=str)
def test_a_weight_that_is_a_variable_may_be_changed_while_training_goes_on(options):
    weight = ps.Variable(1.0)

    class Fade(ps.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weight.assign(0.0)

    model = compiled(loss_weights=[weight, 0], **options)
    model.optimizer.learning_rate = 0.0
    found = model.fit(X, [REAL, CLASS], epochs=3, batch_size=11, verbose=0, callbacks=[Fade()]).history
    assert found["loss"] == pytest.approx([found["output_1_loss"][0], 0, 0], rel=1e-5)
    weight.assign(3.0)
    loss, first, _ = model.train_on_batch(X, [REAL, CLASS])
    assert loss == pytest.approx(3 * first, rel=1e-5)
    assert model.evaluate(X, [REAL, CLASS], verbose=0)[0] == pytest.approx(3 * first, rel=1e-5)
    assert float(weight) == 3.0


def test_outputs_that_the_loss_leaves_out_need_no_targets():
    model = compiled("dict", {"classes": "ce"}, metrics={"classes": "acc"})
    assert list(logs(model, {"classes": CLASS})) == ["loss", "classes_acc"]
    assert list(logs(compiled("list", (None, "ce")), CLASS)) == ["loss"]


def test_nested_outputs_take_nested_things():
    model = compiled("nested", {"all": ["mse", "ce"], "one": "mae"}, metrics={"one": "mse"})
    found = logs(model, {"all": [REAL, CLASS], "one": REAL})
    assert len([name for name in found if name.endswith("_loss")]) == 3
    assert found["one_mse"] == pytest.approx(found[model.metrics_names[1]], rel=1e-5)


def test_one_array_of_weights_is_for_every_output():
    both = logs(compiled(), sample_weight=WEIGHT)
    each = logs(compiled(), sample_weight=[WEIGHT, WEIGHT])
    first = logs(compiled(), sample_weight=[WEIGHT, None])
    assert both == pytest.approx(each, rel=1e-6)
    assert first["output_1_loss"] == pytest.approx(both["output_1_loss"], rel=1e-6)
    assert first["output_2_loss"] == pytest.approx(logs(compiled())["output_2_loss"], rel=1e-6)


@pytest.mark.parametrize("options", [{}, {"class_weight": {"b": {0: 2.0}}}], ids=["alone", "with classes"])
def test_weights_of_time_steps_are_for_one_output_each(options):
    inputs = ps.Input((5, 4))
    a, b = ps.layers.Dense(1, name="a")(inputs), ps.layers.Dense(1, name="b")(inputs)
    model = ps.Model(inputs, [a, b])
    model.compile("sgd", "mse")
    x, y, weight = np.ones((6, 5, 4)), np.zeros((6, 5, 1)), np.ones((6, 5))
    with pytest.raises(ValueError, match=r"of shape \(rows,\), but has shape \(6, 5\); give one array for each output"):
        model.fit(x, [y, y], sample_weight=weight, verbose=0, **options)
    assert len(model.fit(x, [y, y], sample_weight=[weight, weight], verbose=0, **options).epoch) == 1


@pytest.mark.parametrize("structure", ["list", "dict"])
def test_classes_of_one_output_may_be_weighed_and_samples_too(structure):
    name, y = ("output_2", [REAL, CLASS]) if structure == "list" else ("classes", {"real": REAL, "classes": CLASS})
    loss = ("mse", "ce") if structure == "list" else {"real": "mse", "classes": "ce"}
    weight = {0: 1.0, 1: 5.0, 2: 0.0}
    by_hand = np.array([1.0, 5.0, 0.0], "float32")[CLASS] * WEIGHT
    y_weights = [WEIGHT, by_hand] if structure == "list" else {"real": WEIGHT, "classes": by_hand}
    histories = [
        compiled(structure, loss).fit(X, y, verbose=0, shuffle=False, **options).history
        for options in ({"class_weight": {name: weight}, "sample_weight": WEIGHT}, {"sample_weight": y_weights})
    ]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("y", [CLASS, [CLASS], [None, CLASS]], ids=["an array", "a list", "a list with None"])
def test_classes_of_the_only_output_that_is_trained_may_be_weighed(y):
    table = {0: 1.0, 1: 5.0, 2: 0.0}
    options = {"shuffle": False, "verbose": 0}
    found = compiled("list", (None, "ce")).fit(X, y, class_weight={"output_2": table}, **options).history
    weight = np.array([1.0, 5.0, 0.0], "float32")[CLASS]
    assert found == compiled("list", (None, "ce")).fit(X, CLASS, sample_weight=weight, **options).history


def test_names_are_known_once_the_model_is_built():
    inputs = ps.Input((4,))
    a, b = ps.layers.Dense(1, name="a")(inputs), ps.layers.Dense(3, name="b")(inputs)
    model = ps.Model(inputs, [a, b])
    model.compile("sgd", "mse", metrics=[["mae"], ["accuracy"]], weighted_metrics=[[], ["accuracy"]])
    assert model.metrics_names == ["loss", "a_loss", "b_loss", "a_mae", "b_accuracy", "b_weighted_accuracy"]


def test_predict_keeps_the_structure():
    for structure, function in STRUCTURES.items():
        outputs = Outputs(function).predict(X, batch_size=11, verbose=0)
        expected = function(np.zeros((30, 1)), np.zeros((30, 3)))
        assert type(outputs) is type(expected), structure
    assert outputs["all"][1].shape == (30, 3)


@pytest.mark.parametrize(
    ("options", "y", "words"),
    [
        ({"loss": {"real": "mse", "else": "mse"}}, None, "loss names 'else'"),
        ({"loss": ["mse", "ce", "mse"]}, None, "loss is a list of 3"),
        ({"metrics": {"else": "mse"}}, None, "metrics names 'else'"),
        ({"metrics": [["mse"], ["mse"], ["mse"]]}, None, "metrics is a list of 3"),
        ({"loss_weights": {"else": 1}}, None, "loss_weights names 'else'"),
        ({"loss_weights": [1, "2"]}, None, "loss_weights must be real numbers"),
        ({}, REAL, "y is one array"),
        ({}, [REAL, CLASS, CLASS], "y is a list of 3"),
        ({}, {"real": REAL}, "'ce' for the output 'classes'"),
        ({}, {"real": REAL, "other": CLASS}, "y names 'other'"),
    ],
)
def test_what_does_not_fit_the_outputs_is_refused_before_the_first_step(options, y, words):
    options = {"loss": {"real": "mse", "classes": "ce"}} | options
    model = compiled("dict", **options)
    with pytest.raises((ValueError, TypeError), match=words):
        model.fit(X, {"real": REAL, "classes": CLASS} if y is None else y, verbose=0)


def test_one_metric_object_cannot_be_two_metrics():
    metric = ps.metrics.MeanSquaredError()
    with pytest.raises(ValueError, match="twice"):
        logs(compiled("list", "mse", metrics=[[metric], [metric]]), [REAL, np.eye(3)[CLASS]])


def test_class_weights_of_several_outputs_name_them():
    with pytest.raises(ValueError, match="output: {class: weight}"):
        compiled().fit(X, [REAL, CLASS], class_weight={0: 1.0}, verbose=0)
    with pytest.raises(ValueError, match="class_weight names the outputs"):
        compiled().fit(X, [REAL, CLASS], class_weight={"else": {0: 1.0}}, verbose=0)


def test_weights_of_time_steps_that_are_asked_for_must_be_of_time_steps():
    x, y = np.ones((6, 5, 4), "float32"), np.ones((6, 5, 1), "float32")
    model = ps.Sequential([ps.Input((5, 4)), ps.layers.Dense(1)])
    model.compile("sgd", "mse", sample_weight_mode="temporal")
    assert len(model.fit(x, y, sample_weight=np.ones((6, 5)), verbose=0).epoch) == 1
    with pytest.raises(ValueError, match="sample_weight_mode is 'temporal'"):
        model.fit(x, y, sample_weight=np.ones(6), verbose=0)


def test_only_outputs_with_time_steps_have_weights_of_them():
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(1)])
    model.compile("sgd", "mse", sample_weight_mode="temporal")
    with pytest.raises(ValueError, match="has no time steps to weigh"):
        model.fit(X, REAL, sample_weight=WEIGHT[:, None], verbose=0)


def test_one_weight_per_sample_weighs_all_its_time_steps():
    x, y = rng.normal(size=(5, 5, 4)).astype("float32"), np.ones((5, 5, 1), "float32")
    model = ps.Sequential([ps.Input((5, 4)), ps.layers.Dense(1)])
    model.compile("sgd", "mse", weighted_metrics=["mse"])
    whole = np.square(model.predict(x, verbose=0) - y).mean(axis=(1, 2))
    for row in range(5):
        loss, metric = model.evaluate(x, y, sample_weight=np.eye(5)[row], verbose=0)
        assert (loss, metric) == pytest.approx((whole[row] / 5, whole[row]), rel=1e-4)
