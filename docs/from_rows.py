"""The reference, made of matcalc's own tables while the pages are built: MADE holds a function for each part.

Each returns Markdown, so that its headings stand in the table of contents; formulas are MathML inside it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from html import escape
from textwrap import indent

import click

import matcalc
from matcalc import cli, errors
from matcalc.api.notation import notation
from matcalc.api.shown import Shown
from matcalc.document import View, written
from matcalc.document import blocks as b
from matcalc.document.assembly import rulebook
from matcalc.document.glossary import described
from matcalc.document.ink import Ink
from matcalc.document.sentences import explanation
from matcalc.document.view import SAYS
from matcalc.expr import Node, Slot, Term
from matcalc.operators import FUNCTION_NAMES, TABLE, Operator, function, term
from matcalc.rules import book
from matcalc.rules.derivatives import FUNCTIONS
from matcalc.rules.reasons import REASONS
from matcalc.shows import Shows
from matcalc.syntax.python import words as code
from matcalc.syntax.vocabulary import ALIASES
from matcalc.write import TEXT, write
from matcalc.write.notations.latex import LATEX
from matcalc.write.notations.mathml import MATHML

_NOTHING = b.Document(("",), ())
_FAMILIES = {
    "": "Sums, products and functions of rows",
    "statistics": "Means, variances, largest entries",
    "kronecker": "Kronecker products and stacked columns",
    "parts": "Parts of arrays",
    "spectral": "Functions of a matrix",
}
_AXES = ("", ", axis=1", ", axis=0")


def _raw(html: str) -> str:
    """HTML as a part of a page. The search reads it without its tags, so words of two cells need a space between."""
    return "```{raw} html\n" + re.sub(r"(</(?:td|th|dt|dd|b|p|li|summary)>)", r"\1\n", html) + "\n```\n"


def _code(text: str) -> str:
    return f"<code>{escape(text, quote=False)}</code>"


# ----------------------------------------------------------------------------------------------------------- operators


_OF_CODE = {"plus": "A + B", "hadamard": "A * B", "matmul": "A @ B", "power": "A**s", "transpose": "A.T"}
_OF_CODE |= {"max": "maximum(A, B)", "min": "minimum(A, B)"}
"""What is Python's own, or goes by another name than of one array."""


def in_code(op: Operator, typed: str) -> list[str]:
    """How an operator, typed like this, is spelled in NumPy, PyTorch or JAX, without the module."""
    name, columns = typed.partition("(")[0], "columns" in typed
    if op.name in _OF_CODE:
        return [_OF_CODE[op.name]]
    found = [f"{other}(A)" for other, of in {**code.ENTRIES, **code.SQUARE}.items() if of == name]
    for other, of in code.REDUCED.items():
        found += [f"{other}(A{axis})" for axis, reduced in zip(_AXES, of, strict=True) if reduced == name]
    found += [f"{other}(A, axis={0 if columns else 1})" for other, of in code.BY_AXIS.items() if of == name]
    return list(dict.fromkeys(found))


def forms() -> Iterator[tuple[Operator, Node, str]]:
    """(operator, a term of it, how that is typed) for all that the reference has."""
    z = Slot("Z", ("n", "m"))
    functions = (term(function(name), z) for name in FUNCTION_NAMES)
    operators = (described(op).term for op in TABLE.values() if op.signature.arguments and op.says)
    for found in (*operators, *functions):
        assert isinstance(found, Term)
        yield found.op, found, write(found, TEXT)


def _forms(op: Operator, shown: Node, typed: str) -> str:
    others = [_code(alias) for alias, of in ALIASES.items() if of == typed.partition("(")[0]]
    coded = [_code(form) for form in in_code(op, typed)]
    parts = [f"text {_code(typed)}", f"LaTeX {_code(write(shown, LATEX))}"]
    parts += [f"{lead} {', '.join(found)}" for lead, found in (("also", others), ("in code", coded)) if found]
    return f'<dd class="forms">{"; ".join(parts)}</dd>'


def _operator(op: Operator, shown: Node, typed: str) -> str:
    ink = Ink.of(_NOTHING, MATHML)
    said = ink.say(
        ink.explanation(explanation(described(op))), escape, lambda t: _code(t.text), lambda m: _math(ink.write(m))
    )
    signature = escape(op.signature.text.replace("->", "→"))
    head = f'<dt id="{op.name}"><b>{_code(op.name)}</b><span class="signature">{signature}</span></dt>'
    return f"{head}<dd>{said}</dd>{_forms(op, shown, typed)}"


