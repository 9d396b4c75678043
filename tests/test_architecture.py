"""The house stands as it was drawn: who may know whom, what is loaded when, and how big a room may be."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import matcalc

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "matcalc"

# Room -> the rooms that it may import. A room is a module or a package, and what lies inside it may know its siblings;
# a part with arrows of its own (rules.sugar, syntax.program) is a room too. Everyone may import these:
GROUND = ("errors", "options")
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "options": set(),
    "names": set(),
    "checked": set(),
    "processes": set(),
    "prose": set(),
    "shows": set(),
    "dims": set(),
    "signatures": {"dims"},
    "expr": {"dims", "signatures"},
    "named_functions": set(),
    "operators": {"dims", "named_functions", "expr", "signatures"},
    "sigmas": {"dims", "expr", "operators", "signatures"},
    "rewrite": {"dims", "expr", "operators"},
    "rules": {"prose", "dims", "expr", "operators", "rewrite", "rules.sugar"},
    "rules.sugar": {"dims", "expr", "operators", "rewrite", "rules"},
    "grammar": set(),
    "families": {"dims", "expr", "operators"},
    "syntax.program": {"checked", "prose", "shows", "expr", "families", "sigmas"},
    "sums": {"sigmas", "dims", "expr", "operators"},
    "syntax": {
        "sigmas",
        "prose",
        "names",
        "dims",
        "named_functions",
        "expr",
        "families",
        "grammar",
        "operators",
        "rules.sugar",
        "signatures",
        "sums",
        "syntax.program",
    },
    "derive": {"prose", "dims", "expr", "families", "names", "operators", "rewrite", "rules", "syntax.program"},
    "meaning": {"sigmas", "dims", "named_functions", "expr", "operators"},
    "verify": {"shows", "prose", "dims", "named_functions", "expr", "families", "indices", "meaning", "operators"},
    "write": {"sigmas", "names", "dims", "expr", "indices", "operators", "rewrite"},
    "document.view": set(),
    "document": {
        "sigmas",
        "document.view",
        "dims",
        "derive",
        "expr",
        "families",
        "indices",
        "names",
        "operators",
        "prose",
        "rewrite",
        "syntax.program",
        "write",
    },
    "indices": {"sigmas", "dims", "expr", "operators"},
    "check": {
        "checked",
        "processes",
        "derive",
        "dims",
        "expr",
        "meaning",
        "operators",
        "shows",
        "signatures",
        "sums",
        "syntax",
        "syntax.program",
        "verify",
        "write",
    },
    "drawing": {"checked", "derive", "document", "expr", "families", "names", "write"},
    "examples": set(),
    "api": {
        "check",
        "document.view",
        "checked",
        "derive",
        "expr",
        "families",
        "indices",
        "meaning",
        "drawing",
        "operators",
        "document",
        "prose",
        "rewrite",
        "rules",
        "shows",
        "syntax",
        "syntax.program",
        "verify",
        "write",
    },
    "collection": {"examples"},
    "cli": {"", "mcp", "collection", "document", "document.view", "api", "rules", "web"},
    "web": {
        "",
        "api",
        "check",
        "collection",
        "document",
        "document.view",
        "drawing",
        "processes",
        "syntax",
        "syntax.program",
        "verify",
    },
    "notebook": {"cli"},
    "mcp": {"", "web"},
    "__main__": {"cli"},
    "": {"check", "document", "drawing", "api", "syntax.program", "verify"},
}


def modules(package: Path) -> dict[str, Path]:
    """Dotted name below the package ("" is the package itself) -> file."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def parsed(text: str) -> ast.Module:
    """The tree of a module's text."""
    return ast.parse(text)


