"""Holders find the variables among their attributes, lists and dicts, in Keras' order."""

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

import penstock as ps
from penstock.engine.holder import walk


class Scale(ps.layers.Layer):
    """One weight, and a forgotten `super().__init__()`."""

    def __init__(self, name=None):
        self.factor = self.add_weight((), "ones", name=name or "factor")
        self.inner = ps.layers.Dense(1)
        self.seen = ps.Variable(0, trainable=False, name="seen")

    def call(self, inputs):
        self.seen.assign_add(1)
        return self.inner(inputs * self.factor)


def names(holder):
    return [variable.name for variable in holder.variables]


def test_a_forgotten_super_init_loses_no_weights():
    layer = Scale()
    layer(np.ones((2, 3)))
    assert names(layer) == ["factor", "seen", "kernel", "bias"]
    assert [v.name for v in layer.trainable_variables] == ["factor", "kernel", "bias"]
    assert layer.seen.value == 1


def test_a_metric_that_forgot_super_init_keeps_its_variables():
    class Count(ps.metrics.Metric):
        def __init__(self):
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(jnp.size(y_pred))

        def result(self):
            return self.total

    metric = Count()
    metric.update_state(None, np.ones(3))
    assert metric.name == "count" and names(metric) == ["total"] and float(metric.result()) == 3


def test_layers_in_lists_and_dicts_at_any_depth_are_found():
    class Nested(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.rows = [Scale("a"), [Scale("b")]]
            self.table = {"x": Scale("c"), 3: (Scale("d"),)}
            self.rows.append(Scale("e"))

    assert [n for n in names(Nested()) if n != "seen"] == ["a", "b", "c", "d", "e"]


def test_own_weights_come_before_those_of_sub_layers_and_trainable_before_others():
    class Mixed(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.first = Scale("inner")
            self.seed = ps.random.SeedGenerator(1)
            self.add_weight((), trainable=False, name="others")
            self.add_weight((), name="own")

    assert names(Mixed()) == ["own", "others", "seed_generator_state", "inner", "seen"]


def test_what_is_held_twice_counts_once_and_cycles_end():
    layer = Scale()
    layer.again, layer.me, layer.ring = layer.inner, layer, [layer]
    layer.ring.append(layer.ring)
    assert len(list(walk(layer))) == 2


def test_layers_written_as_dataclasses_are_found_though_they_cannot_be_hashed():
    @dataclass
    class Pair(ps.layers.Layer):
        units: int
        parts: list = field(default_factory=list)

        def call(self, inputs):
            if not self.parts:
                self.parts.append(ps.layers.Dense(self.units))
            return self.parts[0](inputs)

    model = ps.Sequential([Pair(3)])
    assert model(np.ones((2, 4))).shape == (2, 3)
    assert names(model) == ["kernel", "bias"]


def test_an_attribute_given_anew_takes_its_old_variable_with_it():
    layer = Scale()
    layer.seen = ps.Variable(0, trainable=False, name="other")
    assert names(layer) == ["factor", "other"]


def test_a_frozen_holder_freezes_all_inside_it():
    layer = Scale()
    layer(np.ones((2, 3)))
    layer.trainable = False
    assert layer.trainable_variables == [] and not layer.inner.trainable
    layer.trainable = True
    layer.inner.trainable = False
    assert [v.name for v in layer.trainable_variables] == ["factor"]
    assert names(layer) == ["factor", "seen", "kernel", "bias"]


def test_metrics_of_a_layer_are_not_among_its_variables():
    class Watched(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.means = [ps.metrics.Mean(name="a")]

    layer = Watched()
    assert names(layer) == [] and [m.name for m in layer.layer_metrics] == ["a"]


def test_layers_appended_to_lists_in_turn_stand_in_the_order_of_appending_as_in_keras():
    class Pairs(ps.Model):
        def __init__(self):
            super().__init__()
            self.norms, self.maps = [], []
            for number in range(2):
                self.maps.append(ps.layers.Dense(2, name=f"map{number}"))
                self.norms.append(ps.layers.LayerNormalization(name=f"norm{number}"))

        def call(self, x):
            for dense, norm in zip(self.maps, self.norms, strict=True):
                x = norm(dense(x))
            return x

    model = Pairs()
    model(np.ones((1, 2), np.float32))
    assert [layer.name for layer in model.layers] == ["map0", "norm0", "map1", "norm1"]
    assert names(model) == ["kernel", "bias", "gamma", "beta"] * 2


def test_a_list_keeps_its_own_order_however_its_layers_were_made():
    first, second, third = (Scale(name) for name in "abc")

    class Listed(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.stack = [third]
            self.stack.append(first)
            self.other = second

    layer = Listed()
    assert [inner.factor.name for inner in walk(layer) if isinstance(inner, Scale)] == ["c", "a", "b"]


def test_a_layer_that_takes_the_place_of_another_comes_last():
    layer = ps.layers.Layer()
    layer.a, layer.b = Scale("a"), Scale("b")
    layer.a = Scale("c")
    assert [inner.factor.name for inner in walk(layer) if isinstance(inner, Scale)] == ["b", "c"]
