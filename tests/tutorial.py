"""The tutorial in docs/, run cell by cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shells import fresh_shell, run_cell

NOTEBOOK = Path(__file__).resolve().parent.parent / "docs" / "tutorial.ipynb"


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


def write() -> None:
    """Put the outputs into the notebook."""
    NOTEBOOK.write_text(json.dumps(executed(), indent=1, ensure_ascii=False) + "\n", "utf-8")
