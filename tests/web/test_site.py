"""The page as static files: what is packed, how, and what answers in a browser. test_browser.py runs the whole."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from matcalc.cli import run
from matcalc.web.static import answering, arrays, building, packing

SOURCE = {"source": "J = ||X w - y||^2", "wrt": ["w"]}


def test_everything_that_a_derivation_needs_is_packed() -> None:
    files = dict(building.sources(("matcalc", "lark")))
    for name in ("matcalc/__init__.py", "matcalc/web/service.py", "matcalc/grammar/matcalc.lark", "lark/lark.py"):
        assert name in files
    assert files["numpy/__init__.py"] == Path(arrays.__file__)
    assert {name.split("/")[1] for name in files if name.startswith("numpy/")} >= {"array.py", "linalg.py"}
    assert {name.split("/")[-1] for name in files if "/examples/" in name} >= {"ridge.mc", "network.mc"}
    assert not any("matcalc/cli/" in name or "__pycache__" in name for name in files)


PROVED = [
    "J = ||X w - y||^2",
    "J = sum(softmax(X W) .* Y)",
    "X: n x n pd\nJ = logdet(X) + tr(inv(X) S)",
    "J = sum(gelu(X w)) + sum(relu(X w)) + sum(erf(w)) + sum(lgamma(w))",
    "J = sum(expm(A) .* B)",
    "J = norm_nuc(X)",
    "J = lambda_max(S)\nS: n x n symmetric",
]


def test_no_proof_imports_what_is_left_out() -> None:
    """In a process where what is left out cannot be imported, and NumPy is what stands in for it."""
    by_two = {"source": "J = sum((y - f(f(X W1) W2))^2)", "wrt": ["W1", "W2"], "verify": False}
    left = [f"{package}.{name}" for package, names in building.UNUSED.items() for name in names if package != "matcalc"]
    code = f"""
import importlib, sys
for name in ["click", *{left!r}]:
    sys.modules[name] = None
sys.modules["numpy"] = importlib.import_module("matcalc.web.static.arrays")
from matcalc.web.service import answered
for source in {PROVED!r}:
    found = answered("derive", {{"source": source}})
    for name, proof in found["verification"].items():
        print(proof["status"])
for asked in [{by_two!r}, {{"source": "J = ||u - X w||^2 + u'A w", "wrt": ["u", "w"], "verify": False}}]:
    assert answered("hessian", asked)["results"]
assert answered("check", {{"source": "J = ||X w - y||^2", "wrt": ["w"], "answer": "2 X'(X w + y)"}})["kind"] == "sign"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    assert set(done.stdout.split()) <= {"proved", "agrees"}
    assert len(done.stdout.split()) >= len(PROVED)


def test_a_module_is_packed_as_byte_code_that_runs_without_its_source(tmp_path: Path) -> None:
    text = (
        b'"""Words."""\nassert False\n\ndef f():\n    "Words."\n    return [n for n in range(3)], __doc__, f.__doc__\n'
    )
    files = packing.compiled({"words/__init__.py": b"", "words/said.py": text, "words/data.toml": b"a = 1"})
    assert sorted(files) == ["words/__init__.pyc", "words/data.toml", "words/said.pyc"]
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packing.compressed(packing.tarred(files))))) as archive:
        archive.extractall(tmp_path, filter="data")
    with zipfile.ZipFile(io.BytesIO(packing.zipped(files))) as archive:
        assert archive.read("words/data.toml") == b"a = 1"
    (tmp_path / "words.zip").write_bytes(packing.zipped(files))
    for place in ("", "words.zip"):
        code = "from words.said import f; print(f())"
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / place)!r}); {code}"],
            capture_output=True, text=True, cwd="/",
        )  # fmt: skip
        assert done.stdout == "([0, 1, 2], None, None)\n", done.stderr


def test_what_is_packed_is_the_same_each_time() -> None:
    files = packing.compiled({"a.py": b"x = 1", "b.py": b"y = 2"})
    assert packing.compressed(packing.tarred(files)) == packing.compressed(
        packing.tarred(dict(reversed(files.items())))
    )


def test_the_worker_answers_what_the_service_answers() -> None:
    found = json.loads(answering.respond("derive", json.dumps({**SOURCE, "verify": False})))
    assert found["results"][0]["text"] == "2 X'(X w - y)"
    found = json.loads(answering.respond("derive", json.dumps({"source": "J = (x"})))
    assert found["error"]["kind"] == "ParseError"


