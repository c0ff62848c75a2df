"""The command `penstock`."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from penstock.pipeline import Loading

from .machine import Machine
from .progress import progress
from .race import DisagreementError, Effort
from .racer import SideFailedError
from .report import Report, heading, render
from .scenarios import MAIN_JOB, MODULES, Scenario, main_job, scenario

GOALS = [name for name in MODULES if name != MAIN_JOB]
NOT_BUILT_YET = ("loader", "fit", "peers")
EFFORTS = {MAIN_JOB: Effort(rounds=8, seconds=0.4)}
INTERRUPTED = 130  # as shells say it of a command that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status: 2 for wrong or unbuilt arguments, 1 where measuring failed."""
    parser = _parser()
    given = parser.parse_args(arguments)
    problem = _problem(given)
    if problem:
        parser.error(problem)
    try:
        _bench([name.upper() for name in given.what] or [MAIN_JOB], given.json, _loading(given))
    except (SideFailedError, DisagreementError) as error:
        Console(stderr=True).print(f"penstock: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("penstock", description="Says where the time goes between a file and a model.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="bench | inspect")
    bench = commands.add_parser(
        "bench",
        help="measure loading and training, and name the bottleneck",
        description="Without arguments: loads and trains on the real data that ship with penstock, in under a minute.",
    )
    bench.add_argument("what", nargs="*", metavar="GOAL", help=f"measure these goals instead: {', '.join(GOALS)}")
    bench.add_argument("--workers", type=int, metavar="N", help="by how many workers the main job is loaded (2)")
    bench.add_argument("--processes", action="store_true", help="processes, not threads, load the main job")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the same figures to FILE")
    bench.add_argument("--html", type=Path, metavar="FILE", help="not built yet")
    inspect = commands.add_parser("inspect", help="not built yet")
    inspect.add_argument("target", metavar="TARGET")
    return parser


def _problem(given: argparse.Namespace) -> str:
    """Why it cannot be done; empty if it can."""
    if given.command == "inspect":
        return "penstock inspect is not built yet"
    if given.html is not None:
        return "--html is not built yet; --json is"
    if given.json is not None and not given.json.parent.is_dir():
        return f"--json must name a file in a folder that exists, but is {given.json}"
    if given.what and (given.workers is not None or given.processes):
        return "--workers and --processes are for the main job; the goals have workers of their own"
    if given.workers is not None and given.workers < (1 if given.processes else 0):
        return f"--workers must be at least {1 if given.processes else 0}, but is {given.workers}"
    return next(filter(None, map(_problem_of_word, given.what)), "")


def _loading(given: argparse.Namespace) -> Loading | None:
    """By whom the main job is loaded; None: as usual."""
    if given.workers is None and not given.processes:
        return None
    return Loading(2 if given.workers is None else given.workers, given.processes)


def _problem_of_word(word: str) -> str:
    if word.upper() in GOALS:
        return ""
    if word in NOT_BUILT_YET:
        return f"penstock bench {word} is not built yet"
    return f"{word!r} is none of the goals {', '.join(GOALS)}; measuring data or models of your own is not built yet"


def _bench(names: Sequence[str], file: Path | None, loading: Loading | None) -> None:
    output, errors, machine = Console(highlight=False), Console(stderr=True, highlight=False), Machine.this()
    output.print(heading(machine))
    reports = []
    for name in names:
        reports.append(_measured(name, main_job(loading) if loading else scenario(name), errors))
        output.print(render(reports[-1]))
    if file is not None:
        contents = {"machine": machine.as_dict(), "reports": [report.as_dict() for report in reports]}
        file.write_text(json.dumps(contents, indent=2, ensure_ascii=False) + "\n")


def _measured(name: str, asked: Scenario, console: Console) -> Report:
    effort = EFFORTS.get(name, Effort())
    with progress(console, asked.name, asked.stages(effort)) as told:
        return asked.measure(effort, told)
