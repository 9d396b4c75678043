"""A file with a problem and its derivation, parted: what the program is, and what is claimed about it.

The program is what is declared and given, and what the objective is made of; any other definition is the reader's own,
and belongs to the derivation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from matcalc.check.texts import StatedChain, WrittenDerivation, written
from matcalc.errors import ParseError
from matcalc.syntax import parse
from matcalc.syntax.languages import is_latex
from matcalc.syntax.program import Program
from matcalc.syntax.source import Source

_IDENTIFIER = re.compile(r"[^\W\d_](?:\w*\w)?")
_DEFINES = re.compile(r"\\?[^\W\d]\w*(?:_?\{\w+\})?(?:\^\{?[(\[]\d+[)\]]\}?)?(?:\s*\([\w\s,]*\))?")
_SLOPE = re.compile(
    r"(?:\\[dt]?frac\s*\{\s*)?(?:\\partial|∂|\\mathrm\s*\{?d\}?|(?<![A-Za-z])d)\s*\{?([^\W\d_]\w*)\}?\s*\}?\s*[/{]"
    r"|∇_\{?\w+\}?\s*([^\W\d_]\w*)|\\nabla_?\s*\{?[\w\\]*\}?\s*([^\W\d_]\w*)"
)
_INCREMENT = re.compile(r"(?:\\mathrm\s*\{?d\}?\s*|d\s*)([^\W\d_](?:_?\{?\w+\}?)?)")
_GIVEN = re.compile(r"^\s*given\b[\s:]*", re.IGNORECASE)


def of_source(source: str | Program, text: str) -> tuple[Program, WrittenDerivation]:
    """The program of a source, and the derivation in a text; what the text declares and gives is added."""
    if isinstance(source, Program):
        program, source = source, source.source
    else:
        program = parse(source)
    found = written(text, {*program.names, *program.functions})
    if found.given:
        program = parse("\n".join([source, *(_stated(found.text[start:end]) for start, end in found.given)]))
    return program, found


def of_one_text(text: str) -> tuple[Program, WrittenDerivation]:
    """The program in a text that also has the derivation, and the derivation. Raises the errors of `parse`."""
    found = written(text)
    kept = _definitions(found)
    if not kept and not found.given:
        message = "there is no program here: nothing says what is differentiated"
        hint = "write the definition of J, or a line given dE/dA = …, before the derivation"
        raise Source(text).error(ParseError, message, 0, hint=hint)
    program = parse(_program_text(found, kept))
    places = {statement.start for statement in kept}
    found = written(
        text, {*program.names, *program.functions}
    )  # with its names known, fewer words are taken for others
    rest = (s if s.start not in places else replace(s, rights=s.rights[1:]) for s in found.statements)
    return program, replace(found, statements=tuple(s for s in rest if s.rights))


def _definitions(found: WrittenDerivation) -> list[StatedChain]:
    """The definitions of the objective and of what it is made of; without one, all before the first differential.

    What another definition uses is no objective: dA/dZ may be a step on the way.
    """
    objective = _objective(found)
    texts = [found.formulas[s.rights[0].start : s.rights[0].end] for s in found.statements if _defines(s)]
    if objective is not None and any(objective in _names(text) for text in texts):
        objective = None
    of: dict[str, StatedChain] = {}
    for statement in found.statements:
        if _differs(statement.left, found.text):
            if objective is None:
                break
        elif _defines(statement):
            of.setdefault(_name(statement.left), statement)
    given = " ".join(found.text[start:end] for start, end in found.given)
    if objective is None or not (objective in of or given):
        return list(of.values())
    parts = {name: found.formulas[s.rights[0].start : s.rights[0].end] for name, s in of.items()}
    used = set(_closure([objective, *_names(given)], parts))
    return [statement for name, statement in of.items() if name in used]


def _program_text(found: WrittenDerivation, kept: list[StatedChain]) -> str:
    places = [*found.given, *((s.start, s.rights[0].end) for s in kept)]
    if is_latex(found.text):
        lines = [_stated(found.text[start:end]) for start, end in found.given]
        lines += [f"${found.formulas[s.start : s.rights[0].end].replace('&', ' ')}$" for s in kept]
        return "\n\n".join(lines)
    text = "".join(c if c == "\n" else " " for c in found.text)
    for start, end in places:
        source = found.text if (start, end) in found.given else found.formulas
        text = text[:start] + source[start:end] + text[end:]
    return text.rstrip()


def _stated(line: str) -> str:
    return _GIVEN.sub("", line) if is_latex(line) else line.strip()


def _objective(found: WrittenDerivation) -> str | None:
    """What is differentiated: the name above in dJ/dW, or else that of the first line dJ = …."""
    for start, end in found.given:
        if slope := _SLOPE.search(found.text, start, end):
            return next(name for name in slope.groups() if name)
    names = {_name(s.left) for s in found.statements if _defines(s)}
    for statement in found.statements:
        if (slope := _SLOPE.match(statement.left.strip())) and (name := next(n for n in slope.groups() if n)) in names:
            return name
    for statement in found.statements:
        match = _INCREMENT.fullmatch(statement.left.strip())
        if match and _name(match[1]) in names:
            return _name(match[1])
    return None


def _defines(statement: StatedChain) -> bool:
    return _DEFINES.fullmatch(statement.left.strip()) is not None


def _differs(left: str, text: str) -> bool:
    """Whether a left side is one of differentials or a derivative."""
    left = left.strip()
    if re.search(r"/|∂|∇|\\partial|\\nabla|\\mathrm\s*\{?d\}?|\bd\s*[(\[\\|]", left):
        return True
    match = _INCREMENT.fullmatch(left)
    if match is None:
        return False
    over = {name for slope in _SLOPE.finditer(text) for name in slope.groups() if name}
    alone = rf"(?<![\w\\]){re.escape(match[1])}(?!\w)"
    return match[1] in over or re.search(alone, text) is not None


def _name(left: str) -> str:
    return re.sub(r"\s*\(.*\)$|[{}\\\s]", "", left)


def _names(text: str) -> Iterator[str]:
    for match in _IDENTIFIER.finditer(re.sub(r"[{}\\]", "", text)):
        yield match.group()
        if match.group().startswith("d"):
            yield match.group()[1:]


def _closure(names: list[str], texts: Mapping[str, str]) -> Iterator[str]:
    ahead, seen = list(names), set[str]()
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            yield name
            ahead += _names(texts.get(name, ""))


def problem(source: str | Program, text: str) -> tuple[Program, WrittenDerivation]:
    """The program and the derivation; without a source the text has both."""
    return of_source(source, text) if isinstance(source, Program) or source.strip() else of_one_text(text)
