"""Builds the page as static files: fetches Pyodide, compiles and packs what it loads, lays the page beside it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from matcalc.errors import MatcalcError

FETCHED = {"pyodide": "314.0.7", "@viz-js/viz": "3.31.0"}
"""The packages that npm fetches: Python, and Graphviz, which draws the graph."""
ARCHIVES = {"matcalc": ("matcalc", "lark"), "sympy": ("sympy", "mpmath")}
"""What is loaded together: the first for a derivation, the second for a proof."""
RENAMED = {"matcalc/web/static/arrays/": "numpy/"}
"""What is found there under another name: no NumPy is made for a browser, and few of its functions are called."""
UNUSED = {
    "lark": {"__pyinstaller"},
    "matcalc": {"cli"},
    "mpmath": {"tests"},
    "sympy": {
        "benchmarks",
        "categories",
        "codegen",
        "crypto",
        "diffgeom",
        "holonomic",
        "liealgebras",
        "physics",
        "sandbox",
        "stats",
        "testing",
        "tests",
        "unify",
        "vector",
    },
}
"""Folders of the packages that no derivation and no proof imports."""
_DATA = {"matcalc": ("grammar", "examples")}
"""Folders that lie beside a package in a checkout and inside it elsewhere."""
_HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'"
)
"""What the page may load: its own files, and no code but theirs and WebAssembly."""
_NO_SCRIPT = "This page computes in the browser and needs JavaScript; <code>matcalc serve</code> does not."
_LOCK = "pyodide-lock.json"
"""Pyodide's list of packages; it is asked for, and empty here."""
_ENGINE = ("pyodide.mjs", "pyodide.asm.mjs")
_LIMIT = 600.0
"""Seconds that npm or the compilation may take."""


def build(folder: str, report: Callable[[str], None] = lambda said: None) -> dict[str, int]:
    """Write the page into `folder`, a new one or an earlier page; the sizes of what a browser loads, file by file.

    `report` is told what is being done. Raises MatcalcError where npm or Node.js is missing or fails.
    """
    into = Path(folder)
    if into.exists() and not (into / "files.json").is_file() and not (into.is_dir() and not any(into.iterdir())):
        raise MatcalcError(f"{folder} is there already, and is no page of matcalc", hint="name a new folder")
    node, npm = _program("node"), _program("npm")
    with tempfile.TemporaryDirectory(prefix="matcalc-site-") as scratch:
        place = Path(scratch)
        wanted = [f"{name}@{version}" for name, version in FETCHED.items()]
        report(f"fetching {' and '.join(wanted)}")
        (place / "package.json").write_text('{"private": true}', "utf-8")
        _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *wanted], place)
        fetched = place / "node_modules" / "pyodide"
        report("compiling Python's library, matcalc and SymPy")
        for archive, packages in ARCHIVES.items():
            _zip(sources(packages), place / f"{archive}.zip")
        made = place / "made"
        made.mkdir()
        _run([node, _HERE / "compile.mjs", fetched, _HERE / "packing.py", place, made], place)
        for name in _ENGINE:
            shutil.copyfile(fetched / name, made / name)
        shutil.copyfile(_HERE / "worker.js", made / "worker.js")
        shutil.copyfile(place / "node_modules" / "@viz-js" / "viz" / "dist" / "viz.js", made / "graphviz.js")
        lock = json.loads((fetched / _LOCK).read_text("utf-8"))
        (made / _LOCK).write_text(json.dumps({**lock, "packages": {}}), "utf-8")
        report("writing the page")
        return laid_out(made, into)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MatcalcError(f"there is no {name} here", hint="install Node.js, which brings npm: https://nodejs.org")
    return found


def _run(command: list[str | Path], place: Path) -> None:
    name = Path(command[0]).name
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, encoding="utf-8", timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        raise MatcalcError(f"{name} took more than {_LIMIT:.0f} seconds", hint="try again") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise MatcalcError(f"{name} failed: " + "\n".join(line[:300] for line in said), hint="is the network there?")


