"""A drawing as a Mermaid flowchart.

Vertices are n1, n2, …, since Mermaid's identifiers may contain letters and digits only; labels hold the text.
"""

from __future__ import annotations

import re

from matcalc.drawing.computation import Drawing
from matcalc.drawing.labels import BACK, FAINT, FILL, INK, LINE, Labels

_ENTITIES = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;"}
"""How Mermaid spells, inside quotation marks, the characters that mean something there."""


def mermaid(drawing: Drawing, *, ascii: bool = False) -> str:
    """The text of a drawing; linear in its size."""
    labels = Labels(drawing, ascii)
    number = {vertex.symbol.name: f"n{i}" for i, vertex in enumerate(drawing.vertices, 1)}
    lines = ["flowchart LR"]
    kinds: dict[str, list[str]] = {}
    for vertex in drawing.vertices:
        words = labels.vertex(vertex)
        lines.append(f"  {number[vertex.symbol.name]}[{_quoted(*words.forward, words.shape, *words.back)}]")
        kinds.setdefault(vertex.kind, []).append(number[vertex.symbol.name])
    forward: list[int] = []
    backward: list[int] = []
    count = 0
    for edge in drawing.edges:
        operand, user = number[edge.operand.name], number[edge.user.name]
        lines.append(f"  {operand} -->|{_quoted(labels.forward(edge))}| {user}")
        forward.append(count)
        count += 1
        if edge.back is not None:
            lines.append(f"  {user} -.->|{_quoted(*labels.back(edge))}| {operand}")
            backward.append(count)
            count += 1
    for before, after in drawing.gaps:
        lines.append(f"  {number[before.name]} -. {_quoted(labels.gap)} .- {number[after.name]}")
    if drawing.parts:
        lines.append(f"  where[{_quoted(*(line for part in labels.parts() for line in part))}]")
    for kind, vertices in kinds.items():
        lines.append(f"  classDef {kind} fill:{FILL[kind]},stroke:{LINE[kind]},color:{INK}")
        lines.append(f"  class {','.join(vertices)} {kind}")
    for edges, color in ((forward, FAINT), (backward, BACK)):
        if edges:
            lines.append(f"  linkStyle {','.join(map(str, edges))} stroke:{color},color:{color}")
    return "\n".join(lines) + "\n"


def _quoted(*lines: str) -> str:
    return '"' + "<br/>".join(map(_line, lines)) + '"'


def _line(text: str) -> str:
    # A later line of a formula is indented; after a plain space Mermaid would read its sign as a list item.
    indent = "#nbsp;" * (len(text) - len(text.lstrip()))
    return indent + re.sub('["#<>&]', lambda c: _ENTITIES[c.group()], text.strip())
