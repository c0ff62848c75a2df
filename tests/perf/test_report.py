"""The table and the JSON hold the same figures, and the table fits a terminal."""

import json
import re

import pytest
from rich.console import Console

from penstock.perf.machine import Machine
from penstock.perf.report import Figure, Goal, Report, heading, render, shown

REPORT = Report(
    "E0",
    "a title that says what was measured and may be quite long",
    figures=[
        Figure("loader alone", 1_234_567.0, "samples/s", spread=0.034),
        Figure("by hand: one jit call per step", 31.25, "µs/step", spread=0.2),
        Figure("time to first batch", 0.01234, "ms", note="1 234 ms the first time"),
        Figure("Keras on JAX: fit", None, "µs/step", note="not installed"),
    ],
    goals=[
        Goal("fit ÷ the fastest loop by hand", 1.1449, 1.2),
        Goal("one jit call per step ÷ fit", 70.04, 80, at_least=True),
        Goal("Keras on JAX ÷ fit", None, 80, at_least=True),
    ],
    says=["The step is the bottleneck: the loader alone is 21 times as fast, and less than 1 % of the time goes away."],
)


def lines(renderable):
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get().splitlines()


def line_of(name, table):
    (line,) = [line for line in table if line.strip().startswith(f"{name} ")]
    return line


def test_the_table_shows_every_figure_of_the_json():
    table, written = lines(render(REPORT)), json.loads(json.dumps(REPORT.as_dict()))
    for figure in written["figures"]:
        line = line_of(figure["name"], table)
        assert ("–" if figure["value"] is None else f"{shown(figure['value'])} {figure['unit']}") in line
        assert figure["note"] in line
    assert " ".join(written["says"]) in re.sub(r"\s+", " ", " ".join(table))


def test_the_table_shows_every_goal_of_the_json():
    table, written = lines(render(REPORT)), REPORT.as_dict()
    for goal in written["goals"]:
        line = line_of(goal["name"], table)
        assert {True: "met", False: "missed", None: "not measured"}[goal["met"]] in line
    assert [goal["met"] for goal in written["goals"]] == [True, False, None]


@pytest.mark.parametrize("renderable", [render(REPORT), heading(Machine.this())], ids=["report", "heading"])
def test_it_fits_in_80_columns(renderable):
    printed = lines(renderable)
    assert max(map(len, printed)) <= 80
    assert len(printed) == len([line for line in printed if "…" not in line])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.031249, "0.0312"),
        (0.9996, "1.00"),
        (1.2, "1.20"),
        (31.25, "31.2"),
        (999.6, "1 000"),
        (1_234_567, "1 230 000"),
    ],
)
def test_figures_have_three_significant_digits(value, text):
    assert shown(value) == text


def test_the_machine_has_no_name():
    assert set(Machine.this().as_dict()) == {"cores", "processor", "system", "python", "jax", "penstock"}
