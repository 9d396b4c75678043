"""Text in and text out: programs from arguments, files and examples; results to files and terminals."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from matcalc.collection import all_examples
from matcalc.errors import MatcalcError, ParseError, nearest

BY_ENDING = {".py": "python", ".m": "matlab"}
"""The languages of files, by their endings."""
_FORMATS = {".tex": "latex", ".md": "markdown", ".html": "html", ".json": "json", ".csv": "csv", ".mmd": "mermaid"}
_FORMATS |= {".mermaid": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg", ".png": "png", ".pdf": "pdf"}


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise ParseError(
            f"{name} is not UTF-8 text: byte 0x{data[error.start]:02x} at position {error.start}",
            hint="it looks like UTF-16; save it as UTF-8" if utf16 else "save it as UTF-8",
        ) from None


def decodable(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Arguments as text. The system passes bytes that it cannot decode as lone surrogates."""
    for text in (value,) if isinstance(value, str) else value or ():
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise click.BadParameter("not UTF-8 text", ctx, parameter)
    return value


def example(name: str, examples: dict[str, str]) -> str:
    short = os.path.basename(name).removesuffix(".mc")
    if short not in examples:
        raise MatcalcError(f"there is no file or example {name}", hint=nearest(short, examples, _LISTED))
    return examples[short]


_LISTED = "matcalc examples lists the examples"


def all_named(arguments: Sequence[str]) -> bool:
    """Whether each is the name of a file or of an example."""
    return all(os.path.isfile(each) or each.endswith(".mc") or each in all_examples() for each in arguments)


def source_text(argument: str) -> str:
    """The program that `argument` stands for.

    `-` is standard input; an existing file is read; a name ending in .mc is a file or an example; the bare name of an
    example is that example; anything else is the program itself.
    """
    name, text = "", argument
    if argument == "-":
        name = "standard input"
        text = _decoded(sys.stdin.buffer.read() if sys.stdin else b"", name)
    elif os.path.isfile(argument):
        name = argument
        try:
            with open(argument, "rb") as file:
                text = _decoded(file.read(), name)
        except OSError as error:
            raise click.ClickException(f"cannot read {argument}: {error.strerror}") from None
    elif re.fullmatch(r"[\w./\\-]*\w\.(?:txt|tex|md|py)", argument):
        raise MatcalcError(f"there is no file {argument}", hint="a program is given as it is, or as the name of a file")
    elif argument.endswith(".mc") or (argument.isidentifier() and argument in all_examples()):
        name, text = argument, example(argument, all_examples())
    naming(name)
    return text


def naming(name: str | None = None) -> str:
    """What the command is reading, which is said before an error in it; `name`, if given, from here on."""
    known = click.get_current_context().meta
    if name is not None:
        known["matcalc.about"] = name
    return str(known.get("matcalc.about", ""))


def chosen_form(form: str | None, output: str | None, choices: Sequence[str]) -> str:
    """The format: --format if given, else by the file's ending, else the first of the `choices`."""
    guess = _FORMATS.get(os.path.splitext(output or "")[1].lower(), "")
    return form or (guess if guess in choices else choices[0])


def endings(choices: Sequence[str]) -> str:
    """The endings of files that also say the format."""
    return ", ".join(ending for ending, form in _FORMATS.items() if form in choices)


def documented(form: str | None, document: bool, output: str | None, choices: Sequence[str]) -> tuple[str, bool]:
    """The format, and whether LaTeX or HTML is a complete file, by --document or the file's ending."""
    found = chosen_form(form, output, choices)
    if document and found not in ("latex", "html", "pdf"):
        if form:
            raise click.UsageError(f"--document makes LaTeX or HTML, and --format asks for {form}")
        found = "latex"
    return found, document or (output or "").lower().endswith((".tex", ".html"))


def look(output: str | None) -> dict[str, Any]:
    """Colour and width of text. Only a terminal has colour and a width of its own."""
    if output not in (None, "-") or sys.stdout is None or not sys.stdout.isatty():
        return {}
    from shutil import get_terminal_size

    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return {"color": color, "width": get_terminal_size().columns}


def write(
    render: Callable[[bool], str | bytes], output: str | None, ascii: bool = False, document: bool = False
) -> None:
    """Write render(ascii), a text or a picture, to the file `output`, or to standard output.

    If standard output cannot encode the characters, it gets render(True). A document (LaTeX, Markdown, JSON) is UTF-8
    everywhere.
    """
    found = render(ascii)
    data = found if isinstance(found, bytes) else (found.rstrip("\n") + "\n").encode()
    takes_bytes = hasattr(sys.stdout, "buffer")  # a notebook's does not
    try:
        if output is not None and output != "-":
            with open(output, "wb") as file:
                file.write(data)
        elif isinstance(found, bytes) and sys.stdout is not None and (sys.stdout.isatty() or not takes_bytes):
            raise click.UsageError("a picture in bytes is not for a terminal: --output FILE says where to put it")
        elif isinstance(found, bytes) or document:
            click.echo(data if takes_bytes else data.decode(), nl=False)
        else:
            text, encoding = data.decode(), getattr(sys.stdout, "encoding", None) or "utf-8"
            try:
                text.encode(encoding)
            except UnicodeEncodeError:
                text = (str(render(True)).rstrip("\n") + "\n").encode(encoding, "replace").decode(encoding)
            click.echo(text, nl=False, color=True)
    except UnicodeEncodeError:
        raise click.ClickException(f"cannot write {output!a}: no file can have this name") from None
    except OSError as error:
        if output in (None, "-"):
            # Nothing more can be written; keep Python from flushing at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if isinstance(error, BrokenPipeError):
                sys.exit(141)
        raise click.ClickException(f"cannot write {output or 'the output'}: {error.strerror}") from None


def say(text: str) -> None:
    """Write a text to standard output, in plain ASCII if it takes nothing else."""
    from matcalc.document.plain import plain

    write(lambda ascii: plain(text) if ascii else text, None)


def complain(message: str) -> None:
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    click.echo("matcalc: " + message.encode(encoding, "replace").decode(encoding), err=True)
