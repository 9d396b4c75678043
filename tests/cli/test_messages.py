"""Bad input is one message and an exit status, never a traceback; help, and the commands that there are."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from cli.calling import ERROR, Cli, Result
from work import calls

import matcalc
from matcalc.cli import run


@pytest.mark.parametrize(
    "source",
    [
        "",
        " ",
        ";;;",
        "#",
        "J = sum((y - X w)",
        "J = sum(X]]",
        "(" * 2000,
        "(" * 2000 + "x" + ")" * 2000,
        "x" + "'" * 2000,
        "x + " * 2500,
        "J = " + "X " * 5000,
        "J = nosuch(X, 3, 4)",
        "J = X' + X w + ",
        "A: 2 x 3; B: 2 x 3; J = sum(A B)",
        "J = X W",
        "X = 1; X = 2",
        "x: n; J = x + x(x)",
        "J = J + 1",
        "a = b; b = a",
        "\x00\x01\x02",
        "J = \U0001f600",
        "X: n x",
        "X: n x d nonsense",
        "given dE/dA = ",
        "9" * 10000,
        "x^" * 500 + "2",
    ],
)
def test_bad_input_is_one_message(cli: Cli, source: str) -> None:
    told: list[Result] = []
    calls(lambda: told.append(cli("derive", source, "--wrt", "X", "--no-verify")), most=2_000_000)
    (done,) = told
    assert done.status in (2, 3), (done.out, done.err)
    assert done.err.startswith(ERROR) and "mistake in matcalc" not in done.err
    assert len(done.out) < 2100 and (done.out == "" or matcalc.read(source).text.startswith(done.out[:1000].rstrip()))
    assert len(done.err) < 2000


def test_a_message_has_line_caret_and_hint(cli: Cli) -> None:
    done = cli("derive", "Z = X W\nJ = sum((Z - Y)", "--wrt", "W")
    lines = done.err.splitlines()
    assert done.status == 2 and lines[0].startswith(f"{ERROR}line 2, column ")
    assert lines[1].strip() == "J = sum((Z - Y)" and set(lines[2].strip()) == {"^"} and lines[3].startswith("hint: ")


def test_unknown_options_and_commands(cli: Cli) -> None:
    for arguments in (
        ("derive", "J = x' x", "--wrtt", "x"),
        ("derive", "J = x' x", "--format", "word"),
        ("derive", "J = x' x", "--wrt", "x", "--document", "--format", "json"),
        ("derive", "J", "=", "x' x"),
        ("derive",),
        ("integrate", "x"),
        ("--nonsense",),
    ):
        done = cli(*arguments)
        assert done.status == 2 and done.err.startswith(ERROR) and "hint: " in done.err and done.out == ""
    assert "quotes" in cli("derive", "J", "=", "x").err


def test_help_shows_examples_that_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli().out == cli("--help").out == cli("-h").out
    assert cli("--version").out == f"matcalc {matcalc.__version__}\n"
    ran = 0
    for name in ([], ["derive"], ["verify"], ["rules"], ["examples"]):
        text = cli(*name, "--help").out
        for line in text.partition("Examples:")[2].splitlines():
            words = shlex.split(line)
            if words[:1] == ["matcalc"] and "network.mc" not in words:
                assert cli(*words[1:], "--output", os.devnull).status == 0, line
                ran += 1
    assert ran > 5


def test_the_readme_prints_what_it_promises() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    python = text.partition("```python\n")[2].partition("```")[0]
    shown = python.replace("print(", "said.append(")
    said: list[object] = []
    exec(shown, {"said": said})
    promised = [line.partition("  # ")[2].partition(":")[0] for line in python.splitlines() if "print(" in line]
    assert [str(value) for value in said[1:]] == promised[1:]


def test_the_commands_are_those_that_exist(cli: Cli) -> None:
    commands = cli("--help").out.partition("Commands:")[2].partition("Examples:")[0]
    found = [line.split()[0] for line in commands.strip().splitlines()]
    named = "derive jacobian hessian solve graph verify check grade rules notation examples practice serve mcp site"
    assert found == named.split()


@pytest.mark.parametrize("name", ["code"])
def test_a_command_of_a_later_version(cli: Cli, name: str) -> None:
    for arguments in ((), ("J = x' x", "--wrt", "x"), ("--port", "8000"), ("--help",)):
        done = cli(name, *arguments)
        said = f"{ERROR}this version of matcalc does not have the command {name} yet\n"
        assert (done.status, done.out, done.err) == (3, "", said)


def test_interrupted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("matcalc.derive", slow)
    done = cli("derive", "J = x' x", "--wrt", "x")
    assert (done.status, done.out, done.err.strip()) == (130, "", "matcalc: interrupted")


def test_a_mistake_of_matcalc_itself_asks_for_a_report(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise KeyError("no row")

    monkeypatch.setattr("matcalc.derive", broken)
    done = cli("derive", "J = x' x", "--wrt", "x")
    assert done.status == 70 and "no row" in done.err and "report" in done.err and done.err.count("\n") == 2
    monkeypatch.setenv("MATCALC_DEBUG", "1")
    with pytest.raises(KeyError):
        run(["derive", "J = x' x", "--wrt", "x"])
