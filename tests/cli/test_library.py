"""The rule book, the notation and the examples."""

from __future__ import annotations

import shlex

import pytest
from cli.calling import Cli


def test_rules(cli: Cli) -> None:
    done = cli("rules")
    assert done.status == 0 and len(done.out.splitlines()) > 50
    assert cli("rules", "--ascii").out.isascii()


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html"])
def test_notation(cli: Cli, form: str) -> None:
    done = cli("notation", "--format", form)
    assert done.status == 0 and "khatri" in done.out and len(done.out) > 5000
    assert cli("notation", "--ascii").out.isascii()


def test_examples_are_listed_and_printed(cli: Cli) -> None:
    listed = cli("examples")
    assert listed.status == 0
    names = [line.split()[0] for line in listed.out.split("\n\n")[0].splitlines()]
    assert names
    for name in names:
        printed = cli("examples", name)
        assert printed.status == 0 and printed.out.startswith(("# ", "% "))
        command = shlex.split(printed.out.partition("\n")[0].partition(": ")[2])
        assert command[:3] == ["matcalc", "derive", f"examples/{name}.mc"]
        spelled = [
            cli("derive", spelling, *command[3:], "--no-verify") for spelling in (command[2], f"{name}.mc", name)
        ]
        assert len({done.out for done in spelled}) == 1 and spelled[0].status == 0, name
    assert cli("examples", names[0] + "x").err.endswith(f"did you mean {names[0]}?\n")
