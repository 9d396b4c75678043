"""The prompt: a program that grows, and questions about the last derivation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from malformed_texts import Spoiler

import matcalc
from matcalc.cli import _cli, run
from matcalc.cli.prompt import HELP, Session, opened

pytest.importorskip("prompt_toolkit", reason="needs prompt_toolkit")


class Typed:
    """A session, and what it says to each line."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.session = Session(run, _cli.commands)
        self.capsys = capsys

    def __call__(self, *lines: str) -> str:
        """What the last line answers."""
        for line in lines:
            self.capsys.readouterr()
            assert self.session.answer(line)
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err and "mistake in matcalc itself" not in err
        return out + err


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(capsys)


NETWORK = ("Z = X W", "J = ||Z - Y||^2")


def test_definitions_stay_and_say_what_is_new(typed: Typed) -> None:
    assert typed("Z = X W").splitlines() == ["  Z  n×h", "  X  n×d  inferred", "  W  d×h  inferred"]
    assert typed("J = ||Z - Y||^2").splitlines() == ["  J  1×1", "  Y  n×h  inferred"]
    assert typed("X: n x 5").splitlines() == [
        *("  Z  n×d", "  X  n×5  declared", "  W  5×d  inferred", "  Y  n×d  inferred"),
    ]
    assert typed("show").splitlines() == ["X: n x 5", "W: 5 x d", "Y: n x d", "Z = X W", "J = ‖Z - Y‖^2"]


def test_a_definition_takes_the_place_of_the_one_before(typed: Typed) -> None:
    typed(*NETWORK, "J = sum(Z)")
    assert typed.session.kept == ["Z = X W", "J = sum(Z)"]
    typed("undo")
    assert typed.session.kept == ["Z = X W"]
    assert "there is no program yet" in typed("clear", "show")


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (("Z = X W; J = ||Z - Y||^2", "J = sum(Z)"), ["Z = X W", "J = sum(Z)"]),
        (("Z = X W; J = ||Z - Y||^2", "Z = X; J = sum(Z)"), ["Z = X; J = sum(Z)"]),
        (("b = [1; 2]; J = b'w", "J = w'w + b'b"), ["b = [1; 2]", "J = w'w + b'b"]),
        (("X: n x 5", "X: n x 6"), ["X: n x 6"]),
        (("X, Y: n x 5; w: 5", "Y: n x 6"), ["X: n x 5;  w: 5", "Y: n x 6"]),
        (("A: n x n", "J = A : B", "A : A"), ["A: n x n", "J = A : B"]),
        (("X: n x 5", "J = sum(X)", "J = tr(X'X)"), ["X: n x 5", "J = tr(X'X)"]),
    ],
)
def test_what_is_said_again_replaces_what_was_said(typed: Typed, lines: tuple[str, ...], kept: list[str]) -> None:
    said = typed(*lines)
    assert "matcalc:" not in said and [re.sub(" +", " ", line) for line in typed.session.kept] == [
        re.sub(" +", " ", line) for line in kept
    ]


def test_a_definition_of_an_example_can_be_replaced(typed: Typed) -> None:
    typed("load ridge", "J = ||X w - y||^2")
    assert "dJ/dw = 2 X'(X w - y)" in typed("grad w --no-verify")
    assert "2n" in typed("load ridge", "J = sum(X w)/2n") and "twice" not in typed("J = sum(X w)/2n")


@pytest.mark.parametrize(
    "line", ["how do I", "what is the gradient", "hello", "hello world?", "please find W", "how w"]
)
@pytest.mark.parametrize("program", [(), ("J = ||X W||^2",)])
def test_a_sentence_is_pointed_to_the_help(typed: Typed, program: tuple[str, ...], line: str) -> None:
    said = typed(*program, line)
    assert "no command" in said and "help lists what may be typed" in said


@pytest.mark.parametrize("line", ["J", "lambda w", "beta", "J loss", "trace X"])
def test_names_and_functions_are_no_sentence(typed: Typed, line: str) -> None:
    assert "no command" not in typed("loss = w'w; J = loss + X : Y", line)


def test_grad_takes_the_objective_and_the_variables(typed: Typed) -> None:
    typed(*NETWORK)
    for line in ("grad J W", "grad W", "grad J W --no-steps", "derive W"):
        assert "dJ/dW = 2 X'(Z - Y)" in typed(line), line
    typed("K = sum(W .* W)")
    assert "dK/dW = 2 W" in typed("grad K W") and "dJ/dW = 2 X'(Z - Y)" in typed("grad J W")
    assert isinstance(typed.session.found, matcalc.Derivation)
    several = typed("grad J W,Y --no-verify")
    assert "dJ/dW" in several and "dJ/dY" in several


