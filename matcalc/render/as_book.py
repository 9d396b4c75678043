"""The rule book: every row printed as it stands, by chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from matcalc.errors import UnsupportedError
from matcalc.render.notations.ascii import ASCII
from matcalc.render.notations.latex import LATEX
from matcalc.render.notations.text import TEXT
from matcalc.render.phrases import Phrases
from matcalc.rewrite import Rule

Chapter = tuple[str, list[Rule]]


def rulebook(rules: Iterable[tuple[str, Rule]], form: str = "text") -> str:
    """Pairs (chapter, rule) as "text", "ascii", "markdown" or "latex". Raises UnsupportedError for another form."""
    if form not in FORMS:
        raise UnsupportedError(f"there is no rule book as {form}", hint=f"the forms are {', '.join(FORMS)}")
    chapters: dict[str, list[Rule]] = {}
    for chapter, rule in rules:
        chapters.setdefault(chapter, []).append(rule)
    return "\n".join(FORMS[form](chapters.items())).strip() + "\n"


def _remarks(rule: Rule) -> list[str]:
    # Why it holds, when, and where it is proved.
    return [
        *([rule.reason] if rule.reason else []),
        *([f"where {rule.condition}"] if rule.condition else []),
        *([rule.source] if rule.source else []),
    ]


def _text(phrases: Phrases) -> Callable[[Iterable[Chapter]], Iterator[str]]:
    def lines(chapters: Iterable[Chapter]) -> Iterator[str]:
        for chapter, rules in chapters:
            yield from ("", chapter, "")
            for rule in rules:
                statement = phrases.statement(rule)
                if statement:
                    yield f"  {rule.name}"
                    yield f"      {statement}"
                    yield from (f"      {remark}" for remark in _remarks(rule))

    return lines


def _markdown(chapters: Iterable[Chapter]) -> Iterator[str]:
    from matcalc.render.as_markdown import formula, prose

    phrases = Phrases(LATEX)
    for chapter, rules in chapters:
        yield from ("", f"## {chapter}", "", "| rule | | |", "| --- | --- | --- |")
        for rule in rules:
            statement = phrases.statement(rule)
            if statement:
                yield f"| {prose(rule.name)} | {formula(statement)} | {prose('; '.join(_remarks(rule)))} |"


def _latex(chapters: Iterable[Chapter]) -> Iterator[str]:
    from matcalc.render.as_latex import prose
    from matcalc.render.wrap import extent, wrapped

    phrases = Phrases(LATEX)
    for chapter, rules in chapters:
        yield rf"\subsection*{{{prose(chapter)}}}"
        yield r"\begin{description}"
        for rule in rules:
            statement = phrases.statement(rule)
            if statement:
                remarks = prose("; ".join(_remarks(rule)))
                lines = [f"${line}$" for line in wrapped(statement, 60, extent)]
                lines += [rf"{{\footnotesize {remarks}}}"] if remarks else []
                yield rf"\item[{prose(rule.name)}] \hfill\\ " + r" \\ ".join(lines)
        yield r"\end{description}"


FORMS: dict[str, Callable[[Iterable[Chapter]], Iterator[str]]] = {
    "text": _text(Phrases(TEXT)),
    "ascii": _text(Phrases(ASCII)),
    "markdown": _markdown,
    "latex": _latex,
}
