"""Summaries show what Keras' show."""

import re

import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.names import forget_names


def text_of(model, **options):
    parts = []
    model.summary(print_fn=parts.append, **options)
    return "\n".join(parts)


def rows(text):
    """The cells of each row of a table; a row that Keras breaks over two lines is put together."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("│")[1:-1]]
        if cells and any(cells[1:]):
            found.append(cells)
        elif cells:
            found[-1][0] += " " + cells[0]
    return found


def totals(text):
    return [line for line in text.splitlines() if "params:" in line]


def sequential(library):
    kinds = library.layers
    layers = [kinds.Dense(64, activation="relu", name="hidden"), kinds.BatchNormalization(name="norm")]
    return library.Sequential(
        [library.Input((300,)), *layers, kinds.Dropout(0.5, name="drop"), kinds.Dense(9, name="y")]
    )


def functional(library):
    inputs = library.Input((300,), name="x")
    return library.Model(inputs, sequential(library)(inputs), name="outer")


def frozen(library):
    model = sequential(library)
    model.layers[0].trainable = False
    return model


def trained(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(2, name="y")])
    model.compile("adam", "mse")
    model.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=0)
    return model


def unbuilt(library):
    return library.Sequential([library.layers.Dense(3, name="a"), library.layers.Dropout(0.1, name="b")])


@pytest.mark.parametrize("make", [sequential, functional, frozen, trained, unbuilt], ids=lambda make: make.__name__)
@pytest.mark.parametrize("options", [{}, {"expand_nested": True, "show_trainable": True}], ids=["plain", "all"])
def test_rows_and_totals_equal_those_of_keras(make, options, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    keras.backend.clear_session()
    forget_names()
    ours, theirs = (text_of(make(library), **options) for library in (ps, keras))
    assert rows(ours) == rows(theirs)
    assert totals(ours) == totals(theirs)


def test_shapes_inside_a_subclassed_model_are_those_it_was_built_for():
    class Network(ps.Model):
        def __init__(self):
            super().__init__()
            self.dense = ps.layers.Dense(3, name="inside")

        def call(self, inputs):
            return self.dense(inputs)

    model = Network()
    assert rows(text_of(model)) == [["inside (Dense)", "?", "0 (unbuilt)"]]
    model.build((None, 4))
    assert rows(text_of(model)) == [["inside (Dense)", "(None, 3)", "15"]]


def test_a_summary_goes_to_the_terminal_at_its_width(capsys):
    sequential(ps).summary(line_length=60)
    out = capsys.readouterr().out
    assert 'Model: "sequential' in out and max(map(len, out.splitlines())) == 60
    assert "Total params: 20,105" in out


def test_names_that_look_like_markup_are_shown_as_they_are():
    model = ps.Sequential([ps.Input((2,)), ps.layers.Dense(1, name="[bold]")])
    assert rows(text_of(model))[0][0] == "[bold] (Dense)"
    assert re.search(r"3 \(12\.00 B\)", text_of(model)) and np.prod(model.layers[0].kernel.shape) == 2