def imports(name: str, file: Path, known: set[str]) -> Iterator[tuple[str, int]]:
    """Each import of a module of the package in `file`, wherever it stands, for types too: (module, line)."""
    tree = parsed(file.read_text("utf-8"))
    package = ["matcalc", *name.split(".")] if name else ["matcalc"]
    if file.name != "__init__.py":
        package.pop()
    for node in ast.walk(tree):
        if not isinstance(node, (ast.stmt, ast.expr)):
            continue
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module.split(".") if node.module else [])])
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                targets.append(whole if whole.removeprefix("matcalc.") in known else module)
        elif isinstance(node, ast.Call) and last_name(node.func) in ("import_module", "__import__", "files"):
            targets = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        for target in targets:
            if target == "matcalc" or target.startswith("matcalc."):
                yield target.removeprefix("matcalc").removeprefix("."), node.lineno


def last_name(function: ast.expr) -> str:
    """`c` of c(…) and of a.b.c(…)."""
    return getattr(function, "attr", "") or getattr(function, "id", "")


def room(module: str) -> str:
    """The room that a module lies in: the longest name in ARROWS that leads to it."""
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        if ".".join(parts[:end]) in ARROWS:
            return ".".join(parts[:end])
    return module


def undrawn(package: Path) -> list[str]:
    """The imports in `package` that no arrow allows."""
    files = modules(package)
    found = []
    for name, file in files.items():
        here = room(name)
        for target, line in imports(name, file, set(files)):
            there = room(target)
            allowed = {here, *GROUND} | ARROWS.get(here, set())
            if there not in allowed:
                found.append(f"{name or '__init__'} line {line}: {here} -> {there}")
    return found


def test_every_arrow_is_drawn() -> None:
    assert undrawn(PACKAGE) == []


def circle(package: Path) -> list[str]:
    """The modules that know each other in a circle, by annotations and within functions, too."""
    files = modules(package)
    known = {
        name: {target for target, _ in imports(name, file, set(files))} & set(files) for name, file in files.items()
    }
    while free := [name for name, targets in known.items() if not targets & set(known) - {name}]:
        for name in free:  # what is left when nobody is free is in a circle, or knows one
            del known[name]
    while unknown := [name for name in known if not any(name in known[other] for other in known if other != name)]:
        for name in unknown:
            del known[name]
    return sorted(known)


def test_no_modules_know_each_other_in_a_circle() -> None:
    assert circle(PACKAGE) == []


@pytest.mark.parametrize(
    "line",
    [
        "import matcalc.a",
        "from . import a",
        "from matcalc.a import f",
        "if TYPE_CHECKING:\n    from matcalc import a",
        "def f():\n    from matcalc import a",
    ],
)
def test_a_circle_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text("import matcalc.b")
    (tmp_path / "b.py").write_text("import matcalc.c")
    (tmp_path / "c.py").write_text("")
    (tmp_path / "d.py").write_text("import matcalc.a")
    assert circle(tmp_path) == []
    (tmp_path / "c.py").write_text(line)
    assert circle(tmp_path) == ["a", "b", "c"]


def test_every_room_is_drawn() -> None:
    assert {room(name) for name in modules(PACKAGE)} - set(ARROWS) == set()


def test_the_tests_lie_in_the_rooms() -> None:
    """A folder of tests is a room of the package, or `ground` for the modules beside the rooms."""
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders - {"ground"} <= {name.partition(".")[0] for name in ARROWS} - {""}


def test_the_judge_does_not_know_the_law_maker() -> None:
    lawful = {"rules", "rules.sugar", "rewrite", "derive", "syntax", "syntax.program", "write", "document"}
    assert not (ARROWS["meaning"] | ARROWS["indices"] | ARROWS["verify"]) & lawful