def _function(op: Operator, shown: Node, typed: str) -> str:
    slope = term(function(op.name, 1), Slot("Z", ("n", "m")))
    known = [rule.rhs for rule in FUNCTIONS if isinstance(rule.lhs, Term) and rule.lhs.op is function(op.name, 1)]
    said = _math(Ink.of(_NOTHING, MATHML).write(b.equation(slope, *known[:1]))) if known else ""
    head = f'<dt id="{op.name}"><b>{_code(op.name)}</b></dt>'
    return f"{head}<dd>{said or 'its derivative is no operator'}</dd>{_forms(op, shown, typed)}"


def _math(inside: str) -> str:
    return f"<math>{inside}</math>" if inside else ""


def operators() -> str:
    """Every operator: signature, meaning, and its forms in text, LaTeX and code."""
    parts = []
    for family, title in _FAMILIES.items():
        rows = [_operator(*row) for row in forms() if row[0].function is None and row[0].family == family]
        parts += [f"## {title}\n", _raw(f'<dl class="rows">{"".join(rows)}</dl>')]
    return "\n".join(parts)


def functions() -> str:
    """Every function of the entries, with its derivative."""
    rows = [_function(*row) for row in forms() if row[0].function is not None]
    return _raw(f'<dl class="rows">{"".join(rows)}</dl>')


def signs() -> str:
    """Statements, attributes and signs, each with the ways to type it."""
    whole = notation()
    kept: list[b.Block] = []
    for block in whole.blocks:
        if isinstance(block, b.Heading) and block.words == ("Functions",):
            break
        kept.append(block)
    text = written(b.Document(whole.headline, tuple(kept), view=View()), "markdown")
    return text.partition("\n")[2]


# --------------------------------------------------------------------------------------------------------------- rules


def rules(chapters: Iterable[str]) -> str:
    """The rules of some chapters: statement, what is asked for, and on opening the reason and the source."""
    rows = list(book.chapters())
    parts = []
    for title in chapters:
        shown = rulebook([row for row in rows if row[0] == title], book.USED, {}, REASONS)
        lines = written(shown, "html").splitlines()
        inside = "\n".join(line for line in lines if not re.match(r"</?article|<h[12]>", line))
        parts += [f"## {title}\n", _raw(f'<div class="wide">{inside}</div>')]
    return "\n".join(parts)


def letters() -> str:
    """What the letters of the rules stand for."""
    rows = (f"| *{letter}* | {meaning} |" for letter, meaning in book.LETTERS.items())
    return "\n".join(("| letters | what they stand for |", "|---|---|", *rows))


def derivation() -> str:
    """A derivation as a web page shows it: a rule opens into its statement and its reason."""
    html = matcalc.derive("J = ||X w - y||^2 + lam w'w", "w").to_html()
    before, _, rest = html.partition("<h2>Rules used</h2>")
    inside = re.sub(r"<h1>.*?</h1>\n|</?article.*?>\n", "", before + rest[rest.index("<h2>Verification</h2>") :])
    return _raw(f'<div class="wide derivation">{inside}</div>')


# -------------------------------------------------------------------------------------------------------- command line


def commands() -> str:
    """Every command: what it does, its usage and its options, from the commands themselves."""
    group = cli._cli
    parts = []
    for name, command in group.commands.items():
        context = click.Context(command, info_name=f"matcalc {name}", max_content_width=90)
        parts += [f"## matcalc {name}\n", f"```text\n{command.get_help(context)}\n```\n"]
    return "\n".join(parts)


def statuses() -> str:
    """The exit statuses, from the sentence that states them."""
    said = re.search(r"Exit status: (.*)\.$", inspect.getdoc(cli) or "", re.S)
    assert said
    rows = (part.strip().split(" ", 1) for part in said[1].replace("\n", " ").split(";"))
    return "\n".join(("| exit status | |", "|---|---|", *(f"| {number} | {meaning} |" for number, meaning in rows)))


# ------------------------------------------------------------------------------------------------------------------ API


def _markdown(docstring: str) -> str:
    """A docstring as Markdown: code and examples as they are, signs of mathematics escaped elsewhere."""
    out: list[str] = []
    for part in re.split(r"\n\s*\n", docstring):
        if part.lstrip().startswith(">>>"):
            out.append(f"```python\n{inspect.cleandoc(part)}\n```")
        else:
            pieces = re.split(r"(`[^`]+`)", part)
            out.append("".join(p if p.startswith("`") else re.sub(r"([*_<>\[\]|$])", r"\\\1", p) for p in pieces))
    return "\n\n".join(out)


