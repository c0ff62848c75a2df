"""Every scenario says what it asks, and its sides do the same work."""

import inspect
import math
from importlib import import_module

import pytest

from penstock.perf import e1_dense, e2_mlp, e5_progress_bar, e10_import, e12_convolution
from penstock.perf.race import must_agree
from penstock.perf.scenarios import MODULES, scenario

COMPARISONS = {e1_dense: 1024 * 32 + 32, e2_mlp: 500, e12_convolution: 200}


@pytest.mark.parametrize("name", MODULES)
def test_a_scenario_opens_with_question_method_and_how_to_read_it(name):
    module = import_module(f"penstock.perf.{MODULES[name]}")
    assert module.__doc__
    assert "?" in module.__doc__.partition("Method.")[0]
    assert "How to read it." in module.__doc__
    assert scenario(name).name


@pytest.mark.parametrize("module", COMPARISONS, ids=lambda module: module.SCENARIO.name)
def test_the_sides_of_a_comparison_agree(module, monkeypatch):
    monkeypatch.setattr(module, "ROWS", COMPARISONS[module])
    checks = {}
    for side in filter(lambda side: side.installed, module.SCENARIO.sides):
        with side.open() as work:
            checks[side.name] = work.check()
    assert len(checks) > 1
    must_agree(checks, module.SCENARIO.agree_within)


def own_sides():
    """Of the loader's scenarios those sides that need no other library, each once."""
    sides = {side.name: side for name in MODULES if name.startswith("L") for side in scenario(name).sides}
    return [side for side in sides.values() if side.needs is None]


@pytest.mark.parametrize("side", own_sides(), ids=lambda side: side.name)
def test_a_side_of_a_loader_works_and_tells_what_is_asked_of_it(side):
    with side.open() as work:
        assert work.repeat(1) > 0
        assert all(math.isfinite(figure) for figure in work.check().values())
        assert all(math.isfinite(fact) for fact in work.facts().values())


@pytest.mark.parametrize("side", e5_progress_bar.SCENARIO.sides[:2], ids=lambda side: side.name)
def test_the_bar_is_drawn_on_a_terminal(side, monkeypatch):
    monkeypatch.setattr(e1_dense, "ROWS", 320)
    with side.function() as work:
        assert work.repeat(2) == 20


def test_sides_are_named_by_functions_that_other_processes_find():
    sides = [side for name in MODULES for side in vars(scenario(name)).get("sides", ())]
    assert all(
        inspect.unwrap(vars(import_module(side.function.__module__))[side.function.__qualname__]) for side in sides
    )


def test_importing_penstock_is_cheap_and_loads_nothing_heavy():
    _, heavy = e10_import.imported("penstock")
    assert heavy == []
