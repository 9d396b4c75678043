"""The magics %matcalc and %%matcalc: the command line in a notebook, with results that are objects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from shells import Ran, fresh_shell, run_cell

import matcalc
from matcalc.cli import run

pytest.importorskip("IPython", reason="needs IPython")


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    with fresh_shell() as found:
        assert run_cell(found, "%load_ext matcalc").error is None
        yield found


def said(ran: Ran) -> str:
    """The message of a cell that ended in an error."""
    assert type(ran.error).__name__ == "UsageError"
    assert "Traceback" not in ran.printed + ran.complained
    return str(ran.error)


def test_a_cell_is_derived(shell: Any) -> None:
    ran = run_cell(shell, "%%matcalc --wrt w\nJ = ||X w - y||^2\n")
    assert isinstance(ran.result, matcalc.Derivation) and str(ran.result["w"]) == "2 X'(X w - y)"
    assert ran.result.verification["w"].status == "proved"
    assert "<math" in ran.shown[0]["text/html"] and not ran.printed and not ran.complained
    assert str(run_cell(shell, "_['w']").result) == "2 X'(X w - y)"


def test_the_options_are_those_of_the_command_line(shell: Any) -> None:
    ran = run_cell(shell, "%%matcalc --wrt w --no-steps --no-verify --shape 'X: n x d'\nJ = ||X w - y||^2")
    assert "Derivation" not in ran.shown[0]["text/html"] and not ran.result.verification
    assert run_cell(shell, "%%matcalc --wrt W --primes\nJ = sum(sigmoid(X W))").result["W"] is not None
    printed = run_cell(shell, "%%matcalc --wrt w --format latex\nJ = w' w")
    assert printed.error is None and printed.result is None and r"\begin{align*}" in printed.printed


def test_what_is_printed_in_a_format_is_what_the_command_prints(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_cell(shell, '%matcalc derive "J = w\' w" --format markdown')
    assert run(["derive", "J = w' w", "--format", "markdown"]) == 0
    assert ran.printed == capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ('%matcalc "J = \\frac{1}{2} \\|Xw - y\\|^2" --wrt w', "Derivation", "X'(X w - y)"),
        ('%matcalc derive "-logdet(X)"', "Derivation", "-inv(X)'"),
        ("%%matcalc\n-logdet(X)", "Derivation", "-inv(X)'"),
        ("%%matcalc hessian --wrt w\nJ = ||X w - y||^2", "Hessian", "2 X' X"),
        ("%%matcalc hessian --wrt w --operator\nJ = ||X w - y||^2", "Expr", "2 X' X dw"),
        ("%%matcalc jacobian --wrt x\nA x", "Jacobian", "A"),
        ("%%matcalc solve --wrt w\nJ = ||X w - y||^2", "Solution", "pinv(X) y"),
        ('%%matcalc check --wrt w --answer "w"\nJ = ||w||^2', "Verdict", "wrong (factor)"),
        ('%%matcalc check --wrt w --answer "2 w"\nJ = ||w||^2', "Verdict", "right"),
        ("%%matcalc check\nJ = x' x\ndJ = x' dx", "DerivationReport", "Line 2 does not follow"),
        ('%%matcalc verify --wrt w --candidate "2 w"\nJ = ||w||^2', "Verdicts", "proved for all sizes"),
        ("%%matcalc graph --wrt w\nJ = ||w||^2", "Graph", "flowchart"),
        ("%matcalc practice", "Worksheet", "Problem 1"),
        ("%matcalc derive ridge network --wrt w,W1,W2 --no-verify", "Homework", "Problem 2"),
    ],
)
def test_each_command_gives_its_object(shell: Any, cell: str, kind: str, text: str) -> None:
    ran = run_cell(shell, cell)
    assert type(ran.result).__name__ == kind and text in str(ran.result)
    assert len(ran.shown) == 1


@pytest.mark.parametrize("cell", ["%matcalc --help", "%matcalc", "%matcalc derive --help", "%matcalc notation"])
def test_help_is_printed(shell: Any, cell: str) -> None:
    ran = run_cell(shell, cell)
    assert ran.error is None and ran.result is None and len(ran.printed.splitlines()) > 10


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%matcalc\nfoo(", ("line 1, column 4: ( is never closed", "   ^", "hint: every bracket needs its partner")),
        ("%%matcalc\n# nothing", ("hint: ",)),
        ("%%matcalc --wrtt w\nw' w", ("No such option '--wrtt'", "--wrt")),
        ("%matcalc x' A x", ("a quote has no partner",)),
        ("%matcalc mcp", ("mcp takes a terminal for itself",)),
        ("%%matcalc --wrt q\nw' w", ("q",)),
        ("%%matcalc\nx' A x", ("choose what to differentiate by", "--wrt")),
        ("%matcalc graph no_such_file.py", ("there is no file no_such_file.py",)),
        ("%%matcalc --wrt x --format png\nx' x", ("png",)),
    ],
)
def test_an_error_is_a_message_and_ends_the_cell(shell: Any, cell: str, words: tuple[str, ...]) -> None:
    message = said(run_cell(shell, cell))
    assert all(word in message for word in words), message


def test_a_wrong_candidate_is_no_error(shell: Any) -> None:
    ran = run_cell(shell, "%%matcalc verify --wrt w --candidate w\nJ = ||w||^2")
    assert ran.error is None and "wrong" in ran.shown[0]["text/html"]


def test_braces_and_dollars_are_mathematics(shell: Any) -> None:
    run_cell(shell, "w = 5")
    ran = run_cell(shell, '%matcalc "$J = \\|w\\|^{2}$" --wrt w')
    assert str(ran.result["w"]) == "2 w"


def test_the_package_loads_ipython_only_when_ipython_asks() -> None:
    code = (
        "import sys, matcalc; from matcalc.cli import run; run(['notation'])\n"
        "assert 'matcalc.notebook' not in sys.modules\n"
        "matcalc.load_ipython_extension; assert 'IPython' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