def _signature(value: Callable[..., object]) -> str:
    return re.sub(r"(: |-> )'([^']+)'", r"\1\2", str(inspect.signature(value)))


def _called(name: str, value: Callable[..., object]) -> str:
    """A call with its parameters, one a line where they are many."""
    line = name + _signature(value)
    inside, arrow, result = line.partition("(")[2].rpartition(") -> ")
    if len(line) <= 80 or not arrow:
        return line
    parameters = re.split(r", (?=[*\w]+(?:: |,|$))", inside)
    return "\n".join((f"{name}(", *(f"    {parameter}," for parameter in parameters), f") -> {result}"))


_OF_ALL = ("document", "written")
"""Methods of every result that another part of matcalc needs, and no reader."""


def _members(value: type) -> Iterator[str]:
    for name, member in vars(value).items():
        said, computed = inspect.getdoc(member), isinstance(member, (property, cached_property))
        if name.startswith("_") or name in _OF_ALL or not said or not (computed or callable(member)):
            continue
        call = "" if computed else _signature(member).replace("(self, ", "(").replace("(self)", "()")
        yield f"`{name}{call}`\n: {indent(_markdown(said), '  ').lstrip()}\n"


def _call(name: str, value: Callable[..., object]) -> str:
    return f"### {name}\n\n```python\n{_called(name, value)}\n```\n\n{_markdown(inspect.getdoc(value) or '')}\n"


def _class(name: str, value: type) -> str:
    own = [base for base in value.__mro__ if base.__module__.startswith("matcalc") and base not in (Shown, Shows)]
    # What a public class inherits from another one is said by the sentence "with all methods of `Expr`".
    bases = [base for base in own if base is value or base.__name__ not in matcalc.__all__]
    return "\n".join(
        (f"### {name}\n", _markdown(inspect.getdoc(value) or "") + "\n", *(m for base in bases for m in _members(base)))
    )


def _options() -> str:
    rows = (f"| `{name}` | `{default!r}` | {says} |" for name, (default, says, _) in SAYS.items())
    return "\n".join(("| option | default | |", "|---|---|---|", *rows))


def public() -> str:
    """The functions and the classes of the package, from their docstrings."""
    values = {name: getattr(matcalc, name) for name in matcalc.__all__ if not name.startswith("_")}
    classes = {name: value for name, value in values.items() if isinstance(value, type)}
    returned = {name: value for name, value in classes.items() if not issubclass(value, errors.MatcalcError)}
    shown = ", ".join(f"`{name}`" for name, value in returned.items() if issubclass(value, Shown))
    return "\n".join(
        (
            "## Functions\n",
            *(_call(name, value) for name, value in values.items() if name not in classes),
            f"## Results in every format\n\n{shown} can be written in every format, with the options below.\n",
            *_members(Shown),
            f"{_options()}\n\n## What the functions return\n",
            *(_class(name, value) for name, value in returned.items()),
        )
    )


def mistakes() -> str:
    """The errors, each with the exit status that the command line ends with."""
    rows = []
    for name in matcalc.__all__:
        value = getattr(matcalc, name)
        if isinstance(value, type) and issubclass(value, errors.MatcalcError):
            rows.append(
                f"| `{name}` | {value.exit_status} | {_markdown(inspect.getdoc(value) or '').split(chr(10))[0]} |"
            )
    return "\n".join(("| error | exit status | |", "|---|---|---|", *rows))


_DERIVING = (book.DIFFERENTIATING, book.DERIVATIVES, book.CROSSING, book.CROSSING_VEC)
_STRUCTURED = tuple(title for title in book.USED if title.startswith("Structured"))
_SHORTENING = (book.REWRITING, book.SIMPLIFYING, book.FACTORED, book.OPENED)
MADE: dict[str, Callable[[], str]] = {
    "operators": operators,
    "functions": functions,
    "signs": signs,
    "letters": letters,
    "rules-deriving": partial(rules, (*_DERIVING, *_STRUCTURED)),
    "rules-shortening": partial(rules, _SHORTENING),
    "derivation": derivation,
    "commands": commands,
    "statuses": statuses,
    "public": public,
    "errors": mistakes,
}
"""What a page may ask for by name."""
