"""A drawing as DOT, the language of Graphviz.

A backward edge is written from operand to user with a reversed arrow, so that operands are placed before their users.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.drawing.computation import Drawing, Edge
from matcalc.drawing.labels import BACK, FAINT, FILL, INK, LINE, Labels

FONT = "DejaVu Sans"
"""A wide font, whose widths Graphviz also knows where it is missing; a list of fonts it would not find."""
_FONT = f'fontname="{FONT}"'
_HEAD = f"""\
digraph {{
  graph [rankdir=LR, nodesep=0.35, ranksep=0.4, bgcolor=white, {_FONT}]
  graph [fontsize=11, labelloc=b, labeljust=l]
  node [shape=box, style="rounded,filled", width=0.5, height=0.4, margin="0.12,0.08", {_FONT}]
  edge [arrowsize=0.7, fontsize=11, {_FONT}]
"""
_FORWARD = f'color="{FAINT}", fontcolor="{FAINT}"'
_BACKWARD = f'dir=back, style=dashed, color="{BACK}", fontcolor="{BACK}"'
_MANY, _QUICKLY = 200, "  graph [nslimit=1, nslimit1=1]"
"""From this many edges on, Graphviz is told to spend less time on the layout."""
_STRAIGHT = 8
"""Weight of the edges between intermediates: the layers stand in a line."""
_WHERE = "where these names stand for"


def dot(drawing: Drawing, *, ascii: bool = False) -> str:
    """The text of a drawing; linear in its size."""
    labels = Labels(drawing, ascii)
    inner = {vertex.symbol.name for vertex in drawing.vertices if vertex.formula is not None}
    forwards, backwards = labels.legend
    legend = _line(f"{forwards};  ", FAINT, 11, end="") + _line(backwards, BACK, 11, end="")
    lines = [f"  label=<{legend}>", *([_QUICKLY] if len(drawing.edges) > _MANY else [])]
    for vertex in drawing.vertices:
        words = labels.vertex(vertex)
        shown = _lines(words.forward, INK, 14) + _lines([words.shape], FAINT, 11) + _lines(words.back, BACK, 12)
        wide = ", penwidth=2" if vertex.kind in ("variable", "objective") else ""
        style = f'fillcolor="{FILL[vertex.kind]}", color="{LINE[vertex.kind]}"{wide}'
        lines.append(f"  {_quoted(vertex.symbol.name)} [label=<{shown}>, {style}]")
    for edge in drawing.edges:
        weight = f", weight={_STRAIGHT}" if edge.operand.name in inner else ""
        lines.append(_edge(edge, labels.forward(edge), _FORWARD + weight))
        if edge.back is not None:
            lines.append(_edge(edge, "\n".join(labels.back(edge)), _BACKWARD))
    for ends in drawing.gaps:
        before, after = (_quoted(symbol.name) for symbol in ends)
        lines.append(f"  {before} -> {after} [label={_quoted(labels.gap)}, style=dotted, dir=none, {_FORWARD}]")
    if drawing.parts:
        shown = "".join(_lines(part, INK, 12) for part in labels.parts())
        lines.append(f'  {_quoted(_WHERE)} [label=<{shown}>, shape=plaintext, style=""]')
    return _HEAD + "\n".join(lines) + "\n}\n"


def _edge(edge: Edge, label: str, style: str) -> str:
    return f"  {_quoted(edge.operand.name)} -> {_quoted(edge.user.name)} [label={_quoted(label)}, {style}]"


def _lines(lines: Sequence[str], color: str, size: int) -> str:
    # Lines of an HTML-like label, set to the left.
    return "".join(_line(line, color, size) for line in lines)


def _line(text: str, color: str, size: int, end: str = '<BR ALIGN="LEFT"/>') -> str:
    return f'<FONT COLOR="{color}" POINT-SIZE="{size}">{_escaped(text)}</FONT>{end}'


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("  ", "&#160;&#160;")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
