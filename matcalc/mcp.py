"""`matcalc mcp`: tools for an assistant, over the Model Context Protocol on standard input and output.

A tool is a row: an operation of the service, the fields that an assistant gives, and a typed result. Each answer says
first how the program was read. What cannot be answered is a result, too: the message with its place and hint, and the
readings that are asked between. Work runs in processes with a deadline and a limit of memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from threading import Thread
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations
from pydantic import TypeAdapter
from typing_extensions import NotRequired, TypedDict

from matcalc import __version__
from matcalc.errors import defect
from matcalc.web.operations import OPERATIONS, Plain
from matcalc.web.requests import RequestError, RequestField, checked_request, request_schema
from matcalc.web.workers import Workers

NOTATION = """\
matcalc derives gradients, Jacobians and Hessians of matrix expressions step by step, and proves them for all sizes.
A program is lines (or parts between ;): definitions, declarations where a shape or a structure matters, and the
objective, which is the last definition or a bare expression. LaTeX is read, too, and code of NumPy, PyTorch and MATLAB.
- product `X W`, scaling `2 X`; entry by entry `A .* B`, `A ./ B`, `A .^ 2`; transpose `X'`; inverse `inv(X)`
- `tr(X)`, `det(X)`, `logdet(X)`, `sum(X)`, `mean(X)`; norms `||x||^2`, `norm(x, 1)`, `||X||_*`; `A : B` is tr(A'B)
- functions of the entries `exp(Z)`, `relu(Z)`, unknown ones `f(Z)`, derivative `f'(Z)`; rows `softmax(Z)`
- `kron(A, B)`, `vec(X)`, `[A, B; C, D]`, `diag(x)`, `x[1]`, `X[:,1]`; `1` beside an array is ones, `I` the identity
- sums over indices `sum_{i,j} A_ij x_i x_j`; layers `layers l = 1..L: a[l] = g(W[l] a[l-1])`; time `steps t = 1..T: …`
- declarations `X: n x d`, `y: n` (a column), `lam: scalar`, `A: n x n symmetric` (also pd, orthogonal, diagonal, …)
- a known gradient `given dE/dA5 = A5 - R`
A gradient has the shape of its variable: dJ = G : dX. Tell the user how the program was read and which notes there are;
where matcalc asks which reading is meant, ask the user, or call again with the program of the reading that is meant."""


class NameRead(TypedDict):
    """A name of the program with its shape, which is "inferred" or "declared"."""

    name: str
    shape: list[str]
    how: str
    attributes: list[str]


class HowRead(TypedDict):
    """The program in the notation with every shape declared, and the guesses that could change the answer."""

    program: str
    names: list[NameRead]
    notes: list[str]


class OpenQuestion(TypedDict):
    """A reading between which the text does not decide; `program` is the text with this reading put in."""

    meaning: str
    write: str
    program: str


class FormulaFound(TypedDict):
    """A formula of the answer, in the notation and in LaTeX."""

    name: str
    formula: str
    latex: str
    shape: list[str]


class ProofFound(TypedDict):
    """A verdict: proved, agrees (in digits), failed or skipped; `said` is all of it in words."""

    name: str
    status: str
    all_sizes: bool
    said: str


class ReadingFound(TypedDict):
    """How a text is read, or what is wrong with it, or what is asked."""

    understood: bool
    read_as: NotRequired[HowRead]
    problem: NotRequired[str]
    questions: list[OpenQuestion]


class DerivationFound(TypedDict):
    """Formulas with their proofs, and the derivation as text, rule by rule."""

    read_as: HowRead
    results: list[FormulaFound]
    proofs: list[ProofFound]
    derivation: str


class HessianFound(DerivationFound):
    """The same, and the map of a direction, and what is known of convexity."""

    operator: str
    curvature: str


class SolutionFound(DerivationFound):
    """The same; "minimum", "maximum" or "stationary point", when it exists and is the only one, and the others."""

    kind: str
    condition: str
    others: str


class JudgementFound(TypedDict):
    """Whether a formula is right, with the proof or a counterexample."""

    read_as: NotRequired[HowRead]
    right: bool
    proofs: list[ProofFound]


class AnswerFound(TypedDict):
    """What is to be said of a person's answer: its mistake, where, the rule, and how it should read."""

    read_as: HowRead
    right: bool
    kind: str
    score: float
    message: str
    rule: str
    repaired: str
    answer_read_as: str
    hints: list[str]
    notes: list[str]
    said: str


class LineFound(TypedDict):
    """A line of a derivation: right, wrong, follows (from a wrong one), defines, skipped or unreadable."""

    number: int
    text: str
    status: str
    message: str
    kind: str
    rule: str
    should: str


class ReportFound(TypedDict):
    """A derivation, judged: the first line that does not follow, and each line."""

    read_as: NotRequired[HowRead]
    right: bool
    first_bad: int | None
    lines: list[LineFound]
    said: str


@dataclass(frozen=True)
class ToolRow:
    """A tool: the operation behind it, what an assistant gives, what it gets as data, and as text."""

    operation: str
    says: str
    fields: tuple[str, ...]
    result: type
    data: Callable[[Plain], Plain]
    text: Callable[[Plain], str]

    @property
    def request(self) -> dict[str, RequestField]:
        """The fields; by what is differentiated must be said where several names make sense."""
        rows = {name: OPERATIONS[self.operation].fields[name] for name in self.fields}
        return {name: replace(row, says=_BY) if name == "wrt" else row for name, row in rows.items()}


_BY = (
    'The names to differentiate by, such as ["W1", "W2"]; an entry W[i,j], a row W[i,:] or a column W[:,j]. It may be'
    " left out where one name alone makes sense; the notes then say which."
)
_PROGRAM = ("source", "shapes", "language")


def _proofs(answer: Plain) -> list[Plain]:
    found = answer["verification"]
    rows = {"": found} if "status" in found else found
    return [{"name": n, "status": p["status"], "all_sizes": p["all_sizes"], "said": p["text"]} for n, p in rows.items()]


def _derived(answer: Plain) -> Plain:
    rows = answer["results"]
    return {
        "results": [{"name": r["name"], "formula": r["text"], "latex": r["latex"], "shape": r["shape"]} for r in rows],
        "proofs": _proofs(answer),
        "derivation": answer["text"],
    }


def _second(answer: Plain) -> Plain:
    return {**_derived(answer), "operator": answer["operator"]["text"], "curvature": answer["curvature"]}


def _solved(answer: Plain) -> Plain:
    return {**_derived(answer), **{name: answer[name] for name in ("kind", "condition", "others")}}


def _judged(answer: Plain) -> Plain:
    return {"right": answer["ok"], "proofs": _proofs(answer)}


def _answered(answer: Plain) -> Plain:
    kept = ("kind", "score", "message", "rule", "repaired", "hints", "notes")
    found = {name: answer[name] for name in kept}
    return {"right": answer["ok"], **found, "answer_read_as": answer["read"], "said": answer["text"]}


def _reported(answer: Plain) -> Plain:
    lines = [{name: line[name] for name in LineFound.__annotations__} for line in answer["lines"]]
    return {"right": answer["ok"], "first_bad": answer["first_bad"], "lines": lines, "said": answer["text"]}


def _read(answer: Plain) -> Plain:
    if answer["understood"]:
        return {"understood": True, "questions": []}
    return {"understood": False, "problem": answer["error"]["said"], "questions": _questions(answer["error"])}


def _verdicts(answer: Plain) -> str:
    return "\n".join(("right: " if answer["ok"] else "not right: ") + proof["said"] for proof in _proofs(answer))


TOOLS: Mapping[str, ToolRow] = {
    "read": ToolRow(
        "read",
        "How a program is read: its names with their shapes, every guess that could change the answer, and what is"
        " asked where there is no clear reading. Use it first for a text in LaTeX or code.",
        _PROGRAM,
        ReadingFound,
        _read,
        lambda answer: "" if answer["understood"] else _failure(answer["error"]),
    ),
    "derive_gradient": ToolRow(
        "derive",
        "The gradients of a scalar objective, derived step by step with the rule beside each line, and proved for all"
        " sizes by an independent judge.",
        ("source", "wrt", "shapes", "language", "convention", "explain", "steps", "expand", "entries", "verify"),
        DerivationFound,
        _derived,
        lambda answer: answer["text"],
    ),
    "jacobian": ToolRow(
        "jacobian",
        "The Jacobian dvec(Y)/dvec(X)' of the last definition by one name, derived and proved. For outputs that are no"
        " scalar.",
        ("source", "wrt", "shapes", "language", "layout", "explain", "steps", "verify"),
        DerivationFound,
        _derived,
        lambda answer: answer["text"],
    ),
    "hessian": ToolRow(
        "hessian",
        "The Hessian by one name, or mixed by two: the map of a direction, the matrix on stacked columns where that is"
        " short, and whether the objective is convex; derived and proved.",
        ("source", "wrt", "shapes", "language", "structure", "explain", "steps", "verify"),
        HessianFound,
        _second,
        lambda answer: answer["text"],
    ),
    "stationary_points": ToolRow(
        "solve",
        "Where the gradient by one name is 0, with or without constraints, for an objective that is quadratic in it:"
        " the solution derived and proved, whether it is a minimum, and when it is the only one.",
        ("source", "wrt", "subject", "shapes", "language", "explain", "steps", "verify"),
        SolutionFound,
        _solved,
        lambda answer: answer["text"],
    ),
    "verify_gradient": ToolRow(
        "verify",
        "Whether a formula is the gradient: proved, or a counterexample with numbers. Use it before showing a gradient"
        " that did not come from derive_gradient.",
        ("source", "wrt", "candidate", "shapes", "language", "convention"),
        JudgementFound,
        _judged,
        _verdicts,
    ),
    "check_answer": ToolRow(
        "check",
        "What is to be said of a person's answer for a gradient: right, or which mistake it has, where, which rule"
        " decides, and three hints that do not give the answer away.",
        ("source", "wrt", "answer", "shapes", "language", "convention"),
        AnswerFound,
        _answered,
        lambda answer: answer["text"],
    ),
    "check_derivation": ToolRow(
        "check_derivation",
        "A derivation as somebody wrote it (text, Markdown or LaTeX), judged line by line: the first line that does not"
        " follow, its mistake, and how it should read.",
        ("source", "derivation", "shapes"),
        ReportFound,
        _reported,
        lambda answer: answer["text"],
    ),
    "equal": ToolRow(
        "equal",
        "Whether two formulas are the same function of the names in them: proved, or a counterexample.",
        ("a", "b", *_PROGRAM),
        JudgementFound,
        _judged,
        _verdicts,
    ),
}


def described(name: str, row: ToolRow) -> Tool:
    """The tool as the protocol describes it."""
    return Tool(
        name=name,
        description=row.says,
        input_schema=request_schema(row.request),
        output_schema=TypeAdapter(row.result).json_schema(),
        annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


# -------------------------------------------------------------------------------------------------------------- answers


async def called(workers: Workers, name: str, arguments: Plain) -> CallToolResult:
    """What a call of a tool gives."""
    row = TOOLS.get(name)
    if row is None:
        return _refused(f"there is no tool {name[:50]}\nhint: the tools are {', '.join(TOOLS)}", {})
    try:
        checked_request(row.request, arguments)
    except RequestError as error:
        return _refused(str(error), {})
    fixed: Plain = {"formats": ["text"]} if "formats" in OPERATIONS[row.operation].fields else {}
    to_read = workers.answer("read", _to_read(name, arguments))
    if "wrt" in row.fields and not arguments.get("wrt"):
        reading = await to_read
        if reading.get("understood"):
            varying = [n["name"] for n in reading["names"] if "constant" not in n["attributes"]]
            evident = [n["name"] for n in reading["names"] if n["evident"]]
            if len(evident) != 1:
                listed = ", ".join(evident or varying)
                return _refused(f"choose what to differentiate by: {listed}\nhint: {_BY}", {})
            fixed["wrt"] = evident
            reading = {**reading, "notes": [*reading["notes"], f"wrt is left out: by {evident[0]}"]}
        answer = await workers.answer(row.operation, {**arguments, **fixed})
    else:
        reading, answer = await asyncio.gather(to_read, workers.answer(row.operation, {**arguments, **fixed}))
    if "error" in answer and "understood" not in answer:
        return _refused(_failure(answer["error"]), answer["error"])
    data, text = dict(row.data(answer)), row.text(answer)
    if reading.get("understood"):
        data["read_as"] = {
            "program": reading["text"],
            "names": [{key: n[key] for key in NameRead.__annotations__} for n in reading["names"]],
            "notes": reading["notes"],
        }
        text = f"Read as:\n{_indented(reading['text'], reading['notes'])}\n\n{text}".rstrip()
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=data)


def _to_read(name: str, given: Plain) -> Plain:
    """The text whose reading is told with the answer."""
    found = {key: given[key] for key in _PROGRAM if key in given}
    if name == "equal":  # its formulas are read together
        found["source"] = (
            f"{given.get('source', '')}\nfirst = {given.get('a')}\nsecond = {given.get('b')}\nfirst - second"
        )
    return found


def _indented(program: str, notes: list[str]) -> str:
    return "\n".join([*(f"  {line}" for line in program.splitlines()), *(f"  - {note}" for note in notes)])


def _questions(error: Plain) -> list[Plain]:
    return [
        {"meaning": r["meaning"], "write": r["text"], "program": "\n".join([*r["shapes"], r["source"]])}
        for r in error["readings"]
    ]


def _failure(error: Plain) -> str:
    """What is wrong, where, what to write instead, and the open questions."""
    asked = [f"- {q['meaning']}: {q['write']}\n  program: {q['program']}" for q in _questions(error)]
    return "\n".join([error["said"], *(["", "Open question: which is meant?", *asked] if asked else [])])


def _refused(said: str, error: Plain) -> CallToolResult:
    data = None
    if error:
        kept = {key: error[key] for key in ("kind", "message", "hint", "line", "column")}
        data = {"error": kept | {"questions": _questions(error)}}
    return CallToolResult(content=[TextContent(type="text", text=said)], structured_content=data, is_error=True)


# --------------------------------------------------------------------------------------------------------------- server


def server(workers: Workers, starting: Thread) -> Server[Any]:
    """The server. It answers as soon as its processes have started, and ends with them."""

    @asynccontextmanager
    async def working(_: Server[Any]) -> AsyncIterator[None]:
        try:
            yield
        finally:
            starting.join()
            workers.stop()

    async def listed(context: Any, params: object) -> ListToolsResult:
        return ListToolsResult(tools=[described(name, row) for name, row in TOOLS.items()])

    async def answered(context: Any, params: CallToolRequestParams) -> CallToolResult:
        await asyncio.to_thread(starting.join)
        try:
            return await called(workers, params.name, params.arguments or {})
        except Exception as error:  # the protocol would say nothing of it
            return _refused(str(defect(type(error).__name__)), {})

    return Server(
        "matcalc",
        version=__version__,
        title="matcalc: matrix derivatives that show their work",
        instructions=NOTATION,
        lifespan=working,
        on_list_tools=listed,
        on_call_tool=answered,
    )


def serve(workers: Workers, starting: Thread) -> None:
    """Serves one assistant, until it closes standard input."""

    async def serving() -> None:
        offered = server(workers, starting)
        async with stdio_server() as (incoming, outgoing):
            await offered.run(incoming, outgoing, offered.create_initialization_options())

    asyncio.run(serving())
