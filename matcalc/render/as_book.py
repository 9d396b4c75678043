"""The rule book: every row printed as it stands, by chapter, with what it asks for, why it holds, where it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from matcalc.errors import UnsupportedError
from matcalc.render.phrases import Phrases
from matcalc.render.words import plain
from matcalc.rewrite import Rule
from matcalc.write.notations.ascii import ASCII
from matcalc.write.notations.latex import LATEX
from matcalc.write.notations.text import TEXT
from matcalc.write.pieces import Notation

Chapter = tuple[str, Sequence[Rule]]
Form = Callable[[Iterable[Chapter], Mapping[str, str], Mapping[str, str]], Iterator[str]]
NOTATIONS = {"text": TEXT, "ascii": ASCII}
WIDTH = 100
"""How long a line of text is."""


def rulebook(
    rules: Iterable[tuple[str, Rule]],
    form: str = "text",
    used: Mapping[str, str] | None = None,
    letters: Mapping[str, str] | None = None,
) -> str:
    """Pairs (chapter, rule) as "text", "ascii", "markdown" or "latex".

    `used`: where the rules of a chapter are used, a sentence by chapter. `letters`: what the letters stand for. Raises
    UnsupportedError for another form.
    """
    if form not in FORMS:
        raise UnsupportedError(f"there is no rule book as {form}", hint=f"the forms are {', '.join(FORMS)}")
    chapters: dict[str, list[Rule]] = {}
    phrases = Phrases(NOTATIONS.get(form, LATEX))
    for chapter, rule in rules:
        if phrases.statement(rule):
            chapters.setdefault(chapter, []).append(rule)
    return "\n".join(FORMS[form](chapters.items(), used or {}, letters or {})).strip() + "\n"


def _remarks(rule: Rule, phrases: Phrases) -> list[str]:
    # Why it holds, when, and where it is proved.
    condition = f"where {phrases.condition(rule)}" if rule.condition else ""
    return [remark for remark in (phrases.why(rule, {}), condition, phrases.prose(rule.source)) if remark]


def _named(rules: Iterable[Rule]) -> Iterator[tuple[str, Rule]]:
    # The name is said once for neighbours that share it.
    for name, group in groupby(rules, key=lambda rule: rule.name):
        for i, rule in enumerate(group):
            yield "" if i else name, rule


def _text(notation: Notation) -> Form:
    def lines(chapters: Iterable[Chapter], used: Mapping[str, str], letters: Mapping[str, str]) -> Iterator[str]:
        from matcalc.write.wrap import wrapped

        say = plain if notation is ASCII else str
        phrases = Phrases(notation, prose=say)
        if letters:
            width = max(map(len, letters))
            yield from ("The letters", "", *(f"  {key:{width}}  {say(meaning)}" for key, meaning in letters.items()))
        for chapter, rules in chapters:
            yield from ("", say(chapter), "")
            if chapter in used:
                yield from (*(f"  {line}" for line in _lines(say(used[chapter]), WIDTH - 2)), "")
            column = max(len(say(rule.name)) for rule in rules) + 4
            said: list[str] = []
            for name, rule in _named(rules):
                first, *rest = wrapped(phrases.statement(rule), WIDTH - column - 2)
                asked = phrases.requirement(rule)
                last = [first, *rest][-1]
                if asked and len(last) + len(asked) + 5 > WIDTH - column - 2:
                    rest.append(f"[{asked}]")
                elif asked and rest:
                    rest[-1] += f"   [{asked}]"
                elif asked:
                    first += f"   [{asked}]"
                yield f"  {say(name):{column - 2}}{first}"
                yield from (" " * (column + 2) + line for line in rest)
                remarks = _remarks(rule, phrases)
                for remark in remarks if name or remarks != said else ():
                    yield from (" " * (column + 4) + line for line in _lines(remark, WIDTH - column - 4))
                said = remarks  # rules of one name that hold for one reason say it once

    return lines


def _lines(sentence: str, width: int) -> Sequence[str]:
    from textwrap import wrap

    return wrap(sentence, width)


def _markdown(chapters: Iterable[Chapter], used: Mapping[str, str], letters: Mapping[str, str]) -> Iterator[str]:
    from matcalc.render.as_markdown import formula, prose

    phrases = Phrases(LATEX, math=formula, prose=prose)
    yield "# The rule book"
    if letters:
        yield from ("", "| letters | what they stand for |", "| --- | --- |")
        yield from (f"| {formula(key)} | {meaning} |" for key, meaning in letters.items())
    for chapter, rules in chapters:
        yield from ("", f"## {chapter}", "")
        if chapter in used:
            yield from (prose(used[chapter]), "")
        yield from ("| rule | statement | asks for | why, when, and source |", "| --- | --- | --- | --- |")
        for name, rule in _named(rules):
            cells = (prose(name), formula(phrases.statement(rule)), phrases.requirement(rule))
            yield f"| {' | '.join(cells)} | {'; '.join(_remarks(rule, phrases))} |"


def _latex(chapters: Iterable[Chapter], used: Mapping[str, str], letters: Mapping[str, str]) -> Iterator[str]:
    from matcalc.render.as_latex import broken, formula, prose

    phrases = Phrases(LATEX, math=formula, prose=prose)
    if letters:
        rows = (rf"{formula(key)} & {prose(meaning)} \\" for key, meaning in letters.items())
        yield from (r"\subsection*{The letters}", r"\begin{tabular}{@{}ll@{}}", *rows, r"\end{tabular}")
    for chapter, rules in chapters:
        yield rf"\subsection*{{{prose(chapter)}}}"
        if chapter in used:
            yield prose(used[chapter])
        yield r"\begin{description}"
        for name, group in groupby(rules, key=lambda rule: rule.name):
            yield rf"\item[{prose(name)}] \hfill"
            for rule in group:
                lines = [formula(line) for line in broken(phrases.statement(rule), 340)]
                asked = phrases.requirement(rule)
                lines[-1] += rf"\quad [{asked}]" if asked else ""
                remarks = "; ".join(_remarks(rule, phrases))
                lines += [rf"{{\footnotesize {remarks}}}"] if remarks else []
                yield r"\\ " + r" \\* ".join(lines)
        yield r"\end{description}"


FORMS: dict[str, Form] = {"text": _text(TEXT), "ascii": _text(ASCII), "markdown": _markdown, "latex": _latex}