def test_an_expression_is_derived_and_does_not_stay(typed: Typed) -> None:
    assert "dJ/dx = 2 x" in typed("x' x") and typed.session.kept == []
    asked = typed("x' A x")
    assert (
        "choose what to differentiate by: x, A" in asked
        and "hint: give one, as grad x; or all of them: grad x,A" in asked
    )
    assert "dJ/dx = (A + A') x" in typed("grad x")
    assert "dJ/dX = -inv(X)'" in typed("-logdet(X)")
    assert "dJ/dw = X'(X w - y)" in typed(r"\min_w \frac{1}{2}\|Xw - y\|_2^2")


def test_only_what_an_expression_uses_is_chosen_between(typed: Typed) -> None:
    typed("Z = X W")
    assert "dJ/dq = 2 q" in typed("q' q")


def test_why_names_the_rule_beside_the_number(typed: Typed) -> None:
    shown = typed("||X w - y||^2", "grad w")
    line = next(line for line in shown.splitlines() if re.match(r"  3 ", line))
    said = typed("why 3")
    assert "product rule: d(A B) = dA B + A dB" in said and "product rule" in line
    assert "each entry is a sum of products of two numbers" in said and "constant: X" in said
    assert "there is no line 9" in typed("why 9") and "the lines are 1 to 4" in typed("why 9")
    assert "asked for by its number" in typed("why") and "there is no line -1" in typed("why -1")


def test_why_after_a_hessian_tells_of_both_derivations(typed: Typed) -> None:
    typed("J = ||X w - y||^2", "hessian w")
    assert [line for line in typed("why 3").splitlines() if line.startswith("= ")] == [
        *("= 2 (X w - y) : X dw", "= (2 X' X) dw"),
    ]
    assert "the lines are 1 to 4" in typed("why 99") and "the lines are 1 to 4" in typed("why")
    assert "no numbered lines" in typed("clear", "J = t", "grad t", "why 1")


def test_why_of_every_line_is_the_rule_that_is_printed(typed: Typed) -> None:
    shown = typed("J = sum((y - f(f(X W1) W2))^2)", "grad W1,W2 --no-verify")
    numbers = [int(found) for found in re.findall(r"(?m)^ +(\d+) {2,}", shown)]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 5
    for number in numbers:
        said = typed(f"why {number}").splitlines()
        assert said[0].startswith("= ") and said[1].startswith("  ")


def test_the_last_result_in_other_forms(typed: Typed, tmp_path: Path) -> None:
    typed("J = ||X w - y||^2", "grad w")
    assert typed("latex").strip() == r"\frac{\partial J}{\partial w} = 2 X^\top (X w - y)"
    assert r"\begin{align*}" in typed("latex all")
    assert "dJ/dw_i = 2 Σ_j X_ji (Σ_k X_jk w_k - y_j)" in typed("entries")
    assert typed(f"save {tmp_path / 'a.md'}") == "" and "## Derivation" in (tmp_path / "a.md").read_text("utf-8")
    assert typed(f"save {tmp_path / 'a.tex'}") == "" and r"\documentclass" in (tmp_path / "a.tex").read_text("utf-8")
    assert "cannot write" in typed(f"save {tmp_path / 'missing' / 'a.md'}")
    typed("hessian w")
    assert typed("latex").strip() == r"2 X^\top X"
    assert "2 Σ_k X_ki X_kj" in typed("entries")


def test_an_answer_is_checked(typed: Typed) -> None:
    typed(*NETWORK)
    assert "right" in typed("check dJ/dW = 2 X'(X W - Y)").splitlines()
    assert "wrong (factor)" in typed("check dJ/dW = X'(X W - Y)")
    assert "wrong (sign)" in typed("grad W --no-verify", "check -2 X'(X W - Y)")
    assert "there is nothing to check" in typed("check")


def test_what_is_to_be_chosen_is_spelled_as_it_is_typed_here(typed: Typed) -> None:
    typed("J = ||X w - y||^2")
    assert "hint: give one, as check dJ/dX = …" in typed("check X'(X w - y)")
    assert "hint: give one, as hessian X; or all of them: hessian X,w,y" in typed("hessian")
    assert "hint: give one, as grad X; or all of them: grad X,w,y" in typed("grad")
    assert "wrong (factor)" in typed("hessian w --no-verify", "check X'(X w - y)")
    assert "choose what to differentiate by: w, b" in typed("clear", "y: n constant", "K = ||w + b - y||^2", "check w")


def test_the_commands_are_about_the_program(typed: Typed) -> None:
    typed("J = ||X w - y||^2 + lam w'w")
    assert "inv(X' X + lam I) X' y" in typed("solve w --no-steps")
    assert typed("hessian w --operator").strip() == "2 (X' X dw + lam dw)"
    assert "flowchart" in typed("graph w")
    assert "softmax" in typed("rules softmax") and "ridge" in typed("examples")


