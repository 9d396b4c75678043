"""What can be asked for by name: each a function from the fields of a request to plain data. No server is imported."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import matcalc
from matcalc import Jacobian, Program, Solution, Verification
from matcalc.api.reference import notation as notation_in
from matcalc.api.reference import rules as rules_in
from matcalc.api.shown import Shown
from matcalc.collection import all_examples, suggested_names, title_of
from matcalc.document.view import SAYS, View
from matcalc.document.writers.html import sections
from matcalc.document.writers.json import finding
from matcalc.options import CONVENTIONS, LANGUAGES, LAYOUTS, STRUCTURES
from matcalc.web import fragments
from matcalc.web.requests import RequestField
from matcalc.web.understanding import chosen, failure, formula, one_chosen, suggested, understood

Plain = dict[str, Any]

# --------------------------------------------------------------------------------------------------------------- fields

SOURCE = RequestField(
    "text", "The program: text in matcalc's notation, LaTeX, or code of NumPy, PyTorch, JAX or MATLAB."
)
SHAPES = RequestField("names", 'Further declarations, such as "X: n x d".', ())
LANGUAGE = RequestField("choice", "What the program is written in; empty to guess it.", "", ("", *LANGUAGES))
WRT = RequestField("names", "The names to differentiate by; where there are none, those that the text suggests.", ())
CONVENTION = RequestField(
    "choice",
    "For a structured variable: projected on its structure, its independent entries, or free of it.",
    "projected",
    CONVENTIONS,
)
STRUCTURE = RequestField(
    "choice",
    "By a structured variable: half (by its independent entries), projected (changes keep it), free (of it).",
    "",
    ("", *STRUCTURES),
)
SUBJECT = RequestField("name", "Constraints, as A w = b, several with ; between; W'W = I.", "")
VERIFY = RequestField("flag", "Prove the result; without it, the derivation alone comes sooner.", True)
TIME_LIMIT = RequestField("number", "Seconds that a proof may take.", 10.0, most=20.0)
FORMATS = RequestField(
    "choices", "The formats to write the result in.", ("html", "text", "latex", "markdown"),
    ("html", "text", "latex", "markdown", "json"),
)  # fmt: skip
TEXT_FORMATS = RequestField("choices", "The formats to write it in.", ("html",), ("html", "text", "latex", "markdown"))
PROGRAM = {"source": SOURCE, "shapes": SHAPES, "language": LANGUAGE}
JUDGED = {"wrt": WRT, **PROGRAM, "convention": CONVENTION, "time_limit": TIME_LIMIT}


def _shown(*names: str) -> dict[str, RequestField]:
    # The options of a view, as everywhere.
    rows = {name: SAYS[name] for name in names}
    return {
        name: RequestField("choice" if choices else "name" if default == "" else "flag", says, default, choices)
        for name, (default, says, choices) in rows.items()
    }


DERIVED = {
    "wrt": WRT,
    **PROGRAM,
    "verify": VERIFY,
    "time_limit": TIME_LIMIT,
    "formats": FORMATS,
    **_shown("steps", "explain", "expand", "braces"),
}


def _view(asked: Mapping[str, Any]) -> View:
    return View(**{name: asked[name] for name in SAYS if name in asked})


def _program(asked: Mapping[str, Any]) -> Program:
    return matcalc.parse(asked["source"], asked["shapes"], asked["language"])


# ----------------------------------------------------------------------------------------------------------- operations


def read(asked: Mapping[str, Any]) -> Plain:
    """The program as it was understood, or what is wrong with it, or what is asked."""
    source, shapes, language = asked["source"], asked["shapes"], asked["language"]
    reading = matcalc.read(source, shapes, language)
    program = reading.program
    if program is None:
        assert reading.error is not None
        error = failure(reading.error, source, shapes, language)
        html = fragments.failure(error)
        if shapes:  # what was declared beside the names may be what is wrong: they stay, to be corrected
            program = matcalc.read(source, (), language).program
            names = _names(program, asked["wrt"]) if program is not None else ()
            html += fragments.declarable(program, names, shapes)
        return {"understood": False, "error": error, "notes": list(reading.notes), "html": html}
    found = understood(program)
    html = fragments.understood(program, _names(program, asked["wrt"]), shapes)
    return {"understood": True, "text": reading.text, **found, "html": html}


def _names(program: Program, wrt: Sequence[str]) -> Sequence[str]:
    """Those of the names asked for that are in the program, or those that it suggests."""
    stems = {_stem(s.name) for s in program.inputs}
    return [name for name in wrt if _stem(name) in stems] or suggested(program)


def _stem(name: str) -> str:
    return name.partition("[")[0]


def derive(asked: Mapping[str, Any]) -> Plain:
    """The gradients, derived step by step and proved."""
    program = _program(asked)
    options = {name: asked[name] for name in ("verify", "convention", "primes", "time_limit")}
    found = matcalc.derive(program, chosen(program, asked["wrt"]), **options)
    results = [{"name": name, **formula(found[name])} for name in found]
    return {"results": results, **_proved(found.verification), **_written(found, found.verification, asked)}


def jacobian(asked: Mapping[str, Any]) -> Plain:
    """The Jacobian of the last definition by one name, derived and proved."""
    program = _program(asked)
    name = one_chosen(program, asked["wrt"])
    options = {name: asked[name] for name in ("layout", "structure", "verify", "time_limit")}
    return _by_one(matcalc.jacobian(program, name, **options), asked)


def hessian(asked: Mapping[str, Any]) -> Plain:
    """The Hessian by one name, or mixed by two: a map of a direction, and a matrix where that is short."""
    program = _program(asked)
    names = chosen(program, asked["wrt"])
    names = names if asked["wrt"] and len(names) == 2 else [one_chosen(program, asked["wrt"])]
    options = {name: asked[name] for name in ("structure", "verify", "time_limit")}
    found = matcalc.hessian(program, *names, **options)
    more = {"operator": formula(found.operator), "curvature": found.curvature, "is_short": found.is_short}
    return {**_by_one(found, asked), **more}


def solve(asked: Mapping[str, Any]) -> Plain:
    """Where the gradient by one name is 0, if it is affine in it, with or without constraints."""
    program = _program(asked)
    options = {name: asked[name] for name in ("subject", "verify", "time_limit")}
    found = matcalc.solve(program, one_chosen(program, asked["wrt"]), **options)
    told = {"kind": found.kind, "condition": found.condition, "known_as": found.name, "others": found.others}
    return {**_by_one(found, asked), **told}


def _by_one(found: Jacobian | Solution, asked: Mapping[str, Any]) -> Plain:
    proofs = {} if found.verification is None else {found.variable: found.verification}
    results = [{"name": found.variable, **formula(found)}]
    return {"results": results, **_proved(proofs), **_written(found, proofs, asked)}


def _proved(proofs: Mapping[str, Verification]) -> Plain:
    badges = "".join(fragments.badge(name, proof) for name, proof in proofs.items())
    return {"verification": {name: finding(proof) for name, proof in proofs.items()}, "badges": badges}


def _written(found: Shown, proofs: Mapping[str, Verification], asked: Mapping[str, Any]) -> Plain:
    """The result in the formats asked for."""
    answer: Plain = {}
    view = _view(asked)
    for form in asked["formats"]:
        if form == "html":
            badges = (fragments.badge(name, proof) for name, proof in proofs.items())
            answer["html"] = fragments.panel(sections(found.document(view)), badges)
        else:
            text = found.written(form, view)
            answer[form] = json.loads(text) if form == "json" else text
    return answer


def pdf(asked: Mapping[str, Any]) -> Plain:
    """The gradients with their derivation as a PDF, in base64, where a TeX is there."""
    program = _program(asked)
    found = matcalc.derive(
        program, chosen(program, asked["wrt"]), convention=asked["convention"], time_limit=asked["time_limit"]
    )
    return {"pdf": base64.b64encode(found.to_pdf(explain=asked["explain"], title=asked["title"])).decode()}


def graph(asked: Mapping[str, Any]) -> Plain:
    """The computation and backpropagation as a picture, where Graphviz is there, and as text of Mermaid and DOT."""
    program = _program(asked)
    found = matcalc.graph(program, chosen(program, asked["wrt"]), convention=asked["convention"])
    answer: Plain = {"mermaid": found.to_mermaid(), "dot": found.to_dot(), "svg": "", "missing": ""}
    try:
        svg = found.to_svg()
        answer["svg"] = svg[svg.index("<svg") :]
    except matcalc.UnsupportedError as error:
        answer["missing"] = f"{error.message}: {error.hint}"
    return {**answer, "html": fragments.graph(answer["svg"], answer["missing"], answer["mermaid"])}


def check(asked: Mapping[str, Any]) -> Plain:
    """What is to be said of a person's answer for a gradient."""
    program = _program(asked)
    name = one_chosen(program, asked["wrt"])
    found = matcalc.check(
        program, name, asked["answer"], convention=asked["convention"], time_limit=asked["time_limit"]
    )
    html = fragments.judged_by(name) + fragments.verdict(found)
    return {"name": name, **json.loads(found.to_json()), "text": str(found), "html": html}


