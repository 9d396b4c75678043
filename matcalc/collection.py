"""The examples: their texts, their titles, and what each is to be differentiated by."""

from __future__ import annotations

import re
from collections.abc import Iterable


def all_examples() -> dict[str, str]:
    """Name -> text of the examples, in alphabetical order."""
    from importlib.resources import files

    found = [entry for entry in files("matcalc.examples").iterdir() if entry.name.endswith(".mc")]
    return {entry.name[:-3]: entry.read_text("utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


def title_of(text: str) -> str:
    """The title of an example: its first line is "# its title: the command that derives it", or begins with %."""
    return text.partition("\n")[0].strip("#% ").partition(": matcalc ")[0]


def suggestion(source: str) -> str:
    """What the first comment of a program says to do with it, with its --wrt; "" where it says nothing such."""
    comment = source.partition("#")[2].partition("\n")[0].strip()
    says = re.search(r"(?:\bmatcalc\b.*)?--wrt[ =].+", comment[:200])
    return says.group() if says and len(comment) <= 200 and comment.isprintable() else ""


def suggested_names(source: str) -> list[str]:
    """The names after --wrt in the first comment of a program."""
    return listed_names(re.findall(r"--wrt[ =](\S+)", suggestion(source)))


def listed_names(texts: Iterable[str]) -> list[str]:
    """The names in texts that list them. W[i, j] is one name: commas in square brackets do not separate names."""
    return [name for text in texts for name in re.findall(r"(?:\[[^\[\]]*\]|[^\s,])+", text)]