@pytest.mark.parametrize(
    ("file", "text", "arrow"),
    [
        ("verify.py", "from matcalc.rules import adjoints", "verify -> rules"),
        ("verify.py", "def f():\n    import matcalc.derive", "verify -> derive"),
        ("verify.py", "from .derive import derive", "verify -> derive"),
        ("meaning.py", "from . import rewrite", "meaning -> rewrite"),
        ("meaning.py", "if TYPE_CHECKING:\n    from matcalc.rewrite import Step", "meaning -> rewrite"),
        ("meaning.py", "import importlib\nimportlib.import_module('matcalc.derive')", "meaning -> derive"),
        ("expr.py", "from matcalc.operators import TABLE", "expr -> operators"),
        ("rules/vec.py", "from ..derive import derive", "rules -> derive"),
        ("derive.py", "from matcalc.syntax import parse", "derive -> syntax"),
        ("write/pieces.py", "from matcalc.rules.adjoints import ADJOINTS", "write -> rules"),
        ("cli.py", "from matcalc.derive import derive", "cli -> derive"),
        ("web/app.py", "from matcalc.expr import Node", "web -> expr"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, text: str, arrow: str) -> None:
    for name in ("derive", "rewrite", "operators", "rules/adjoints", "rules/__init__", "syntax/__init__", "__init__"):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert undrawn(tmp_path) == []
    planted = tmp_path / file
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(text, "utf-8")
    assert [line.split(": ")[1] for line in undrawn(tmp_path)] == [arrow]


def test_an_allowed_import_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "syntax").mkdir()
    (tmp_path / "rules").mkdir()
    for name in ("syntax/program", "rules/sugar", "rules/slots", "errors"):
        (tmp_path / f"{name}.py").write_text("")
    (tmp_path / "derive.py").write_text(
        "from matcalc.syntax.program import Program\nfrom . import errors\nimport numpy"
    )
    (tmp_path / "syntax" / "calls.py").write_text("from matcalc.rules import sugar")
    (tmp_path / "rules" / "vec.py").write_text("from .slots import S\nfrom matcalc.rules import sugar")
    assert undrawn(tmp_path) == []


# ------------------------------------------------------------------------------------------------------- names

# A format has a notation, in which formulas are written, and a writer, which lays documents out: one name for both.
OF_ONE_FORMAT = [{"write.notations.latex", "document.writers.latex"}, {"write.notations.text", "document.writers.text"}]


def top(module: str) -> str:
    """The outermost room that a module lies in: what a reader would look for a name in."""
    return module.split(".")[0]


def public(file: Path) -> Iterator[str]:
    """The public classes and names of types that a module makes, at its top."""
    for node in parsed(file.read_text("utf-8")).body:
        made = getattr(node, "target", None) or (node.targets[0] if isinstance(node, ast.Assign) else None)
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif isinstance(made, ast.Name) and not made.id.isupper():  # a table is in capitals, and a letter is one
            name = made.id
        else:
            continue
        if name[0].isupper():
            yield name


def shared(package: Path) -> list[str]:
    """The names that two rooms have for two things, each with the modules that have it."""
    modules_of: dict[str, set[str]] = {}
    classes_of: dict[str, set[str]] = {}
    for module, file in modules(package).items():
        modules_of.setdefault(module.split(".")[-1], set()).add(module)
        for name in public(file):
            classes_of.setdefault(name, set()).add(module)
    found = [*modules_of.items(), *classes_of.items()]
    return sorted(
        f"{name}: {', '.join(sorted(places))}"
        for name, places in found
        if len({top(module) for module in places}) > 1 and places not in OF_ONE_FORMAT
    )


def test_one_name_is_one_thing() -> None:
    assert shared(PACKAGE) == []


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("class Entry: ...", "class Entry: ...", ["Entry: document.a, indices.b"]),
        ("class Entry: ...", "Entry: TypeAlias = int", ["Entry: document.a, indices.b"]),
        ("Entry = int | str", "class Entry: ...", ["Entry: document.a, indices.b"]),
        ("class _Entry: ...", "class _Entry: ...", []),
        ("ROWS = ()", "ROWS = ()", []),
        ("def f():\n    class Entry: ...", "class Entry: ...", []),
    ],
)
def test_a_shared_name_is_found(tmp_path: Path, one: str, other: str, found: list[str]) -> None:
    for path, text in (("document/a.py", one), ("indices/b.py", other)):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    assert shared(tmp_path) == found
    (tmp_path / "indices" / "a.py").write_text("")
    assert shared(tmp_path) == sorted([*found, "a: document.a, indices.a"])


# ------------------------------------------------------------------------------------------------------- what is loaded