def check_derivation(asked: Mapping[str, Any]) -> Plain:
    """A person's derivation, judged line by line."""
    declared = "\n".join((*asked["shapes"], asked["source"]))
    found = matcalc.check_derivation(declared, asked["derivation"], time_limit=asked["time_limit"])
    return {**found.to_dict(), "text": str(found), "html": fragments.report(found)}


def verify(asked: Mapping[str, Any]) -> Plain:
    """Whether a formula is the gradient."""
    program = _program(asked)
    name = one_chosen(program, asked["wrt"])
    found = matcalc.verify(
        program, name, asked["candidate"], convention=asked["convention"], time_limit=asked["time_limit"]
    )
    return {"name": name, "ok": found.ok, **_proved({name: found})}


def equal(asked: Mapping[str, Any]) -> Plain:
    """Whether two formulas are the same function of the names in them."""
    found = matcalc.equal(
        asked["a"], asked["b"], asked["source"], shapes=asked["shapes"], language=asked["language"],
        time_limit=asked["time_limit"],
    )  # fmt: skip
    return {"ok": found.ok, "verification": finding(found)}


def rules(asked: Mapping[str, Any]) -> Plain:
    """The rule book, or the rules whose name holds a word."""
    return {form: _rules(form, asked["name"]) for form in asked["formats"]}


