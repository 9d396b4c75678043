"""Archives of byte-compiled modules for Python in a browser, as small as they get.

compile.mjs runs this file inside Pyodide, since byte code is of one version of Python; it imports nothing of matcalc
before that is compiled. Docstrings, asserts and line tables are left out, which takes two thirds of the size.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from importlib.util import MAGIC_NUMBER, source_hash
from marshal import dumps
from pathlib import Path
from types import CodeType

_UNCHECKED = (0b01).to_bytes(4, "little")
"""The flag of a compiled file that is never held against its source."""


def pack_all(sources: str, into: str) -> None:
    """Pack every zip in `sources`: python.zip as a zip, which Python starts from, the others as a tar for worker.js."""
    Path(into).mkdir()
    for file in sorted(Path(sources).glob("*.zip")):
        files = compiled(members(file.read_bytes()))
        if file.stem == "matcalc":
            files |= tables(files)
        archive = zipped(files) if file.stem == "python" else tarred(files)
        Path(into, f"{file.stem}.packed").write_bytes(compressed(archive))
    Path(into, "engine.packed").write_bytes(compressed(Path("/engine.wasm").read_bytes()))


def members(archive: bytes) -> dict[str, bytes]:
    """The files of a zip archive, by their paths."""
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        return {name: found.read(name) for name in found.namelist() if not name.endswith("/")}


def compiled(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files, each module compiled and in the place where Python looks for one without a source."""
    return dict(_compiled(name, data) for name, data in files.items())


def _compiled(name: str, data: bytes) -> tuple[str, bytes]:
    if not name.endswith(".py"):
        return name, data
    code = _lean(compile(data, name, "exec", dont_inherit=True, optimize=2))
    return f"{name}c", MAGIC_NUMBER + _UNCHECKED + source_hash(data) + dumps(code)


def _lean(code: CodeType) -> CodeType:
    # Which line an instruction came from is of use to nobody who has no source.
    constants = tuple(_lean(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_linetable=b"", co_filename="", co_consts=constants)


def tables(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parser's tables, which take a second to build in a browser: matcalc is run once, and keeps them."""
    place, kept = Path("/tables/code"), Path("/tables/kept")
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    os.environ["XDG_CACHE_HOME"] = str(kept)
    sys.path.insert(0, str(place))
    import matcalc

    matcalc.parse("J = ||X w - y||^2")
    return {f"kept/{file.relative_to(kept)}": file.read_bytes() for file in kept.rglob("*") if file.is_file()}


def tarred(files: Mapping[str, bytes]) -> bytes:
    """An archive that worker.js unpacks. Compressed as a whole, it is half of a zip."""
    found = io.BytesIO()
    with tarfile.TarFile(fileobj=found, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            archive.addfile(entry, io.BytesIO(files[name]))
    return found.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive that Python imports from; what compresses it is around it."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name])
    return found.getvalue()


def compressed(data: bytes) -> bytes:
    """Compressed; the same bytes for the same input."""
    return gzip.compress(data, 9, mtime=0)
