"""Where a program comes from and where the result goes: files, code, pipes, terminals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.calling import ERROR, NETWORK, Cli, process

import matcalc

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


# ---------------------------------------------------------------------------------------------- terminals and processes


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