def notation(asked: Mapping[str, Any]) -> Plain:
    """What may be typed."""
    return {form: _notation(form) for form in asked["formats"]}


@cache
def _notation(form: str) -> str:
    return notation_in(form)


def _rules(form: str, name: str) -> str:
    return rules_in(form, name=name) if name else _rule_book(form)


@cache
def _rule_book(form: str) -> str:
    return rules_in(form)


def examples(asked: Mapping[str, Any]) -> Plain:
    """The famous problems that ship with matcalc: name, title, text, and what each is to be differentiated by."""
    rows = [
        {"name": name, "title": title_of(text), "source": text, "wrt": suggested_names(text)}
        for name, text in all_examples().items()
    ]
    return {"examples": rows, "html": fragments.gallery(rows)}


# ---------------------------------------------------------------------------------------------------------------- table


@dataclass(frozen=True)
class Operation:
    """A row of the table: the function, the fields of its request, and the fields of its answer with their types."""

    run: Callable[[Mapping[str, Any]], Plain]
    fields: Mapping[str, RequestField]
    answers: Mapping[str, str]


_SHOWN_ANSWERS = {
    "results": "array",
    "verification": "object",
    "badges": "string",
    "html?": "string",
    "text?": "string",
    "latex?": "string",
    "markdown?": "string",
    "json?": "object",
}
_OF_TEXT = {"html?": "string", "text?": "string", "latex?": "string", "markdown?": "string"}
JACOBIAN_LAYOUT = RequestField("choice", "How the Jacobian is laid out.", "numerator", LAYOUTS[1:])
OPERATIONS: Mapping[str, Operation] = {
    "read": Operation(
        read,
        {**PROGRAM, "wrt": WRT},
        {
            "understood": "boolean",
            "html": "string",
            "notes": "array",
            "error?": "object",
            "text?": "string",
            "objective?": "string",
            "is_scalar?": "boolean",
            "names?": "array",
            "functions?": "array",
            "definitions?": "array",
            "wrt?": "array",
        },
    ),
    "derive": Operation(
        derive,
        {
            **DERIVED,
            "convention": CONVENTION,
            "primes": RequestField("flag", "Keep the derivatives of activations as sigmoid'(z), relu'(z).", False),
            **_shown("factor", "entries", "layout"),
        },
        _SHOWN_ANSWERS,
    ),
    "jacobian": Operation(jacobian, {**DERIVED, "layout": JACOBIAN_LAYOUT, "structure": STRUCTURE}, _SHOWN_ANSWERS),
    "hessian": Operation(
        hessian,
        {**DERIVED, "structure": STRUCTURE},
        {**_SHOWN_ANSWERS, "operator": "object", "curvature": "string", "is_short": "boolean"},
    ),
    "solve": Operation(
        solve,
        {**DERIVED, "subject": SUBJECT},
        {**_SHOWN_ANSWERS, "kind": "string", "condition": "string", "known_as": "string", "others": "string"},
    ),
    "check": Operation(
        check,
        {
            **JUDGED,
            "answer": RequestField("text", "A formula, LaTeX, several lines, or one entry with sums."),
        },
        {
            "name": "string",
            "ok": "boolean",
            "kind": "string",
            "score": "number",
            "where": "any",
            "message": "string",
            "rule": "string",
            "repaired": "string",
            "read": "string",
            "hints": "array",
            "notes": "array",
            "text": "string",
            "html": "string",
        },
    ),
    "check_derivation": Operation(
        check_derivation,
        {
            "source": RequestField("text", "The program; or one text with program and derivation."),
            "shapes": SHAPES,
            "derivation": RequestField("text", "The derivation, line by line.", ""),
            "time_limit": TIME_LIMIT,
        },
        {"ok": "boolean", "first_bad": "any", "bad": "array", "lines": "array", "text": "string", "html": "string"},
    ),
    "verify": Operation(
        verify,
        {**JUDGED, "candidate": RequestField("text", "The formula to be held against the gradient.")},
        {"name": "string", "ok": "boolean", "verification": "object", "badges": "string"},
    ),
    "equal": Operation(
        equal,
        {
            "a": RequestField("text", "A formula."),
            "b": RequestField("text", "Another."),
            **PROGRAM,
            "source": RequestField("text", "The declarations of their names, or the program that they belong to.", ""),
            "time_limit": TIME_LIMIT,
        },
        {"ok": "boolean", "verification": "object"},
    ),
    "graph": Operation(
        graph,
        {"wrt": WRT, **PROGRAM, "convention": CONVENTION},
        {"mermaid": "string", "dot": "string", "svg": "string", "missing": "string", "html": "string"},
    ),
    "pdf": Operation(
        pdf,
        {**JUDGED, **_shown("explain", "title")},
        {"pdf": "string"},
    ),
    "rules": Operation(
        rules,
        {"name": RequestField("name", "Only the rules whose name holds this word.", ""), "formats": TEXT_FORMATS},
        _OF_TEXT,
    ),
    "notation": Operation(notation, {"formats": TEXT_FORMATS}, _OF_TEXT),
    "examples": Operation(examples, {}, {"examples": "array", "html": "string"}),
}
"""Every operation by its name."""


def described(operation: Operation) -> str:
    """What an operation does, in a sentence."""
    return (operation.run.__doc__ or "").strip()
