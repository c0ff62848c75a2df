"""Sides run in processes of their own, and are timed only where they agree."""

import os
import select
from pathlib import Path

import pytest
import sides

from penstock.perf.race import DisagreementError, Effort, must_agree, race, race_of_starts, stages
from penstock.perf.racer import Side, SideFailedError

EFFORT = Effort(rounds=2, seconds=0.001)
QUICK, CHATTY, WRONG = Side("quick", sides.quick), Side("chatty", sides.chatty), Side("wrong", sides.wrong)
FAILING, ABSENT = Side("failing", sides.failing), Side("absent", sides.quick, needs="no_such_library")


class Heard(list[tuple[str, str]]):
    """A progress that remembers what it was told."""

    def begin(self, stage: str, side: str) -> None:
        self.append((stage, side))


@pytest.fixture(autouse=True)
def processes_find_the_sides(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"))


def test_every_side_has_its_rounds_facts_and_memory():
    timings = race([QUICK, CHATTY], EFFORT, Heard(), agree_within=1e-3)
    assert {name: len(timing.rounds) for name, timing in timings.items()} == {"quick": 2, "chatty": 2}
    assert timings["quick"].facts == {"fact": 7.0}
    assert timings["quick"].peak_bytes is None or timings["quick"].peak_bytes > 2**20


def test_the_sides_take_turns():
    heard = Heard()
    race([QUICK, CHATTY], EFFORT, heard)
    turns = [(f"round {number} of 2", name) for number in (1, 2) for name in ("quick", "chatty")]
    assert heard == [("warming up", "quick"), ("warming up", "chatty"), *turns]
    assert len(heard) == stages([QUICK, CHATTY, ABSENT], EFFORT)


def test_sides_that_disagree_are_not_timed():
    heard = Heard()
    with pytest.raises(DisagreementError, match=r"loss is 1 for quick, but 1\.1 for wrong"):
        race([QUICK, WRONG], EFFORT, heard, agree_within=1e-3)
    assert {stage for stage, _ in heard} == {"warming up"}


def test_a_side_that_fails_says_why():
    with pytest.raises(SideFailedError, match=r"(?s)failing ended with status 1:.*ValueError: the data are gone"):
        race([QUICK, FAILING], EFFORT, Heard())


def test_a_side_whose_library_is_not_installed_has_no_timing():
    assert list(race([QUICK, ABSENT], EFFORT, Heard())) == ["quick"]


def test_a_start_is_timed_in_a_process_of_its_own():
    timings = race_of_starts([QUICK, CHATTY, ABSENT], EFFORT, heard := Heard(), agree_within=1e-3)
    assert {name: len(timing.rounds) for name, timing in timings.items()} == {"quick": 2, "chatty": 2}
    assert timings["quick"].facts == {"fact": 7.0}
    assert len(heard) == stages([QUICK, CHATTY, ABSENT], EFFORT)


def test_starts_that_disagree_are_not_timed():
    with pytest.raises(DisagreementError, match=r"loss is 1 for quick, but 1\.1 for wrong"):
        race_of_starts([QUICK, WRONG], EFFORT, Heard(), agree_within=1e-3)


def test_a_side_without_figures_has_nothing_to_agree_on():
    must_agree({"spin": {}, "one": {"loss": 1.0}, "two": {"loss": 1.0}}, within=1e-3)
    must_agree({"spin": {}}, within=1e-3)


def test_what_a_side_leaves_behind_ends_with_it(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as held:
        race([Side("leaving", sides.leaving, given={"path": str(path)})], EFFORT, Heard())
        # Readable at its end: nobody holds it open any more.
        assert select.select([held], [], [], 30)[0] and held.read() == b""
