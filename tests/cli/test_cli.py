"""The command line: what goes where, in which form, with which exit status; and that bad input is never a traceback."""

from __future__ import annotations

import inspect
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from work import calls

import matcalc
from matcalc.cli import run
from matcalc.rules.conventions import NAMES as CONVENTIONS

NETWORK = "J = sum((y - f(f(X W1) W2))^2)"
QUADRATIC = "J = x' A x"
ERROR = "matcalc: "


def process(*arguments: str | bytes, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`matcalc` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "matcalc", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
    )


class Result:
    """What one run in this process printed and returned."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


Cli = Callable[..., Result]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: str) -> Result:
        capsys.readouterr()
        status = run(arguments)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(status, captured.out, captured.err)

    return call


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


# ------------------------------------------------------------------------------------------ where the source comes from


def test_a_file_and_standard_input_are_the_same(cli: Cli, tmp_path: Path) -> None:
    text = "# the network\nX: n x d\nZ = X W\nJ = sum(Z .* Z)\n"
    (tmp_path / "network.mc").write_text("\ufeff" + text, "utf-8")
    (tmp_path / "plain").write_text(text, "utf-8")
    arguments = ("--wrt", "W", "--no-verify")
    expected = cli("derive", text, *arguments)
    assert expected.status == 0
    assert cli("derive", str(tmp_path / "network.mc"), *arguments).out == expected.out
    assert cli("derive", str(tmp_path / "plain"), *arguments).out == expected.out
    piped = process("derive", "-", *arguments, stdin=text.encode())
    assert (piped.returncode, piped.stdout.decode()) == (0, expected.out)


def test_an_error_in_a_file_names_the_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "wrong.mc"
    file.write_text("Z = X W\nJ = sum(Z\n", "utf-8")
    done = cli("derive", str(file), "--wrt", "W")
    assert done.status == 2 and done.err.startswith(f"{ERROR}{file}: line ")
    assert process("derive", "-", "--wrt", "W", stdin=b"sum(").stderr.startswith(b"matcalc: standard input: line 1")


def test_what_is_no_text(cli: Cli, tmp_path: Path) -> None:
    for data, said in ((b"J = \xff", "not UTF-8"), (bytes(range(256)), "not UTF-8"), ("J".encode("utf-16"), "UTF-16")):
        (tmp_path / "binary.mc").write_bytes(data)
        done = cli("derive", str(tmp_path / "binary.mc"), "--wrt", "W")
        assert done.status == 2 and said in done.err
        piped = process("derive", "-", "--wrt", "W", stdin=data)
        assert piped.returncode == 2 and said.encode() in piped.stderr and b"Traceback" not in piped.stderr
    (tmp_path / "nul.mc").write_bytes(b"J = \0\0\0")
    assert cli("derive", str(tmp_path / "nul.mc"), "--wrt", "W").status == 2
    assert process("derive", b"J = \xff\xfe", "--wrt", "W").returncode == 2


def test_what_is_not_there(cli: Cli, tmp_path: Path) -> None:
    done = cli("derive", str(tmp_path / "none.mc"), "--wrt", "W")
    assert done.status == 2 and "there is no file" in done.err
    assert cli("derive", str(tmp_path), "--wrt", "W").status == 2


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


# --------------------------------------------------------------------------------------------------- rules and examples


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


# ------------------------------------------------------------------------------------------------------------ bad input


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


def test_output_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    done = cli("derive", "J = x' x", "--no-verify", "--output", str(tmp_path / "none" / "out.txt"))
    assert done.status == 2 and done.err.startswith(f"{ERROR}cannot write ") and done.out == ""
    done = cli("derive", "J = x' x", "--no-verify", "--output", "\ud800")
    assert (done.status, done.out, done.err) == (2, "", f"{ERROR}cannot write '\\ud800': no file can have this name\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk() -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "matcalc", "derive", "J = x' x", "--no-verify"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2 and done.stderr.startswith(b"matcalc: cannot write the output")
    assert b"Traceback" not in done.stderr and b"Exception" not in done.stderr


# ---------------------------------------------------------------------------------------------- terminals and processes


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_an_output_without_unicode_gets_ascii(encoding: str) -> None:
    done = process("derive", NETWORK, "--wrt", "W1", "--no-verify", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    expected = matcalc.derive(NETWORK, wrt="W1", verify=False).to_text(ascii=True).rstrip()
    assert done.stdout.decode(encoding).rstrip() == expected


def test_an_error_without_unicode() -> None:
    done = process("derive", "J = σ(ζ", "--wrt", "ζ", PYTHONIOENCODING="ascii")
    assert done.returncode == 2 and done.stderr.isascii() and b"^" in done.stderr


def test_documents_are_utf8_everywhere() -> None:
    for form in ("json", "latex", "markdown"):
        arguments = ("derive", "J = σ' σ", "--wrt", "σ", "--shape", "σ: n", "--format", form, "--no-verify")
        assert (
            process(*arguments, PYTHONIOENCODING="ascii").stdout == process(*arguments, PYTHONIOENCODING="utf-8").stdout
        )


def test_colour_only_on_a_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("derive", NETWORK, "--wrt", "W1", "--no-verify")
    plain = cli(*arguments).out
    assert "\x1b" not in plain
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in cli(*arguments).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli(*arguments).out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in cli(*arguments).out


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_nobody_reads_the_output() -> None:
    command = [sys.executable, "-m", "matcalc", "rules"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout and running.stderr
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 141


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


# ----------------------------------------------------------------------------------------------------------------- code


def test_a_file_of_code_is_read(cli: Cli, tmp_path: Path) -> None:
    """The ending says the language, --function which of several is meant, and the only one is said."""
    path = tmp_path / "losses.py"
    path.write_text("def loss(X, w):\n    return ((X @ w) ** 2).sum()\n\ndef other(x):\n    return x @ x\n")
    found = cli("derive", str(path), "--function", "loss", "--wrt", "w", "--no-steps", "--no-verify")
    assert found.status == 0
    assert "2 X' X w" in found.out
    assert "the function" not in found.out
    several = cli("derive", str(path), "--wrt", "w")
    assert several.status == 3
    assert "losses.py: line 4" in several.err
    assert "--function" in several.err
    assert cli("verify", str(path), "--function", "other", "--wrt", "x", "--candidate", "2 x").status == 0
    path.write_text("import numpy as np\n\ndef loss(x):\n    return x @ x\n")
    assert "the function loss is read" in cli("derive", str(path), "--no-steps", "--no-verify").out
    path.write_text("np.sum(x")
    assert cli("derive", str(path)).status == 2


def test_the_language_is_an_option(cli: Cli, tmp_path: Path) -> None:
    """`norm(A)` of a matrix is spectral in MATLAB; a file that ends in .m is MATLAB."""
    said = cli("derive", "norm(A)", "--language", "matlab", "--wrt", "A", "--no-steps", "--no-verify")
    assert "‖A‖_2" in said.out
    path = tmp_path / "objective.m"
    path.write_text("norm(A)")
    assert "‖A‖_2" in cli("graph", str(path), "--wrt", "A", "--format", "dot").out
    assert cli("derive", "x' x", "--language", "fortran").status == 2
    assert "2 x" in cli("derive", "x' x", "--language", "text", "--no-verify").out


# ------------------------------------------------------------------------------------------------------------- answers


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
