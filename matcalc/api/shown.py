"""The methods of every result that can be written in a format."""

from __future__ import annotations

from abc import abstractmethod
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.checked import checked
from matcalc.document import Options, View, written
from matcalc.document.ink import Ink
from matcalc.document.writers.text import in_one_line
from matcalc.shows import Shows
from matcalc.write import TEXT

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from matcalc.document.blocks import Document, Words


def _pdf(document: Document) -> bytes:
    from matcalc.document.writers.pdf import pdf  # what runs a TeX engine is loaded where it is wanted

    return pdf(document)


class Shown(Shows):
    """A result that can be shown. The keyword options of every format are the fields of `View`:

    `steps`: show the derivation. `explain`: say in words what each step does. `expand`: substitute every intermediate
    in the result. `factor`: write the result as a product. `braces`: show the shape of every factor below it.
    `entries`: also show everything in index notation, with explicit sums, and the chain rule by entries. `layout`:
    "numerator" or "denominator" shows derivatives in that layout, with their chains of Jacobians. `title`, `author`,
    `date`: the head of a page. An option without a meaning for a format is ignored there.
    """

    view = View()
    """How notebooks show it, and str()."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._shown = Shown._shown  # type: ignore[method-assign]  # a formula with a derivation shows the derivation

    @abstractmethod
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""

    @checked
    def to_text(self, **options: Unpack[Options]) -> str:
        """The whole as text: the problem, the derivation, the results, the proof. Options: `View`."""
        return written(self.document(View(**options)), "text")

    @checked
    def to_latex(self, document: bool = False, **options: Unpack[Options]) -> str:
        """The whole as LaTeX, a fragment or a complete document; needs amsmath and amssymb. Options: `View`."""
        return written(self.document(View(document=document, **options)), "latex")

    @checked
    def to_markdown(self, **options: Unpack[Options]) -> str:
        """The whole as Markdown with $ … $. Options: `View`."""
        return written(self.document(View(**options)), "markdown")

    @checked
    def to_html(self, document: bool = False, **options: Unpack[Options]) -> str:
        """The whole as HTML with MathML, a fragment or a complete page. Options: `View`."""
        return written(self.document(View(document=document, **options)), "html")

    @checked
    def to_json(self, **options: Unpack[Options]) -> str:
        """The whole as JSON, described in docs/json.md. Options: `View`."""
        return written(self.document(View(**options)), "json")

    @checked
    def to_pdf(self, **options: Unpack[Options]) -> bytes:
        """The whole as a PDF, made by the TeX that is found. Raises UnsupportedError if there is none."""
        return _pdf(self.document(View(document=True, **options)))

    @checked
    def written(self, form: str, view: View) -> str | bytes:
        """The whole in the format called `form`."""
        if form == "pdf":
            return _pdf(self.document(replace(view, document=True)))
        return written(self.document(view), form)

    def __str__(self) -> str:
        return written(self.document(self.view), "text")

    @checked
    def viewed(self, view: View) -> Self:
        """The same result, which notebooks show as `view` says: `d.viewed(matcalc.View(explain=True))`."""
        found = copy(self)
        object.__setattr__(found, "view", view)
        return found

    def _shown(self, form: str) -> str:
        from matcalc.api.displays import document

        return document(self.document(self.view), form)


def plainly(sentence: Words) -> str:
    """A sentence as text."""
    return in_one_line(Ink(TEXT), sentence)
