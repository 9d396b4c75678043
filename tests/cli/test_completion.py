"""What a shell completes after `matcalc`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from matcalc.cli import _cli

COMMAND = Path(sys.executable).parent / "matcalc"


def completed(*words: str) -> list[str]:
    """What the last word may become."""
    *before, last = words
    return [item.value for item in BashComplete(_cli, {}, "matcalc", "_MATCALC_COMPLETE").get_completions(before, last)]


def test_commands_options_and_choices() -> None:
    assert completed("der") == ["derive"]
    assert completed("derive", "--exp") == ["--explain", "--expand"]
    assert completed("derive", "ridge", "--layout", "") == ["gradient", "numerator", "denominator"]


def test_examples_and_files() -> None:
    assert completed("derive", "rid") == ["ridge"]
    assert {"ridge", "network"} <= set(completed("check", ""))
    (item,) = BashComplete(_cli, {}, "matcalc", "_MATCALC_COMPLETE").get_completions(["derive"], "./here")
    assert item.type == "file" and item.value == "./here"


def test_names_of_the_program(tmp_path: Path) -> None:
    assert completed("derive", "J = x' A x", "--wrt", "") == ["x", "A"]
    assert completed("hessian", "ridge", "--wrt", "") == ["X", "w", "y", "lam"]
    assert completed("derive", "ridge", "--wrt", "w,") == ["w,X", "w,w", "w,y", "w,lam"]
    assert completed("derive", "ridge", "--wrt", "l") == ["lam"]
    (tmp_path / "net.mc").write_text("J = sum(relu(X W))")
    assert completed("derive", str(tmp_path / "net.mc"), "--wrt", "W") == ["W"]
    assert completed("derive", "J = foo(", "--wrt", "") == [] == completed("derive", "--wrt", "")


@pytest.mark.skipif(not shutil.which("bash") or not COMMAND.exists(), reason="needs bash and the installed command")
def test_bash_itself() -> None:
    script = """eval "$(_MATCALC_COMPLETE=bash_source matcalc)"
    COMP_WORDS=(matcalc deri); COMP_CWORD=1; _matcalc_completion matcalc; echo "${COMPREPLY[@]}"
    """
    env = {**os.environ, "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.split() == ["derive"], done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    env = {**os.environ, "_MATCALC_COMPLETE": f"{shell}_source"}
    command = [sys.executable, "-c", "from matcalc.cli import main; main()"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8")
    assert f"_MATCALC_COMPLETE={shell}_complete" in done.stdout and done.returncode == 0
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=done.stdout, text=True, encoding="utf-8").returncode == 0
