"""Every public name is there, found on first use, and costs nothing before."""

import ast
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

import penstock
import penstock.utils

HEAVY = {"h5py", "jax", "pandas", "pyarrow", "tensorflow", "torch"}


def promised(module) -> dict[str, str]:
    """What the module's block for type checkers names, and the module that each name comes from."""
    (block,) = (node for node in ast.parse(Path(module.__file__).read_text()).body if isinstance(node, ast.If))
    lines = [line for line in block.body if isinstance(line, ast.ImportFrom)]
    return {alias.name: str(line.module) for line in lines for alias in line.names}


def loaded_by(statement: str) -> set[str]:
    """The modules in memory after the statement, in a fresh process."""
    code = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_penstock_loads_no_library():
    assert loaded_by("import penstock") & {"numpy", *HEAVY} == set()


def test_a_worker_that_needs_sequence_loads_no_jax():
    modules = loaded_by("from penstock.utils import Sequence")
    assert "penstock.pipeline.dataset" in modules
    assert modules & HEAVY == set()


@pytest.mark.parametrize("name", penstock.__all__)
def test_a_name_is_what_type_checkers_take_it_for(name):
    assert getattr(penstock, name) is resolve_name(f"{promised(penstock)[name]}:{name}")


@pytest.mark.parametrize("name", penstock.utils.__all__)
def test_a_tool_is_what_type_checkers_take_it_for(name):
    assert getattr(penstock.utils, name) is resolve_name(f"{promised(penstock.utils)[name]}:{name}")


@pytest.mark.parametrize("module", [penstock, penstock.utils], ids=lambda module: module.__name__)
def test_what_type_checkers_see_is_what_is_public(module):
    assert sorted(promised(module)) == sorted(module.__all__)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("statement", ["from penstock import Trainer", "import penstock as ps; ps.Trainer"])
def test_what_is_promised_but_not_built_says_so(statement):
    with pytest.raises(NotImplementedError, match=r"penstock\.Trainer is not built yet"):
        exec(statement)


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(penstock, "Tariner")