def loaded(code: str) -> set[str]:
    """The top-level modules that are loaded in a fresh process after `code`."""
    code += "\nimport sys; print('\\n', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_importing_the_package_loads_nothing_else() -> None:
    assert not loaded("import matcalc; matcalc.__version__") & {"click", "lark", "numpy", "sympy"}


def test_deriving_without_verification_loads_neither_sympy_nor_numpy() -> None:
    code = 'import matcalc; matcalc.derive("J = ||X w - y||^2", wrt="w", verify=False).to_text()'
    assert not loaded(code) & {"numpy", "sympy"}


def test_the_command_without_verification_loads_neither_sympy_nor_numpy_nor_the_table_of_mistakes() -> None:
    code = 'from matcalc.cli import run; assert run(["derive", "J = ||X w - y||^2", "--wrt", "w", "--no-verify"]) == 0'
    assert not loaded(code) & {"numpy", "sympy", "tomllib", "tomli"}


def test_the_command_loads_nothing_of_the_page_the_prompt_notebooks_and_assistants() -> None:
    code = "from matcalc.cli import run; assert run(['derive', 'J = x\\'x']) == 0; assert run([]) == 0"
    faces = {"IPython", "mcp", "pebble", "prompt_toolkit", "pydantic", "starlette", "uvicorn", "rich", "asyncio"}
    assert not loaded(code) & faces


def test_verification_does_load_sympy() -> None:
    assert "sympy" in loaded('import matcalc; matcalc.derive("J = x\' x", wrt="x")')


@pytest.mark.parametrize("name", ["derive", "verify"])
def test_a_public_name_is_the_function_whatever_was_imported_before(name: str) -> None:
    codes = [
        f"import matcalc; matcalc.{name}; import matcalc.{name}; assert callable(matcalc.{name})",
        f"import matcalc.{name}; assert callable(matcalc.{name})",
        f"from matcalc.{name} import *; from matcalc import {name}; assert callable({name})",
        f"import matcalc; matcalc.derive('J = x\\' x', wrt='x'); assert callable(matcalc.{name})",
    ]
    for code in codes:
        loaded(code)


def test_a_type_checker_knows_every_public_name() -> None:
    # What a type checker reads is a list of its own.
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    for_types = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.asname for node in for_types.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported == set(matcalc.__all__) - {"__version__"}


