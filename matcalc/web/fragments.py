"""Pieces of a page, as HTML: the echo of a program, the proofs, a checked answer, an error.

The same pieces are put into a page that is sent whole, and into one that a script fills in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from matcalc import Program, Verification
from matcalc.api.displays import MARKS, message, tag
from matcalc.api.displays import report as report
from matcalc.api.displays import verdict as verdict
from matcalc.api.jacobians import is_structured
from matcalc.document import blocks as b
from matcalc.document.assembly import problem
from matcalc.document.sentences import words
from matcalc.document.writers.html import echo, sentence
from matcalc.syntax.declarations import as_declared

SAYS = {"proved": "proved", "agrees": "agrees numerically", "failed": "wrong", "skipped": "not verified"}
_POINTS = 12
"""Rows and columns of a matrix in a counterexample that are shown."""


def tag_alone(name: str, /, **attributes: object) -> str:
    """An element without an end."""
    return tag(name, "", **attributes).removesuffix(f"</{name}>")


def understood(program: Program, chosen: Collection[str], shapes: Iterable[str]) -> str:
    """A program as it was understood: formulas, names to choose with their shapes to correct, and notes."""
    formulas, names, notes = echo(problem(program))
    own = by_name(shapes)
    rows = [_name(*row, chosen, own) for row in names]
    told = tag("ul", "".join(tag("li", note) for note in notes), class_="notes", aria_label="Notes") if notes else ""
    return f'<div class="echo">{formulas}</div>{_table(rows)}{told}'


def declarable(program: Program | None, chosen: Collection[str], shapes: Iterable[str]) -> str:
    """The names where the program is understood only without what was declared beside it, if at all.

    What was declared stands open, to be corrected or removed.
    """
    own = by_name(shapes)
    names = echo(problem(program))[1] if program is not None else []
    rows = [_name(*row, chosen, {}) for row in names if row[0].symbol is None or row[0].symbol.name not in own]
    return _table([*(_declared(name, shape) for name, shape in own.items()), *rows])


def by_name(shapes: Iterable[str]) -> dict[str, str]:
    """What was declared beside a program, by the name before the colon."""
    parts = (shape.partition(":") for shape in shapes)
    return {name.strip(): shape.strip() for name, _, shape in parts}


def _table(rows: Iterable[str]) -> str:
    return tag("ul", "".join(rows), class_="names", aria_label="The names and their shapes")


def _declared(name: str, shape: str) -> str:
    label = tag("code", escape(name))
    how = tag("span", "declared by you; empty it to have it inferred", class_="how")
    return tag("li", f"{label} {_field(name, shape, '')} {how}")


def _field(name: str, shape: str, inferred: str) -> str:
    return tag_alone(
        "input",
        class_="shape",
        name=f"shape:{name}",
        value=shape or None,
        placeholder=inferred or None,
        size=max(6, len(shape or inferred)),
        autocomplete="off",
        spellcheck="false",
        aria_label=f"declare the shape of {name}",
    )


def _name(row: b.Name, math: str, shape: str, chosen: Collection[str], own: Mapping[str, str]) -> str:
    symbol, how = row.symbol, tag("span", row.how, class_="how")
    what = tag("span", escape(row.what), class_="what") if row.what else ""
    if symbol is None or not shape:
        return tag("li", f"{math} {how} {what}", class_="function")
    name = symbol.name
    says = f"differentiate by {name}"
    box = tag_alone("input", type="checkbox", name="wrt", value=name, checked=name in chosen, aria_label=says)
    change = _field(name, own.get(name, ""), as_declared(symbol.shape))
    label = tag("label", f"{box} {math}", class_="pick", title=says)
    if name in own:
        how = tag("span", "declared by you", class_="how")
    spoken = tag("span", f"the shape of {escape(name)}:", class_="unseen")
    kind = f"{row.how} structured" if is_structured(symbol) else row.how
    return tag(
        "li", f"{label} {tag('details', tag('summary', f'{spoken} {shape} {how}') + change)} {what}", class_=kind
    )


def badge(name: str, found: Verification) -> str:
    """The verdict on a gradient in a few words, which opens into what was done."""
    short = SAYS[found.status]
    if found.status == "proved":
        sizes = ", ".join(f"{dim}={size}" for dim, size in found.dimensions)
        short = "proved for all sizes" if found.every_size else f"proved at {sizes}" if sizes else "proved"
    said = tag("p", sentence(words(found.said()), found.functions))
    mark = tag("span", MARKS[found.status], aria_hidden="true")
    summary = tag("summary", f"{mark} {tag('code', escape(name))} {escape(short)}")
    return tag("details", summary + said + counterexample(found), class_=f"badge {found.status}")


def panel(parts: Iterable[tuple[str, str]], badges: Iterable[str]) -> str:
    """A result with its verdicts before the problem and the derivation; the verdicts stand in no part of their own."""
    parts = [part for part in parts if part[0] != "verification"]
    first = [part for part in parts if part[0] in ("result", "remarks")]
    found = [_part(kind, html) for kind, html in (*first, *(part for part in parts if part not in first))]
    found.insert(1, tag("div", "".join(badges), class_="badges", aria_live="polite"))
    return "\n".join(found)


def _part(kind: str, html: str) -> str:
    # The problem stands above already, as it was understood: here it is opened by who wants it.
    if kind == "problem":
        return tag(
            "details", "<summary>The problem, with its named intermediates</summary>" + html, class_="part problem"
        )
    return tag("section", html, class_=f"part {kind}")


def counterexample(found: Verification) -> str:
    """The point at which a formula is wrong, and both values there."""
    seen = found.counterexample
    if seen is None:
        return ""
    row, column = seen.entry
    said = (
        f"At entry ({row + 1}, {column + 1}) the derivative is {seen.measured:.6g}, and the formula says "
        f"{seen.claimed:.6g}, for these values:"
    )
    rows = "".join(
        tag("tr", f"<th scope=row>{escape(name)}</th><td>{_numbers(rows)}</td>") for name, rows in seen.point
    )
    return tag("div", f"<p>{said}</p><table><tbody>{rows}</tbody></table>", class_="counterexample")


def _numbers(rows: Sequence[Sequence[float]]) -> str:
    if len(rows) > _POINTS or len(rows[0]) > _POINTS:
        return f"{len(rows)} rows, {len(rows[0])} columns"
    cells = "".join("<mtr>" + "".join(f"<mtd><mn>{x:.4g}</mn></mtd>" for x in row) + "</mtr>" for row in rows)
    text = "; ".join(", ".join(f"{x:.4g}" for x in row) for row in rows)
    return f'<math alttext="[{text}]"><mo>[</mo><mtable>{cells}</mtable><mo>]</mo></math>'


def graph(svg: str, missing: str, mermaid: str) -> str:
    """The picture of the computation, or why there is none, and its text."""
    if svg:
        return tag("div", svg, class_="graph", tabindex="0", role="img", aria_label="The computation")
    said = tag("p", f"There is no picture here. {escape(missing)}") + tag("p", "As a text that Mermaid draws:")
    return said + tag("pre", escape(mermaid), class_="typed", tabindex="0")


def gallery(rows: Iterable[Mapping[str, Any]]) -> str:
    """The examples, each a link to the page with it."""
    found = []
    for row in rows:
        link = "?" + urlencode([("source", row["source"]), *(("wrt", each) for each in row["wrt"])])
        found.append(tag("li", tag("a", escape(row["title"]), href=link, data_try=True)))
    return tag("h2", "Examples") + tag("ul", "".join(found), class_="gallery")


def judged_by(name: str) -> str:
    """Which gradient an answer was held against."""
    return tag("p", f"As the gradient by {tag('code', escape(name))}:", class_="aside")


def failure(error: Mapping[str, Any]) -> str:
    """An error: message, place, hint; and a button for each reading or name that it asks between."""
    asks = bool(error["readings"] or error["names"])
    lines = [] if asks else [message(error["said"])]
    if error["names"]:
        lines.append(f"<p>{escape(error['message'][0].upper() + error['message'][1:])}. By which?</p>")
        lines += [_button(tag("code", escape(name)), "by", name) for name in error["names"]]
    if error["readings"]:
        lines.append(f"<p>{escape(error['message'])}. What is meant?</p>")
        for reading in error["readings"]:
            lines.append(
                _button(
                    f"<code>{escape(reading['text'])}</code><span>if {escape(reading['meaning'])}</span>",
                    "reading",
                    reading["source"],
                    data_shapes="\n".join(reading["shapes"]) or None,
                )
            )
    if error["instead"]:
        ask = f"Ask for the {error['instead'].capitalize()} instead"
        lines.append(_button(ask, "do", error["instead"]))
    return tag("div", "".join(lines), class_="error question" if asks else "error", role="alert")


def _button(inside: str, name: str, value: str, **more: object) -> str:
    # A button of the form, wherever it stands; its class says what it does.
    return tag(
        "button", inside, class_="instead" if name == "do" else name, form="problem", name=name, value=value, **more
    )
