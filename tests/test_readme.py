"""The README's two commands are what a stranger types, and what is checked."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^```sh\n(.+)\n```$", README, re.MULTILINE)


def test_two_commands_do_all_the_set_up():
    assert COMMANDS == ["pip install . && penstock bench", 'pip install -e ".[dev]" && pytest']


def test_continuous_integration_takes_the_test_command_from_the_readme():
    pattern = re.search(r"grep --line-regexp '(.+)' README.md", (ROOT / ".ci/run").read_text())
    assert pattern
    assert [command for command in COMMANDS if re.fullmatch(pattern[1], command)] == COMMANDS[1:]


def test_the_example_runs():
    (example,) = re.findall(r"^```python\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)
    names = {"__name__": "readme"}
    exec(example, names)
    assert names["history"].epoch == [0, 1, 2]
