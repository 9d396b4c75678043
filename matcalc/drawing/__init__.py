"""Draws a computation: values forward, gradients backward on every edge, with shapes.

The drawing is read from the record of a derivation, which has the adjoint that each definition sends to its operands;
nothing is derived here. DOT and Mermaid are text and need nothing else; Graphviz, which the package pygraphviz
brings, lays out pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.checked import checked
from matcalc.derive import Record


class Drawn:
    """An object with a record, which can be drawn."""

    record: Record

    @checked
    def to_dot(self, *, ascii: bool = False) -> str:
        """The computation as a graph, as text for Graphviz."""
        from matcalc.drawing.as_dot import dot
        from matcalc.drawing.computation import drawing

        return dot(drawing(self.record), ascii=ascii)

    @checked
    def to_mermaid(self, *, ascii: bool = False) -> str:
        """The computation as a Mermaid flowchart; in Markdown, put it in a ```mermaid block."""
        from matcalc.drawing.as_mermaid import mermaid
        from matcalc.drawing.computation import drawing

        return mermaid(drawing(self.record), ascii=ascii)

    @checked
    def to_svg(self, *, ascii: bool = False) -> str:
        """The picture, laid out by Graphviz. Raises UnsupportedError with what to install if it is missing."""
        return self.to_picture("svg", ascii=ascii).decode()

    @checked
    def to_picture(self, form: str = "png", *, ascii: bool = False) -> bytes:
        """The picture as "svg", "png" or "pdf". Raises UnsupportedError if pygraphviz is missing."""
        from matcalc.drawing.as_picture import picture

        return picture(self.to_dot(ascii=ascii), form)


@dataclass(frozen=True, repr=False)
class Graph(Drawn):
    """The computation of an objective and its gradients, as a graph.

    A vertex is an input, a variable, a named intermediate with its formula, or the objective, each with its shape. Two
    edges connect an operand with a name whose formula contains it: one carries the operand's value forward; the other,
    dashed, carries the contribution of that formula to dJ/d(operand) back. A named gradient of an intermediate appears
    under its name, delta2. Notebooks display the drawing; str() gives Mermaid text.
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
        except UnsupportedError:  # without pygraphviz, newer notebooks draw Mermaid
            return {"text/vnd.mermaid": self.to_mermaid(), "text/plain": str(self)}


__all__ = ["Drawn", "Graph"]
