r"""Chains of Jacobians as they are shown: factor by factor, each with its shape below it.

In text the factors of a line stand in columns, with ∂z/∂x, the formula and the shape below one another; in LaTeX the
shape stands under a brace, \underbrace{W_3^\top}_{3 \times 2}.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from matcalc.expr import Node, postorder
from matcalc.operators import stacked
from matcalc.render.phrases import Phrases
from matcalc.render.report import Report
from matcalc.rewrite import Chain, Path, Product
from matcalc.write.pieces import Level
from matcalc.write.wrap import extent

DOT = " · "
ASCII_DOT = " * "


class Line(NamedTuple):
    """A line of a chain. `symbols`: ∂z/∂x of each factor, in the first line of a path. `why`: what led to the line."""

    symbols: tuple[str, ...]
    factors: tuple[str, ...]
    shapes: tuple[str, ...]
    why: str = ""


class Block(NamedTuple):
    """A path as it is shown: what its product is, what is said before it, and its lines."""

    lead: str
    before: str
    lines: tuple[Line, ...]


class Shown(NamedTuple):
    """A chain as it is shown: blocks, a sentence `why` there are none or what stands in them, and what comes out."""

    blocks: tuple[Block, ...]
    why: str
    result: str
    shape: str
    note: str = ""


def shown(say: Phrases, report: Report) -> Iterator[Shown]:
    """The chains of a report."""
    for chain in report.chains:
        lead = say.partial(report.objective, stacked(chain.by))
        result = f"{say.partial(report.objective, chain.by)} = {say.line(chain.result)}"
        why = ""
        if chain.why:
            why = f"the chain from {say.math(say.write(chain.by))} to {say.math(say.write(report.objective))} is not "
            why += f"written out: {say.prose(chain.why.removeprefix('the chain '))}"
        blocks = tuple(
            Block(lead if chain.ways == 1 else "", _before(say, chain, path, i), tuple(_lines(say, path)))
            for i, path in enumerate(chain.paths)
        )
        met = {n for path in chain.paths for f in path.factors for n in postorder(f.primed)}
        units = [s for s in chain.units if s in met]
        if units:
            names = " and ".join(say.math(say.write(s)) for s in units)
            are = "are columns" if len(units) > 1 else "is a column"
            why = f"{names} {are} of the identity, with a 1 in the place that the index says"
        name = say.math(say.write(chain.by))
        note = f", before the structure of {name} is taken into account" if chain.free else ""
        yield Shown(blocks, why, result, say.shape(chain.result.shape), note)


def _before(say: Phrases, chain: Chain, path: Path, i: int) -> str:
    if chain.ways == 1:
        return ""
    ends = {f.of for f in path.factors} - {f.by for f in path.factors}
    forward = path.factors if path.factors[-1].of in ends else path.factors[::-1]
    names = [forward[0].by, *(f.of for f in forward)]
    way = " → ".join(say.math(say.write(s)) for s in names)
    return f"path {i + 1} of {chain.ways}: {say.prose(way) if say.math is str else way}"


def _lines(say: Phrases, path: Path) -> Iterator[Line]:
    # Of one factor the product says no more than what it is of.
    alone = len(path.factors) == 1
    symbols = () if alone else tuple(say.partial(stacked(f.of), stacked(f.by)) for f in path.factors)
    primed = [f.primed for f in path.factors]
    yield Line(symbols, _factors(say, primed), _shapes(say, primed))
    for line in path.lines:
        yield Line((), _factors(say, line.factors), _shapes(say, line.factors), _why(say, line))


def _factors(say: Phrases, nodes: Sequence[Node]) -> tuple[str, ...]:
    pieces = [(reading.bare or reading).piece for reading in map(say.writer.reading, nodes)]
    if len(pieces) == 1:
        return (str(pieces[0]),)
    return tuple(str(say.notation.bracket(piece, Level.POWER)) for piece in pieces)


def _shapes(say: Phrases, nodes: Sequence[Node]) -> tuple[str, ...]:
    return tuple(say.shape(node.shape) for node in nodes)


def _why(say: Phrases, line: Product) -> str:
    said = [say.math(text) for text in map(say.statement, line.rules) if text]
    named = [say.math(say.definition(s)) for s in line.named]
    return "; ".join([*dict.fromkeys(said), *named])


# ---------------------------------------------------------------------------------------------------------------- forms


def in_text(say: Phrases, report: Report, width: int, ascii: bool) -> list[str]:
    """Lines of text, without a heading."""
    dot = ASCII_DOT if ascii else DOT
    found: list[str] = []
    for chain in shown(say, report):
        if found:
            found.append("")
        if chain.why:
            found += _words(chain.why, width)
        shapes_of = _tight if ascii else str
        for block in chain.blocks:
            margin = len(block.lead)
            found += [block.before] if block.before else []
            for n, line in enumerate(block.lines):
                lead = "" if n else block.lead
                if line.why:
                    found += _words(f"by {line.why}", width - margin - 5, " " * (margin + 5))
                rows = [row for row in (line.symbols, line.factors, tuple(map(shapes_of, line.shapes))) if row]
                for k, part in enumerate(_columns(rows, width - margin - 3, dot)):
                    for i, text in enumerate(part):
                        sign = "" if i == len(part) - 1 else dot.strip() if k else "="
                        found.append(f"{lead.ljust(margin)} {sign:1} {text}".rstrip())
                        lead = ""
            if block.before:
                found.append("")
        if chain.blocks:
            words = "the sum of all paths: " if len(chain.blocks) > 1 else "hence "
            found += _words(f"{words}{chain.result}    {chain.shape}{chain.note}", width)
    return found


def _tight(shape: str) -> str:
    # 3x3, as it stands below a factor.
    return shape.replace(" x ", "x")


def _columns(rows: Sequence[Sequence[str]], width: int, dot: str) -> Iterator[list[str]]:
    """The rows set in columns, `dot` between the cells of all but the last; in several parts where too wide."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    start = 0
    while start < len(widths):
        end, total = start, -len(dot)
        while end < len(widths) and (end == start or total + len(dot) + widths[end] <= width - len(dot)):
            total += len(dot) + widths[end]
            end += 1
        part = []
        for k, row in enumerate(rows):
            last = k == len(rows) - 1
            between = " " * len(dot) if last else dot
            part.append(between.join(row[i].center(widths[i]) for i in range(start, end)))
        yield part
        start = end


