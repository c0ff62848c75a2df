"""The command prints what it measured, writes the same as JSON, and says what it cannot do."""

import json
import subprocess
import sys

import pytest

from penstock.perf import cli
from penstock.perf.race import Effort
from penstock.perf.racer import SideFailedError
from penstock.perf.report import Figure, Report
from penstock.pipeline import Loading


class Planted:
    """A scenario that needs no time."""

    name = "E0"

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error

    def stages(self, effort: Effort) -> int:
        return 1

    def measure(self, effort: Effort, progress: object) -> Report:
        if self.error is not None:
            raise self.error
        return Report("E0", "planted", [Figure("loader alone", 1234.5, "samples/s")], says=["All is well."])


def plant(monkeypatch, error=None):
    asked = []
    monkeypatch.setattr(cli, "scenario", lambda name: asked.append(name) or Planted(error))
    return asked


def test_without_arguments_it_runs_the_main_job(monkeypatch, capsys):
    asked = plant(monkeypatch)
    assert cli.main(["bench"]) == 0
    assert asked == ["main"]
    assert "1 230 samples/s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "loading"),
    [
        (["--workers", "3"], Loading(workers=3)),
        (["--processes"], Loading(workers=2, use_multiprocessing=True)),
        (["--workers", "0"], Loading(workers=0)),
    ],
)
def test_the_main_job_is_loaded_by_whom_one_likes(options, loading, monkeypatch):
    asked = []
    monkeypatch.setattr(cli, "main_job", lambda loading: asked.append(loading) or Planted())
    assert cli.main(["bench", *options]) == 0
    assert asked == [loading]


def test_goals_are_measured_in_the_order_of_the_arguments(monkeypatch):
    asked = plant(monkeypatch)
    assert cli.main(["bench", "e10", "E1"]) == 0
    assert asked == ["E10", "E1"]


def test_the_json_holds_what_the_table_shows(monkeypatch, tmp_path):
    plant(monkeypatch)
    assert cli.main(["bench", "--json", str(tmp_path / "figures.json")]) == 0
    written = json.loads((tmp_path / "figures.json").read_text())
    assert written["reports"][0]["figures"][0]["value"] == 1234.5
    assert written["machine"]["cores"] >= 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["bench", "loader"], "penstock bench loader is not built yet"),
        (["bench", "fit", "train.parquet"], "penstock bench fit is not built yet"),
        (["bench", "peers"], "penstock bench peers is not built yet"),
        (["bench", "train.parquet"], "'train.parquet' is none of the goals E1, E2, E5"),
        (["bench", "--html", "report.html"], "--html is not built yet"),
        (["bench", "--json", "no/such/folder/figures.json"], "--json must name a file in a folder that exists"),
        (["bench", "L4", "--workers", "1"], "--workers and --processes are for the main job"),
        (["bench", "--workers", "0", "--processes"], "--workers must be at least 1, but is 0"),
        (["inspect", "train.parquet"], "penstock inspect is not built yet"),
        ([], "required"),
    ],
)
def test_what_it_cannot_do_is_one_line_and_status_2(arguments, problem, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert problem in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [(SideFailedError("loader ended with status 1"), 1, "loader ended"), (KeyboardInterrupt(), 130, "")],
)
def test_what_ends_it_early_shows_in_its_status(error, status, said, monkeypatch, capsys):
    plant(monkeypatch, error)
    assert cli.main(["bench"]) == status
    assert said in capsys.readouterr().err


def test_the_command_itself_loads_no_jax():
    code = "import sys; from penstock.perf import cli; cli.scenario('main'); print('jax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
