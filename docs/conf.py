"""How Sphinx builds these pages: `python -m sphinx -W docs build/docs` (docs/decisions/docs-site.md).

The pages are Markdown. A block ```{rows} NAME``` stands for what `from_rows.py` makes of matcalc's own tables.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).parent))

from from_rows import MADE

from matcalc import __version__

project = "matcalc"
author = "the matcalc authors"
release = __version__
extensions = ["myst_parser"]
# Headings down to the third level can be linked to as GitHub links them.
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
highlight_language = "text"
exclude_patterns = ["_build", "**.ipynb_checkpoints"]

man_pages = [("command-line", "matcalc", "matrix derivatives that show their work", "", 1)]

html_theme = "furo"
html_title = "matcalc"
html_static_path = ["_static"]
html_css_files = ["matcalc.css"]
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}


class Rows(SphinxDirective):
    """```{rows} operators```: a part of the reference, made of the rows as the pages are built."""

    required_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """The Markdown that the name stands for, as if it were typed there."""
        name = self.arguments[0]
        if name not in MADE:
            raise self.error(f"nothing is made under the name {name}; there are {', '.join(MADE)}")
        return self.parse_text_to_nodes(MADE[name](), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this once."""
    app.add_directive("rows", Rows)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