def test_all_public_names_are_there() -> None:
    assert set(matcalc.__all__) <= set(dir(matcalc))
    for name in matcalc.__all__:
        assert getattr(matcalc, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        matcalc.nonsense  # type: ignore[attr-defined]  # noqa: B018


# ------------------------------------------------------------------------------------------------------- the tree

UNTRACKED = re.compile(r"(^|/)(\.git|\.venv|build|dist|__pycache__|[^/]*\.egg-info|\.[a-z]+_cache|\.hypothesis)(/|$)")


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the tree, by its path from the root."""
    for file in sorted(ROOT.rglob("*")):
        path = file.relative_to(ROOT)
        if file.is_file() and not UNTRACKED.search(path.as_posix()):
            try:
                yield path, file.read_text("utf-8")
            except UnicodeDecodeError:
                continue


def test_a_room_is_read_in_one_sitting() -> None:
    lengths = {path: len(file.read_text("utf-8").splitlines()) for path, file in modules(PACKAGE).items()}
    assert {path: n for path, n in lengths.items() if n > 500} == {}


def test_nothing_is_left_undone() -> None:
    unfinished = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    code = {".py", ".lark", ".toml", ".mc"}
    assert [str(p) for p, text in texts() if p.suffix in code and unfinished.search(text)] == []


def test_no_path_of_a_machine() -> None:
    places = re.compile(r"(?<![\w.~>])/(?:home|Users|root|work|tmp|opt)/\w|\b[A-Z]:\\\\?Users\b")
    found = [str(p) for p, text in texts() if str(ROOT) + "/" in text or places.search(text)]
    assert found == []


def test_every_package_is_shipped() -> None:
    listed = re.search(r"^packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.M | re.S)
    assert listed
    folders = {"matcalc", "matcalc.examples", "matcalc.grammar"} | {
        "matcalc." + name for name, file in modules(PACKAGE).items() if name and file.name == "__init__.py"
    }
    assert set(re.findall(r'"([\w.]+)"', listed[1])) == folders


def test_grammar_and_examples_are_found_where_the_package_is_installed() -> None:
    from importlib.resources import files

    shipped = {"grammar": {".lark", ".toml"}, "examples": {".mc", ".md", ".tex"}}
    for folder, suffixes in shipped.items():
        there = {entry.name for entry in files(f"matcalc.{folder}").iterdir()}
        assert {file.name for file in (ROOT / folder).iterdir() if file.suffix in suffixes} <= there
        others = {f.suffix for f in (ROOT / folder).iterdir() if f.is_file()} - suffixes
        assert others <= {".py"}, "a kind of file that pyproject.toml does not ship"


def tracked() -> set[str]:
    """The files under version control; skips where there is none, as in an unpacked archive."""
    try:
        found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    names = {name for name in found.decode().split("\0") if (ROOT / name).is_file()}
    if "pyproject.toml" not in names:
        pytest.skip("not the root of a git checkout")
    return names - {".gitignore"}


def test_the_source_archive_holds_the_whole_tree() -> None:
    of_itself = {"MANIFEST.in", "README.md", "pyproject.toml"}  # what setuptools adds
    lines = [line.split() for line in (ROOT / "MANIFEST.in").read_text("utf-8").splitlines()]
    files = of_itself.union(*(words[1:] for words in lines if words[0] == "include"))
    folders = {words[1] for words in lines if words[0] == "graft"}
    assert {name for name in tracked() if name not in files and name.split("/")[0] not in folders} == set()
    assert {name for name in files | folders if not (ROOT / name).exists()} == set()


def test_nothing_says_to_install_matcalc_from_the_package_index() -> None:
    """On the index the name is another project's."""
    said = re.compile(r"pip install (?:-\S+ )*[\"']?matcalc\b(?!-)|[\"' ]matcalc" + r"\[[a-z]")
    assert [f"{p}: {found.group()}" for p, text in texts() for found in said.finditer(text)] == []


def test_every_extra_is_among_all_and_among_those_for_developers() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    name = re.search(r'^name = "([\w-]+)"', text, re.M)
    listed = text[text.index("[project.optional-dependencies]") : text.index("[project.scripts]")]
    faces = sorted(set(re.findall(r"^(\w+) = ", listed, re.M)) - {"all", "dev", "docs"})
    assert name and name[1] != "matcalc" and {"grade", "graph", "notebook", "prompt"} <= set(faces)
    assert f'all = ["{name[1]}[{",".join(faces)}]"]' in listed and f'"{name[1]}[all,docs]"' in listed


def test_the_archives_as_they_are_built(tmp_path: Path, fuzz: bool) -> None:
    if not fuzz:
        pytest.skip("with --fuzz: needs the package index")
    names = tracked()
    for name in names:
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / "tree" / name)
    leftovers = {"tests/__pycache__/a.pyc", "docs/.a_cache/a", "examples/.hypothesis/a/a"}
    for name in leftovers:
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).touch()
    command = [sys.executable, "-m", "build", "--outdir", str(tmp_path), str(tmp_path / "tree")]
    subprocess.run(command, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        held = {member.name.partition("/")[2] for member in opened.getmembers() if member.isfile()}
    assert names - held == set()
    assert held & leftovers == set()

    (wheel,) = tmp_path.glob("*.whl")
    inside = {f"matcalc/{name}" if name.startswith(("grammar/", "examples/")) else name for name in names}
    wanted = {name for name in inside if name.startswith("matcalc/")}
    assert {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("matcalc/")} == wanted
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True)
    for command in (["derive", "J = w'w"], ["derive", "ridge", "--no-verify", "--wrt", "w"], ["notation"]):
        done = subprocess.run([python, "-m", "matcalc", *command], check=True, capture_output=True, cwd=tmp_path)
        assert done.stdout and not done.stderr
