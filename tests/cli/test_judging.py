"""Formulas that are verified, and answers that are checked."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.calling import NETWORK, QUADRATIC, Cli, process

import matcalc

# --------------------------------------------------------------------------------------------------------------- verify


@pytest.mark.parametrize("form", ["latex", "markdown", "html"])
def test_verdicts_are_written_in_every_format(cli: Cli, form: str) -> None:
    arguments = ("verify", "J = ||X w - y||^2", "--wrt", "w", "--format", form, "--candidate")
    right, wrong = cli(*arguments, "2 X'(X w - y)"), cli(*arguments, "X'(X w - y)")
    assert (right.status, wrong.status) == (0, 1)
    assert "checked exactly" in right.out and "wrong: " in wrong.out
    assert "<mi>w</mi>" in right.out if form == "html" else r"\partial w" in right.out


def test_verify_a_candidate(cli: Cli) -> None:
    right = cli("verify", "J = ||X w - y||^2", "--wrt", "w", "--candidate", "2 X'(X w - y)")
    assert (right.status, right.err) == (0, "") and right.out.startswith("dJ/dw  proved for all sizes; ")
    wrong = cli("verify", "J = ||X w - y||^2", "--wrt", "w", "--candidate", "X'(X w - y)")
    assert wrong.status == 1 and wrong.out.startswith("dJ/dw  wrong: ") and wrong.err == ""


def test_verify_what_matcalc_derives(cli: Cli) -> None:
    done = cli("verify", NETWORK, "--wrt", "W1", "--wrt", "W2")
    assert done.status == 0 and done.out.count("proved for all sizes and every f; ") == 2


def test_verify_as_json(cli: Cli) -> None:
    done = cli("verify", QUADRATIC, "--wrt", "x", "--candidate", "A x", "--format", "json")
    found = json.loads(done.out)["x"]
    assert (done.status, found["status"]) == (1, "failed") and set(found["counterexample"]["point"]) == {"x", "A"}
    right = json.loads(cli("verify", QUADRATIC, "--wrt", "x", "--candidate", "A x + A' x", "--format", "json").out)["x"]
    derived = json.loads(cli("derive", QUADRATIC, "--wrt", "x", "--format", "json").out)["verification"]["x"]
    assert right == derived


def test_verify_in_unicode_and_in_ascii(cli: Cli) -> None:
    arguments = ("verify", "J = σ' σ", "--wrt", "σ", "--candidate", "2 σ")
    assert cli(*arguments).out.startswith("dJ/dσ  proved for all sizes; ")
    assert (
        cli(*arguments, "--ascii").out.startswith("dJ/dsigma  proved for all sizes; ")
        and cli(*arguments, "--ascii").out.isascii()
    )
    assert list(json.loads(cli(*arguments, "--format", "json").out)) == ["sigma"]
    printed = process(*arguments, PYTHONIOENCODING="ascii").stdout
    assert printed.startswith(b"dJ/dsigma  proved for all sizes; ")
    # A point too large to be shown is cut short.
    large = ("verify", "J = tr(A X)", "--shape", "A: 9 x 9", "--wrt", "X", "--candidate", "A")
    assert "…" in cli(*large).out
    cut = cli(*large, "--ascii").out
    assert "..." in cut and cut.isascii()


def test_the_time_limit_is_passed_on(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def note(function: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object, **options: object) -> object:
            given.append(options["time_limit"])
            return function(*arguments, **options)

        return noted

    for name in ("derive", "verify"):
        assert inspect.signature(getattr(matcalc, name)).parameters["time_limit"].default == 20
        monkeypatch.setattr(matcalc, name, note(getattr(matcalc, name)))
    problem = ("J = x' x", "--wrt", "x")
    for arguments in (("derive", *problem), ("verify", *problem), ("verify", *problem, "--candidate", "2 x")):
        assert cli(*arguments).status == cli(*arguments, "--time-limit", "1.5").status == 0
    assert given == [20, 1.5] * 3
    for wrong in ("0", "-1", "soon"):
        assert cli("derive", *problem, "--time-limit", wrong).status == 2
    for wrong in ("inf", "nan"):
        assert cli("derive", *problem, "--time-limit", wrong).status in (2, 3)


def test_what_cannot_be_verified_is_not_called_right(cli: Cli) -> None:
    shape = ("--shape", "x: 100000")
    assert cli("verify", "J = x' x", "--candidate", "2 x", *shape).status == 3
    assert cli("derive", "J = x' x", *shape).status == 0


def test_a_candidate_of_another_shape_or_name(cli: Cli) -> None:
    shape = cli("verify", QUADRATIC, "--wrt", "x", "--candidate", "x' A")
    assert shape.status in (1, 2)
    name = cli("verify", QUADRATIC, "--wrt", "x", "--candidate", "B x")
    assert name.status in (1, 2)
    two = cli("verify", NETWORK, "--wrt", "W1,W2", "--candidate", "X")
    assert two.status == 2 and "--wrt" in two.err
    assert cli("verify", QUADRATIC, "--wrt", "x", "--candidate", "2 (A x").status == 2


# -------------------------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ("X'(X w - y)", 0, "right"),
        ("2 X'(X w - y)", 1, "factor"),
        ("X (X w - y)", 1, "shape"),
        ("X'(", 2, "unreadable"),
    ],
)
def test_an_answer_is_checked(cli: Cli, tmp_path: Path, answer: str, status: int, kind: str) -> None:
    arguments = ("check", "J = 1/2 ||X w - y||^2", "--wrt", "w", "--answer")
    done = cli(*arguments, answer, "--format", "json")
    assert (done.status, done.err, json.loads(done.out)["kind"]) == (status, "", kind)
    (tmp_path / "answer.txt").write_text(answer)
    by_file = cli(*arguments, str(tmp_path / "answer.txt"))
    assert by_file.status == status and kind in by_file.out


def test_hints_do_not_give_the_answer_away(cli: Cli) -> None:
    arguments = ("check", "J = 1/2 ||X w - y||^2", "--wrt", "w", "--answer", "X'(X w + y)")
    assert cli(*arguments, "--hint", "1").out == "Look at `y`.\n"
    for more in (("--hint", "1"), ("--hint", "2"), ("--hide-answer",)):
        assert "X'(X w - y)" not in cli(*arguments, *more).out
    assert "so: X'(X w - y)" in cli(*arguments).out
    assert cli("check", "J = x' x", "--hint", "1").status == 2