def sources(packages: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The files of packages that a browser gets, by their paths: modules and data, without what is never imported."""
    for package in packages:
        spec = find_spec(package)
        assert spec is not None and spec.origin is not None
        root = Path(spec.origin).parent
        folders = [(package, root)]
        for name in _DATA.get(package, ()):
            inside = root / name
            folders += [] if inside.is_dir() else [(f"{package}/{name}", root.parent / name)]
        for prefix, place in folders:
            for file in sorted(place.rglob("*")):
                path = file.relative_to(place)
                unused = {"__pycache__"} | UNUSED.get(package, set())
                if file.is_file() and not unused & set(path.parts) and file.suffix in _KINDS:
                    yield _there(f"{prefix}/{path.as_posix()}"), file


def _there(path: str) -> str:
    for old, new in RENAMED.items():
        if path.startswith(old):
            return new + path[len(old) :]
    return path


_KINDS = {".py", ".lark", ".toml", ".mc", ".md", ".tex", ".json"}


def _zip(files: Iterable[tuple[str, Path]], into: Path) -> None:
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files:
            archive.write(file, name)


def laid_out(made: Path, into: Path) -> dict[str, int]:
    """Put the page and its engine, what is in the folder `made`, into a folder; each file with its size.

    The engine's folder there is named by what is in it, so that a browser keeps it until there is another.
    """
    content = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(made.iterdir()))).hexdigest()
    engine = f"engine-{content[:12]}"
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("engine-*"):
        shutil.rmtree(old)
    shutil.copytree(made, into / engine)
    page = pages()
    for name, data in page.items():
        (into / name).write_bytes(data)
    sizes = {file.stem: file.stat().st_size for file in sorted(made.glob("*.packed"))}
    listed = {
        "engine": f"{engine}/",
        "packed": sizes,
        "files": [*sorted(page), *(f"{engine}/{file.name}" for file in sorted(made.iterdir()))],
    }
    (into / "files.json").write_text(json.dumps(listed, indent=1), "utf-8")
    return {name: (into / name).stat().st_size for name in listed["files"]}


def pages() -> dict[str, bytes]:
    """The files of the page itself; what a server would do is done by those of this folder."""
    found = {file.name: file.read_bytes() for file in sorted((_HERE.parent / "page").iterdir()) if file.is_file()}
    for name in ("transport.js", "offline.js", "loading.css"):
        found[name] = (_HERE / name).read_bytes()
    found["index.html"] = _without_server(found["index.html"].decode("utf-8")).encode("utf-8")
    return {**found, "licenses.txt": _licenses().encode("utf-8")}


def _without_server(page: str) -> str:
    # The policy that a server would send, and what differs for a reader: each place stands once in the page.
    charset = '<meta charset="utf-8">'
    for place, instead in (
        (charset, f'{charset}\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        ("</head>", '<link rel="stylesheet" href="loading.css">\n</head>'),
        ('<div id="status"', f'<noscript><p class="error">{_NO_SCRIPT}</p></noscript>\n<div id="status"'),
        ('<a href="openapi.json">JSON interface</a>', '<a href="licenses.txt">Licenses</a>'),
    ):
        if page.count(place) != 1:
            raise AssertionError(f"the page must have {place} once")
        page = page.replace(place, instead)
    return page


def _licenses() -> str:
    pyodide = "Pyodide is under the MPL-2.0, and holds CPython, under the PSF license"
    graphviz = "graphviz.js is Graphviz, under the EPL-2.0, compiled by Viz.js, under the MIT license"
    parts = [f"{pyodide}: https://github.com/pyodide/pyodide\n{graphviz}: https://github.com/mdaines/viz-js\n"]
    for name in sorted(package for packages in ARCHIVES.values() for package in packages):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        for file in found.files or ():
            if file.name.upper().startswith(("LICENSE", "COPYING")) and "dist-info" in file.parts[0]:
                parts.append(f"\n{'-' * 80}\n{name} {found.version}\n\n{file.read_text('utf-8')}")
    return "".join(parts)
