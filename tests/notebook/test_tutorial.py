"""The tutorial in docs/ is run, cell by cell, and what it shows is what is computed.

Run as a script it writes the outputs into the notebook: python tests/notebook/test_tutorial.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("IPython", reason="needs IPython")

from shells import fresh_shell, run_cell

NOTEBOOK = Path(__file__).resolve().parent.parent.parent / "docs" / "tutorial.ipynb"


def executed() -> dict[str, Any]:
    """The notebook with the outputs that its cells have now."""
    notebook: dict[str, Any] = json.loads(NOTEBOOK.read_text("utf-8"))
    with fresh_shell() as shell:
        count = 0
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                ran = run_cell(shell, "".join(cell["source"]))
                assert ran.error is None, ran.error
                cell["execution_count"] = count
                cell["outputs"] = [
                    *([{"name": "stdout", "output_type": "stream", "text": lines(ran.printed)}] if ran.printed else []),
                    *(
                        {
                            "data": {form: lines(text) for form, text in sorted(data.items())},
                            "execution_count": count,
                            "metadata": {},
                            "output_type": "execute_result",
                        }
                        for data in ran.shown
                    ),
                ]
    return notebook


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@pytest.fixture(scope="module")
def again() -> dict[str, Any]:
    return executed()


def test_what_it_shows_is_what_is_computed(again: dict[str, Any]) -> None:
    kept = json.loads(NOTEBOOK.read_text("utf-8"))
    for old, new in zip(kept["cells"], again["cells"], strict=True):
        assert old == new, "python tests/notebook/test_tutorial.py writes the outputs"


def test_it_shows_mathematics_and_every_proof_succeeds(again: dict[str, Any]) -> None:
    shown = [data for cell in again["cells"] for out in cell.get("outputs", ()) if (data := out.get("data"))]
    assert sum("<math" in "".join(data.get("text/html", "")) for data in shown) >= 8
    assert sum("proved for all sizes" in "".join(data.get("text/html", "")) for data in shown) >= 5


def test_its_form_is_a_notebook() -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat")
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))


def write() -> None:
    """Put the outputs into the notebook."""
    NOTEBOOK.write_text(json.dumps(executed(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write()