@pytest.mark.parametrize("left, right", ["()", ("exp(", ")"), (r"\\left(", r"\\right)"), ("{", "}")])
def test_what_would_overflow_the_browsers_stack_is_refused_before_it_is_read(left: str, right: str) -> None:
    def asked(depth: int) -> dict[str, Any]:
        source = f"J = {left * depth}x'x{right * depth} + (x'x) (x'x)"
        found: dict[str, Any] = json.loads(answering.respond("read", json.dumps({"source": source})))
        return found

    error = asked(2_000)["error"]
    assert error["kind"] == "UnsupportedError" and "nested too deeply" in error["message"] and error["hint"]
    assert "nested too deeply" not in json.dumps(asked(900))


def test_brackets_beside_each_other_are_not_nested() -> None:
    source = "J = " + " + ".join(["(x'x)"] * 1_500)
    assert json.loads(answering.respond("read", json.dumps({"source": source})))["understood"]


def test_the_graph_gets_its_picture() -> None:
    answer = answering.respond("graph", json.dumps(SOURCE))
    found = json.loads(answering.pictured(answer, "<?xml version='1.0'?><svg><text>w</text></svg>"))
    assert found["svg"] == "<svg><text>w</text></svg>"
    assert found["svg"] in found["html"]
    assert found["dot"] == json.loads(answer)["dot"]


@pytest.mark.parametrize("later", answering.LATER)
def test_the_worker_says_which_package_must_be_loaded_first(later: str) -> None:
    code = f"""
import sys, json
sys.modules[{later!r}] = None
from matcalc.web.static.answering import respond
print(respond("derive", json.dumps({{**{SOURCE!r}, "verify": False}}))[:10])
print(respond("derive", json.dumps({{"source": "J = sum(lgamma(X w)) + logdet(S)", "wrt": ["w"]}})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    derived, proved = done.stdout.splitlines()
    assert derived.startswith("{")
    assert proved == later


def test_the_page_is_the_servers_but_for_what_a_server_does() -> None:
    own, pages = Path(building.__file__).parent, building.pages()
    page = own.parent / "page"
    assert set(pages) == {file.name for file in page.iterdir()} | {"offline.js", "loading.css", "licenses.txt"}
    for file in page.iterdir():
        if file.name not in ("index.html", "transport.js"):
            assert pages[file.name] == file.read_bytes()
    assert pages["transport.js"] == (own / "transport.js").read_bytes()
    shown = pages["index.html"].decode()
    assert "script-src 'self' 'wasm-unsafe-eval';" in shown
    assert "<noscript>" in shown
    assert 'href="/' not in shown and 'src="/' not in shown
    assert b"SymPy Development Team" in pages["licenses.txt"]
    for name in building.FETCHED:
        assert name.strip("@").partition("/")[0].encode() in pages["licenses.txt"]


def test_a_page_is_renewed(tmp_path: Path) -> None:
    made, into = tmp_path / "made", tmp_path / "page"
    made.mkdir()
    for content in (b"one", b"two"):
        (made / "worker.js").write_bytes(content)
        (made / "sympy.packed").write_bytes(content)
        sizes = building.laid_out(made, into)
        (into / "CNAME").write_text("a file of the host's")
    (engine,) = into.glob("engine-*")
    assert (engine / "worker.js").read_bytes() == b"two"
    listed = json.loads((into / "files.json").read_text("utf-8"))
    assert listed["engine"] == f"{engine.name}/"
    assert listed["packed"] == {"sympy": 3}
    assert sizes == {name: (into / name).stat().st_size for name in listed["files"]}
    assert (into / "CNAME").exists()


def test_both_ways_to_ask_offer_the_page_the_same() -> None:
    own = Path(building.__file__).parent
    ways = [folder.joinpath("transport.js").read_text("utf-8") for folder in (own, own.parent / "page")]
    found = [
        re.findall(r"^export (?:async )?(?:function (\w+\([\w, ]*\))|const (\w+) = .*)", way, re.M) for way in ways
    ]
    assert found[0] and sorted(found[0]) == sorted(found[1])
    offers = [re.findall(r"(\w+):", re.findall(r"^export const offers = \{(.*)\};", way, re.M)[0]) for way in ways]
    assert offers[0] == offers[1]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("words")
    assert run(["site", "build", str(tmp_path)]) == 2
    assert "is no page of matcalc" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert run(["site", "build", str(tmp_path / "new")]) == 2
    assert "install Node.js" in capsys.readouterr().err
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)  # a program that fails
    assert run(["site", "build", str(tmp_path / "new")]) == 2
    assert "failed" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
