"""What is derived: by which options, by what where nobody says it, in which formats."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli.calling import NETWORK, QUADRATIC, Cli

import matcalc
from matcalc.cli import run
from matcalc.options import CONVENTIONS

# --------------------------------------------------------------------------------------------------------------- derive


def test_the_main_job(cli: Cli) -> None:
    done = cli("derive", NETWORK, "--wrt", "W1", "--wrt", "W2")
    assert (done.status, done.err) == (0, "")
    for piece in ("W1", "W2", "dJ", "proved for all sizes"):
        assert piece in done.out
    assert done.out.endswith("\n") and not done.out.endswith("\n\n")


def test_several_variables_in_one_option_are_the_same(cli: Cli) -> None:
    once = cli("derive", NETWORK, "--wrt", "W1,W2", "--no-verify")
    twice = cli("derive", NETWORK, "--wrt", "W1", "--wrt", "W2", "--no-verify")
    assert once.out == twice.out and once.status == 0


def test_text_is_the_text_of_the_api(cli: Cli) -> None:
    derivation = matcalc.derive(NETWORK, wrt=["W1", "W2"], verify=False)
    arguments = ("derive", NETWORK, "--wrt", "W1", "--wrt", "W2", "--no-verify")
    assert cli(*arguments).out.rstrip() == derivation.to_text().rstrip()
    assert cli(*arguments, "--ascii").out.rstrip() == derivation.to_text(ascii=True).rstrip()
    assert cli(*arguments, "--no-steps").out.rstrip() == derivation.to_text(steps=False).rstrip()
    assert cli(*arguments, "--expand").out.rstrip() == derivation.to_text(expand=True).rstrip()
    assert cli(*arguments, "--ascii").out.isascii()


def test_the_documents(cli: Cli) -> None:
    arguments = ("derive", QUADRATIC, "--wrt", "x", "--no-verify")
    latex = cli(*arguments, "--format", "latex").out
    assert "\\documentclass" not in latex and "\\" in latex
    assert cli(*arguments, "--document").out.startswith("\\documentclass")
    assert cli(*arguments, "--document", "--format", "html").out.startswith("<!doctype html>")
    assert cli(*arguments, "--document", "--format", "json").status == 2
    assert json.loads(cli(*arguments, "--format", "json").out)
    assert "x" in cli(*arguments, "--format", "markdown").out


def test_homework_is_several_problems_in_one_document(cli: Cli, tmp_path: Path) -> None:
    for name, text in (
        ("a.mc", "J = ||X w - y||^2"),
        ("b.mc", "# J: matcalc derive b.mc --wrt W\nJ = sum((X W - Y)^2)"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
    files = [str(tmp_path / name) for name in ("a.mc", "b.mc")]
    output = tmp_path / "hw.tex"
    head = ("--title", "Sheet 3 & more", "--author", "Ada Müller, 李雷", "--date", "1 May")
    assert cli("derive", *files, "ridge", "--wrt", "w", "--output", str(output), *head).status == 0
    page = output.read_text("utf-8")
    assert page.startswith(r"\documentclass") and page.rstrip().endswith(r"\end{document}")
    assert r"Sheet 3 \& more" in page and r"Ada M\"{u}ller, 李雷\par" in page and "1 May" in page
    assert [page.count(f"Problem {n}}}") for n in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert page.count("Find the gradient of") == 3 and page.count("proved") == 3
    assert page.count("Rules used") == 1 and page.count(r"\noindent product rule: ") == 1
    assert page.index(r"\frac{\partial J}{\partial W}") < page.index("Rules used")
    # What is said of all lines is said once.
    assert page.count(r"$A : B = \sum_{i,j} A_{i j} B_{i j}") == 1
    text = cli("derive", *files, "--wrt", "w", "--no-verify").out
    assert "Problem 2" in text and "dJ/dW = 2 X'(X W - Y)" in text
    assert len(json.loads(cli("derive", *files, "--wrt", "w", "--no-verify", "--format", "json").out)) == 2
    assert cli("derive", *files, "--wrt", "w", "--no-verify", "--format", "html").out.count('"problem"') == 2
    assert "### Derivation" in cli("derive", *files, "--wrt", "w", "--no-verify", "--format", "markdown").out
    done = cli("derive", *files, "--wrt", "w,q", "--no-verify")
    assert done.status == 2 and "q occurs in none of the problems" in done.err
    done = cli("derive", files[0], "network", "--no-verify", "--wrt", "w")
    assert done.status == 0 and "dJ/dW1" in done.out
    (tmp_path / "c.mc").write_text("J = x' A y", "utf-8")
    done = cli("derive", *files, str(tmp_path / "c.mc"), "--wrt", "w")
    assert done.status == 2 and "c.mc: choose what to differentiate by" in done.err
    # One problem in several words is no homework.
    done = cli("derive", "J", "=", "x' x", "--wrt", "x")
    assert done.status == 2 and "put the whole expression in one pair of quotes" in done.err


def test_a_pdf_is_made_by_the_tex_that_is_found(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matcalc.document.writers import pdf

    output = tmp_path / "a.pdf"
    arguments = ("derive", QUADRATIC, "--wrt", "x", "--no-verify", "--output", str(output))
    if any(map(shutil.which, pdf.ENGINES)):
        assert cli(*arguments).status == 0
        assert output.read_bytes().startswith(b"%PDF")
        output.unlink()
    fake = tmp_path / "lualatex"
    fake.write_text("#!/bin/sh\necho '! Emergency stop.'\nexit 1\n", "utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = cli(*arguments)
    assert done.status == 3 and "lualatex made no PDF: ! Emergency stop." in done.err
    fake.unlink()
    done = cli(*arguments)
    assert done.status == 3 and "install tectonic, or TeX Live" in done.err
    assert not output.exists()


def test_a_complete_page_of_html_and_rule_book(cli: Cli, tmp_path: Path) -> None:
    output = tmp_path / "a.html"
    assert cli("derive", QUADRATIC, "--wrt", "x", "--no-verify", "--output", str(output)).status == 0
    page = output.read_text("utf-8")
    assert page.startswith("<!doctype html>") and '<meta charset="utf-8">' in page
    assert "<title>The gradient of J with respect to x</title>" in page
    book = tmp_path / "rules.tex"
    assert cli("rules", "--output", str(book)).status == 0
    assert book.read_text("utf-8").startswith(r"\documentclass")
    assert not cli("rules", "--format", "latex").out.startswith(r"\documentclass")


def test_output_says_the_format(cli: Cli, tmp_path: Path) -> None:
    arguments = ("derive", QUADRATIC, "--wrt", "x", "--no-verify", "--output")
    starts = {"a.tex": "\\documentclass", "a.json": "{", "a.md": "", "a.txt": ""}
    for name, start in starts.items():
        done = cli(*arguments, str(tmp_path / name))
        assert (done.status, done.out, done.err) == (0, "", "")
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    assert "\\" not in (tmp_path / "a.txt").read_text("utf-8")
    assert "\x1b" not in (tmp_path / "a.txt").read_text("utf-8")
    cli(*arguments, str(tmp_path / "b.tex"), "--format", "text")
    assert (tmp_path / "b.tex").read_text("utf-8") == (tmp_path / "a.txt").read_text("utf-8")


def test_shapes_are_declarations(cli: Cli) -> None:
    done = cli("derive", QUADRATIC, "--wrt", "x", "--shape", "A: n x n symmetric", "--no-verify", "--no-steps")
    assert "2 A x" in done.out
    assert "2 A x" not in cli("derive", QUADRATIC, "--wrt", "x", "--no-verify", "--no-steps").out


def test_several_declarations_in_one_option_are_the_same(cli: Cli) -> None:
    arguments = ("derive", "J = sum((X W - Y)^2)", "--wrt", "W", "--no-verify")
    once = cli(*arguments, "--shape", "X: n x d; Y: n x 7;")
    twice = cli(*arguments, "--shape", "X: n x d", "--shape", "Y: n x 7")
    assert once.out == twice.out and (once.status, once.err) == (0, "")
    assert cli("verify", *arguments[1:4], "--shape", "X: n x d; Y: n x 7").status == 0
    for wrong in ("X: n x d; nonsense", "", " "):
        done = cli(*arguments, "--shape", wrong)
        assert done.status == 2 and "is not a declaration" in done.err


def test_the_convention_is_passed_on(cli: Cli) -> None:
    arguments = ("derive", "J = logdet(X)", "--shape", "X: n x n symmetric", "--wrt", "X", "--no-verify")
    texts = {cli(*arguments, "--convention", c).out for c in CONVENTIONS}
    assert len(texts) > 1 and "" not in texts
    help = cli("derive", "--help").out
    assert all(name in help for name in CONVENTIONS)
    other = cli(*arguments, "--convention", "nonsense")
    assert other.status == 2 and all(name in other.err for name in CONVENTIONS)


def test_a_minus_is_not_an_option(cli: Cli) -> None:
    for source in ("-tr(X)", "-x' x", "-h' h"):
        name = "X" if "X" in source else source[1]
        assert cli("derive", source, "--wrt", name, "--no-verify").status == 0
        assert cli("derive", "--wrt", name, "--no-verify", "--", source).status == 0
    assert cli("verify", "-x' x", "--wrt", "x", "--candidate", "-2 x").status == 0


# ------------------------------------------------------------------------------------------------- by what, if not said


def test_one_input_needs_no_wrt(cli: Cli) -> None:
    assert cli("derive", "J = x' x", "--no-verify").out == cli("derive", "J = x' x", "--wrt", "x", "--no-verify").out


def test_what_is_not_constant_is_meant(cli: Cli) -> None:
    source = "X: n x d constant; y: n constant; J = ||X w + v - y||^2"
    assert cli("derive", source, "--no-verify").out == cli("derive", source, "--wrt", "w,v", "--no-verify").out


def test_a_file_that_says_by_what_is_quoted(cli: Cli, tmp_path: Path) -> None:
    done = cli("derive", "network")
    assert done.status == 2 and "matcalc derive examples/network.mc --wrt W1 --wrt W2\n" in done.err
    file = tmp_path / "own.mc"
    hints = {
        "# mine: --wrt W\nJ = sum(X W)": "--wrt W",
        "J = sum(X W)  # matcalc derive own.mc --wrt=W": "matcalc derive own.mc --wrt=W",
        "# \x1b[31m --wrt W\nJ = sum(X W)": "",
        "# the product\n# --wrt W\nJ = sum(X W)": "",
        "#" + "matcalc " * 9000 + "--wrt W\nJ = sum(X W)": "",
    }
    for text, quoted in hints.items():
        file.write_text(text, "utf-8")
        done = cli("derive", str(file))
        hint = (
            f"the first comment of the program suggests: {quoted}"
            if quoted
            else "give one, as --wrt X; or all of them: --wrt X,W"
        )
        assert done.status == 2 and done.err.endswith(f"hint: {hint}\n")


def test_several_inputs_are_named(cli: Cli) -> None:
    done = cli("derive", NETWORK)
    assert done.status == 2 and "--wrt" in done.err and "W1" in done.err
    assert done.out.startswith("y: n\nX: n x d\nW1: d x h\nW2: h\nf: elementwise\nJ = ")
    assert cli("derive", "1 + 2").status == 2


# --------------------------------------------------------------------------------------------------- second derivatives


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--wrt x --wrt A --wrt x", "by one name or two, and here are x, A, x"),
        ("--wrt x --operator --entries", "--operator and --entries exclude each other"),
        ("--wrt x --operator --direction v", "--direction and --operator exclude each other"),
        ("--wrt x --operator --format latex", "--operator and --format exclude each other"),
        ("--wrt x --direction v --structure half", "--direction and --structure exclude each other"),
        ("--wrt x --direction v --gauss-newton", "--direction and --gauss-newton exclude each other"),
        ("--wrt x,A --direction v", "a Hessian times a direction is by one name, and here are x, A"),
        ("--wrt y", "the names are x, A, J"),
        ("--wrt x --wrt y", "the names are x, A, J"),
        ("--wrt J", "J is the objective, and a Hessian is by what it depends on"),
    ],
)
def test_what_a_hessian_would_drop_is_refused(options: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hessian", "J = x' A x", *options.split()]) == 2
    assert words in capsys.readouterr().err


def test_a_hessian_by_one_name_twice_is_that_by_the_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hessian", "J = x' A x", "--wrt", "x", "--wrt", "x", "--operator", "--no-steps", "--no-verify"]) == 0
    assert capsys.readouterr().out == "(A + A') dx\n"