def test_an_example_is_loaded_and_derived_as_it_says(typed: Typed) -> None:
    typed("load ridge")
    assert "dJ/dw" in typed("grad --no-verify")
    assert "there is no example ridg" in typed("load ridg") and "ridge" in typed("load ridg")


def test_a_name_may_be_one_of_the_words(typed: Typed) -> None:
    assert "show  n×1" in typed("show = X w") and "why  1×1" in typed("why = show' show")
    assert typed.session.kept == ["show = X w", "why = show' show"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["foo("], ("line 1, column 4: ( is never closed", "       ^", "hint: every bracket")),
        (["Z = X W", "Z Z Z +"], ("line 2, column",)),
        (["X: n x d", "y: n", "X y"], ("d", "n")),
        (["grad W"], ("there is no program yet",)),
        (["latex"], ("nothing is derived yet",)),
        (["entries"], ("nothing is derived yet",)),
        (["why 1"], ("nothing is derived yet",)),
        (["save"], ("nothing is derived yet",)),
        (["J = w'w", "grad Q"], ("Q",)),
        (["J = w'w", "grad w --foo"], ("No such option '--foo'",)),
        (["J = w'w", "grad w --title 'x"], ("a quote has no partner",)),
        (["J = w'w", "grad w", "save"], ("a file needs a name",)),
        (["hepl"], ("hepl",)),
        (["mcp"], ("mcp takes a terminal for itself",)),
        (["serve --port 1"], ("serve takes a terminal for itself",)),
        (["gradd W"], ("there is no command gradd", "grad")),
        (["J = w'w", "gra w --no-steps"], ("there is no command gra",)),
    ],
)
def test_an_error_is_a_message(typed: Typed, lines: list[str], words: tuple[str, ...]) -> None:
    said = typed(*lines)
    assert all(word in said for word in words), said


def test_malformed_lines_are_answered_or_refused(typed: Typed) -> None:
    for seed in range(40):
        given = Spoiler(seed, 12).input()
        typed(given.source, f"check {given.formula}", f"grad {given.wrt} --no-verify", "why 1")
        if seed % 4 == 3:
            typed("clear")


def test_help_names_every_word(typed: Typed) -> None:
    said = typed("help")
    assert all(word in said for word in HELP)
    for word in typed.session._own:
        assert re.search(rf"\b{word}\b", " ".join(HELP)), word
    assert "--explain" in typed("help grad") and "--answer" in typed("help check")


def test_what_can_be_completed(typed: Typed) -> None:
    typed("Zeta = X Weight")
    assert {"grad", "why", "hessian", "--explain", "Weight", "Zeta", "ridge", "quit"} <= set(typed.session.words())


# ------------------------------------------------------------------------------------------------------------- terminal


def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> int:
    """The prompt as it is typed into."""
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    monkeypatch.setenv("MATCALC_HISTORY", str(tmp_path / "history"))
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(text)
        return opened(run, _cli.commands, "matcalc")


def test_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys(monkeypatch, tmp_path, "J = w'w\rgrad w --no-steps\r\x04") == 0
    out = capsys.readouterr().out
    assert "help; Ctrl-D leaves" in out and "dJ/dw = 2 w" in out
    assert "grad w --no-steps" in (tmp_path / "history").read_text("utf-8")


def test_ctrl_c_drops_the_line_and_quit_leaves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys(monkeypatch, tmp_path, "grad foo\x03w'w\rquit\rnever\r") == 0
    said = capsys.readouterr()
    assert "dJ/dw = 2 w" in said.out and not said.err


def test_a_history_that_cannot_be_written_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys(monkeypatch, tmp_path / "missing", "w'w\r\x04") == 0
    assert "dJ/dw = 2 w" in capsys.readouterr().out


def test_without_a_terminal_the_help_is_printed() -> None:
    done = subprocess.run([sys.executable, "-m", "matcalc"], capture_output=True, stdin=subprocess.DEVNULL, text=True)
    assert done.returncode == 0 and done.stdout.startswith("Usage: matcalc") and "prompt_toolkit" not in done.stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
@pytest.mark.parametrize("installed", [True, False])
def test_on_a_terminal(installed: bool, tmp_path: Path) -> None:
    hidden = "" if installed else "import importlib.util as u; u.find_spec = lambda name, *_: None; "
    code = f"{hidden}import matcalc.cli; matcalc.cli.main()"
    ours, theirs = os.openpty()
    env = {**os.environ, "MATCALC_HISTORY": str(tmp_path / "history"), "TERM": "dumb"}
    done = subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    os.write(ours, b"w'w\rquit\r")
    seen = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:
            break
        if not more:
            break
        seen += more
    os.close(ours)
    assert done.wait(30) == 0
    text = seen.decode("utf-8", "replace")
    if installed:
        assert "dJ/dw = 2 w" in text and "Usage:" not in text
    else:
        assert "Usage: matcalc" in text and "prompt_toolkit" in text.splitlines()[-1]