def _words(sentence: str, width: int, indent: str = "") -> list[str]:
    lines = [""]
    for word in sentence.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return [indent + line for line in lines]


def in_latex(say: Phrases, report: Report, width: int) -> Iterator[tuple[str, Sequence[str]]]:
    """("words", a sentence) and ("rows", the rows of a display aligned at its equals signs)."""
    for chain in shown(say, report):
        if chain.why:
            yield "words", [chain.why]
        for block in chain.blocks:
            if block.before:
                yield "words", [block.before]
            for n, line in enumerate(block.lines):
                lead = block.lead or r"\phantom{=}"
                if line.why:
                    yield "words", [f"by {line.why}"]
                rows: list[str] = []
                if line.symbols:
                    rows += _rows(f"{lead} &=", line.symbols, width)
                braces = [_brace(f, s) for f, s in zip(line.factors, line.shapes, strict=True)]
                yield "rows", [*rows, *_rows("&=" if n or rows else f"{lead} &=", braces, width)]
        if chain.blocks:
            words = "the sum of all paths: " if len(chain.blocks) > 1 else "hence "
            yield "words", [f"{words}{say.math(chain.result)}, {say.math(chain.shape)}{chain.note}"]


def _rows(lead: str, factors: Sequence[str], width: int) -> list[str]:
    # As many rows as the factors need.
    rows = [[]]  # type: list[list[str]]
    used = 0.0
    for factor in factors:
        wide = extent(factor) + 10
        if rows[-1] and used + wide > width:
            rows.append([])
            used = 0
        rows[-1].append(factor)
        used += wide
    dot = r" \cdot "
    return [f"{lead if not i else rf'&{dot}'} {dot.join(row)}" for i, row in enumerate(rows)]


def _brace(factor: str, shape: str) -> str:
    return rf"\underbrace{{{factor}}}_{{{shape}}}"


def in_json(report: Report, expression: Any, rule: Any) -> list[dict[str, Any]]:
    """The chains as data: `expression` and `rule` make an expression's and a rule's entry."""
    return [
        {
            "name": chain.by.name,
            "paths": chain.ways,
            "why": chain.why,
            "result": expression(chain.result),
            "free": chain.free,
            "written": [
                {
                    "factors": [
                        {
                            "of": f.of.name,
                            "by": f.by.name,
                            "formula": expression(f.primed),
                            "written": expression(f.node),
                        }
                        for f in path.factors
                    ],
                    "lines": [
                        {
                            "factors": [expression(node) for node in line.factors],
                            "rules": [rule(r) for r in line.rules],
                            "names": [s.name for s in line.named],
                        }
                        for line in path.lines
                    ],
                }
                for path in chain.paths
            ],
        }
        for chain in report.chains
    ]
