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
html_js_files = ["scrollable.js"]
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


FOR_READERS = {
    'role="heading">': 'role="heading" aria-level="2">',
    '<aside class="sidebar-drawer': '<aside aria-label="All pages" class="sidebar-drawer',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
    '<th class="head"><p></p></th>': '<td class="head"></td>',
}
"""What a screen reader stumbles over in the pages of Sphinx and furo, and what it reads well."""


def mend(app: Sphinx, failure: Exception | None) -> None:
    """Mend the pages for screen readers."""
    if failure is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text("utf-8")
            for place, instead in FOR_READERS.items():
                text = text.replace(place, instead)
            page.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this once."""
    app.add_directive("rows", Rows)
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
