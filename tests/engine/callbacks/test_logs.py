"""Lazy logs are fetched once, at the first look, and are a dict to everybody."""

import copy
import json
import pickle
from pprint import pformat

import pytest

from penstock.engine.callbacks.logs import LazyLogs

FILLED = {"loss": 0.5, "accuracy": 0.25}

# Each row gives all that the logs hold, in the form of a plain dict.
READERS = {
    "dict": dict,
    "unpacking": lambda logs: {**logs},
    "keyword arguments": lambda logs: (lambda **given: given)(**logs),
    "union": lambda logs: logs | {},
    "union from the right": lambda logs: {} | logs,
    "update": lambda logs: _changed({}, "update", logs),
    "update in place": lambda logs: _changed({}, "__ior__", logs),
    "json": lambda logs: json.loads(json.dumps(logs)),
    "json with indentation": lambda logs: json.loads(json.dumps(logs, indent=1)),
    "pickle": lambda logs: pickle.loads(pickle.dumps(logs)),
    "copy method": lambda logs: logs.copy(),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "items": lambda logs: dict(logs.items()),
    "values": lambda logs: dict(zip(logs, logs.values(), strict=True)),
    "get": lambda logs: {name: logs.get(name) for name in logs},
    "repr": lambda logs: eval(repr(logs)),
    "format": lambda logs: eval(f"{logs}"),
    "pretty print": lambda logs: eval(pformat(logs)),
    "format map": lambda logs: eval("dict(loss={loss}, accuracy={accuracy})".format_map(logs)),
}


def _changed(target, method, argument):
    vars(dict)[method](target, argument)
    return target


class Device:
    def __init__(self):
        self.fetches = 0

    def fetch(self):
        self.fetches += 1
        return list(FILLED.values())


@pytest.fixture
def device():
    return Device()


@pytest.fixture
def logs(device):
    return LazyLogs(list(FILLED), device.fetch)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_reader_sees_the_values(logs, read):
    seen = read(logs)
    assert type(seen) is dict
    assert seen == FILLED


def test_values_are_fetched_once(logs, device):
    assert [logs["loss"], logs["loss"], logs.get("accuracy")] == [0.5, 0.5, 0.25]
    assert device.fetches == 1


def test_names_cost_nothing(logs, device):
    assert (list(logs), len(logs), "loss" in logs, bool(logs)) == (["loss", "accuracy"], 2, True, True)
    assert list(logs.keys()) == list(reversed(["accuracy", "loss"]))
    assert device.fetches == 0


def test_equality_looks_at_the_values(logs, device):
    assert logs == FILLED
    assert LazyLogs(list(FILLED), device.fetch) == logs
    assert FILLED == LazyLogs(list(FILLED), device.fetch)
    assert logs != {**FILLED, "loss": 1}
    assert isinstance(logs, dict)


def test_what_is_added_before_the_first_look_stays(logs):
    logs["learning_rate"] = 0.1
    assert logs == {**FILLED, "learning_rate": 0.1}


def test_what_is_overwritten_and_removed_stays_so(logs):
    logs["loss"] = 9
    del logs["accuracy"]
    logs |= {"more": 1}
    assert dict(logs) == {"loss": 9, "more": 1}


def test_a_pattern_matches_the_values(logs):
    match logs:
        case {"loss": loss}:
            assert loss == 0.5
