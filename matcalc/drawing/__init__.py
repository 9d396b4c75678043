"""A computation drawn: what is computed forwards, and what is pushed back along every edge, with shapes.

The drawing is read off the record of a derivation, in which the adjoints stand already that every definition sends to
its operands; nothing is derived here. DOT and Mermaid are text and need nothing; a picture is laid out by Graphviz.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.checked import checked
from matcalc.derive import Record


class Drawn:
    """What has a record, and so can be drawn."""

    record: Record

    @checked
    def to_dot(self, *, ascii: bool = False) -> str:
        """The computation as a graph, as text for Graphviz."""
        from matcalc.drawing.as_dot import dot
        from matcalc.drawing.computation import drawing

        return dot(drawing(self.record), ascii=ascii)

    @checked
    def to_mermaid(self, *, ascii: bool = False) -> str:
        """The computation as a Mermaid flowchart; in Markdown it stands in a block ```mermaid."""
        from matcalc.drawing.as_mermaid import mermaid
        from matcalc.drawing.computation import drawing

        return mermaid(drawing(self.record), ascii=ascii)

    @checked
    def to_svg(self, *, ascii: bool = False) -> str:
        """The picture, laid out by Graphviz. Raises UnsupportedError, saying what to install, where that is missing."""
        return self.to_picture("svg", ascii=ascii).decode()

    @checked
    def to_picture(self, form: str = "png", *, ascii: bool = False) -> bytes:
        """The picture as "svg", "png" or "pdf". Raises UnsupportedError where Graphviz is missing."""
        from matcalc.drawing.as_picture import picture

        return picture(self.to_dot(ascii=ascii), form)


@dataclass(frozen=True, repr=False)
class Graph(Drawn):
    """The computation of an objective and its gradients, as a graph.

    A vertex is an input, a variable, a named intermediate with its formula, or the objective, each with its shape. Two
    edges lie between an operand and the name whose formula it occurs in: one carries the operand's value forwards, the
    other, dashed, carries the part of dJ/d(operand) that comes from there back; a named gradient of an intermediate
    goes by its name, delta2. Shown in a notebook, and by str() as Mermaid text.
    """

    record: Record

    def __str__(self) -> str:
        return self.to_mermaid()

    def __repr__(self) -> str:
        wrt = ", ".join(symbol.name for symbol in self.record.wrt)
        return f"<Graph of {self.record.objective.name} and its gradients with respect to {wrt}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from matcalc.errors import UnsupportedError

        try:
            return {"image/svg+xml": self.to_svg(), "text/plain": repr(self)}
        except UnsupportedError:  # no Graphviz here: newer notebooks draw Mermaid
            return {"text/vnd.mermaid": self.to_mermaid(), "text/plain": str(self)}


__all__ = ["Drawn", "Graph"]
