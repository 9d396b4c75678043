"""What a shell completes: names of examples and files, and the names of a program. docs/command-line.md says how."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from matcalc.collection import all_examples, title_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def sources(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """What a shell completes a program to: the name of an example, or of a file."""
    from click.shell_completion import CompletionItem

    examples = all_examples()
    found = [CompletionItem(name, help=title_of(examples[name])) for name in examples if name.startswith(typed)]
    return found or [CompletionItem(typed, type="file")]


def names_in(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """What a shell completes a name to: the inputs of the program, if that comes before."""
    from click.shell_completion import CompletionItem

    import matcalc

    given = ctx.params.get("source") or " ".join(ctx.params.get("sources") or ())
    text = all_examples().get(given, given)
    if os.path.isfile(given):
        with open(given, encoding="utf-8", errors="replace") as file:
            text = file.read()
    program = matcalc.read(text).program
    before, comma, last = typed.rpartition(",")
    names = [] if program is None else [symbol.name for symbol in program.inputs]
    return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(last)]
