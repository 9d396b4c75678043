"""The command line: arguments in, text out, and an exit status.

This room knows the front room, matcalc.api, and no other; it does no mathematics. What goes wrong becomes one message
on standard error. Exit status: 0 done; 1 an answer or a verification is wrong; 2 not understood; 3 not supported; 70 a
mistake in matcalc itself; 130 interrupted; 141 nobody reads the output.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from matcalc import __version__
from matcalc.errors import MatcalcError, ParseError, UnsupportedError

if TYPE_CHECKING:
    from matcalc import Program, Verification

_F = TypeVar("_F", bound=Callable[..., Any])
_FORMATS = {".tex": "latex", ".md": "markdown", ".json": "json"}
_LATER = ("jacobian", "hessian", "check", "code", "serve")  # promised, and not here yet

# -------------------------------------------------------------------------------------------------------------- reading


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise ParseError(
            f"{name} is not UTF-8 text: byte 0x{data[error.start]:02x} at position {error.start}",
            hint="it looks like UTF-16; save it as UTF-8" if utf16 else "save it as UTF-8",
        ) from None


def _decodable(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Arguments as text. The system hands over bytes that it cannot decode as lone surrogates."""
    for text in (value,) if isinstance(value, str) else value or ():
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise click.BadParameter("not UTF-8 text", ctx, parameter)
    return value


def _examples() -> dict[str, str]:
    """Name -> text of the examples, in alphabetical order."""
    from importlib.resources import files

    found = [entry for entry in files("matcalc.examples").iterdir() if entry.name.endswith(".mc")]
    return {entry.name[:-3]: entry.read_text("utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


def _example(name: str, examples: dict[str, str]) -> str:
    from difflib import get_close_matches

    name = os.path.basename(name).removesuffix(".mc")
    if name not in examples:
        near = get_close_matches(name, examples, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "matcalc examples lists them"
        raise MatcalcError(f"there is no file or example {name}", hint=hint)
    return examples[name]


def _source(argument: str) -> str:
    """The program that `argument` stands for.

    `-` is standard input; a file that exists is that file; what ends in .mc is a file or an example; a bare name that
    is an example's is that example; everything else is the program itself.
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
    elif argument.endswith(".mc") or (argument.isidentifier() and argument in _examples()):
        name, text = argument, _example(argument, _examples())
    # Said before what is wrong with the text: _Command.invoke.
    click.get_current_context().obj = name
    return text


# -------------------------------------------------------------------------------------------------------------- writing


def _form(form: str | None, output: str | None, choices: Sequence[str]) -> str:
    """The format: what --format says, else what the file's ending says, else text."""
    guess = _FORMATS.get(os.path.splitext(output or "")[1].lower(), "text")
    return form or (guess if guess in choices else "text")


def _look(output: str | None) -> dict[str, Any]:
    """Colour and width of text. Only a terminal has colour, or a width of its own."""
    if output not in (None, "-") or sys.stdout is None or not sys.stdout.isatty():
        return {}
    from shutil import get_terminal_size

    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return {"color": color, "width": get_terminal_size().columns}


def _write(render: Callable[[bool], str], output: str | None, *, ascii: bool = False, document: bool = False) -> None:
    """Write render(ascii) to the file `output`, or to standard output.

    Standard output that cannot take the characters gets render(True). A document (LaTeX, Markdown, JSON) is UTF-8
    wherever it goes.
    """
    text = render(ascii).rstrip("\n") + "\n"
    try:
        if output not in (None, "-"):
            with open(output, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
        elif document:
            click.echo(text.encode(), nl=False)
        else:
            encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
            try:
                text.encode(encoding)
            except UnicodeEncodeError:
                text = (render(True).rstrip("\n") + "\n").encode(encoding, "replace").decode(encoding)
            click.echo(text, nl=False, color=True)
    except OSError as error:
        if output in (None, "-"):
            # Nothing more can be written; nor shall Python try when it flushes at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if isinstance(error, BrokenPipeError):
                sys.exit(141)
        raise click.ClickException(f"cannot write {output or 'the output'}: {error.strerror}") from None


def _complain(message: str) -> None:
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    click.echo("matcalc: " + message.encode(encoding, "replace").decode(encoding), err=True)


# ------------------------------------------------------------------------------------------------------------ the frame


class _Command(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """An expression may begin with a minus: `matcalc derive "-logdet(X)"`. The only short option is -h."""
        valued = {name for p in self.params if isinstance(p, click.Option) and not p.is_flag for name in p.opts}
        end = args.index("--") if "--" in args else len(args)
        options: list[str] = []
        expressions = args[end + 1 :]
        for i, arg in enumerate(args[:end]):
            dashed = arg.startswith("-") and not arg.startswith("--") and arg not in ("-", "-h")
            (expressions if dashed and args[i - 1] not in valued else options).append(arg)
        return super().parse_args(ctx, [*options, "--", *expressions])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MatcalcError as error:
            _complain(f"{ctx.obj}: {error}" if ctx.obj else str(error))
            return error.exit_status


class _Group(click.Group):
    command_class = _Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args[0] in _LATER:
            raise UnsupportedError(f"this version of matcalc does not have the command {args[0]} yet")
        return super().resolve_command(ctx, args)


def _options(*options: Callable[[_F], _F]) -> Callable[[_F], _F]:
    return lambda function: reduce(lambda f, option: option(f), reversed(options), function)


def _shown(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _convention(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    # The front room takes time to enter, and is entered for a command that needs it anyway.
    from matcalc.api import CONVENTIONS

    return click.Choice(CONVENTIONS).convert(value, parameter, ctx)


_PROBLEM = _options(
    click.argument("source", callback=_decodable),
    click.option(
        "--wrt",
        multiple=True,
        metavar="NAME",
        callback=_decodable,
        help="By what. Repeatable, or NAME,NAME.",
    ),
    click.option(
        "--shape",
        "shapes",
        multiple=True,
        metavar='"X: n x d"',
        callback=_decodable,
        help="A declaration, as in the text. Repeatable, or several with ; between.",
    ),
    click.option(
        "--convention",
        metavar="NAME",
        callback=_convention,
        default="projected",
        show_default=True,
        help="For a structured variable: projected (on its structure), entries (the independent ones), free (of it).",
    ),
)
_DERIVED = ("text", "latex", "markdown", "json")
_VERIFIED = ("text", "json")
_RULED = ("text", "latex", "markdown")


def _format(choices: Sequence[str]) -> Callable[[_F], _F]:
    return click.option("--format", "form", type=click.Choice(choices), help="What to write; text by default.")


_OUTPUT = click.option("--output", metavar="FILE", help="Write to FILE; .tex, .md and .json also say the format.")
_ASCII = click.option("--ascii", is_flag=True, help="Plain ASCII.")
_TIME_LIMIT = click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a proof may take.",
)


@click.group(
    cls=_Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_shown(
        'matcalc derive "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2',
        'matcalc derive "J = ||X w - y||^2" --wrt w --output hand-in.tex',
        'matcalc verify "J = ||X w - y||^2" --wrt w --candidate "2 X\'(X w - y)"',
    ),
)
@click.version_option(__version__, message="matcalc %(version)s")
@click.pass_context
def _cli(ctx: click.Context) -> None:
    """Matrix derivatives that show their work: step by step, with the rule beside every line, and proved."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


# --------------------------------------------------------------------------------------------------------- the commands


def _declarations(shapes: Iterable[str]) -> list[str]:
    """The declarations in the options --shape, each by itself."""
    return [part for text in shapes for part in text.split(";") if part.strip() or part == text]


def _variables(program: Program, wrt: Iterable[str]) -> list[str]:
    """What to differentiate by: what --wrt says; else the inputs that are not constant, where that is clear."""
    from matcalc import api

    names = [name for text in wrt for name in text.replace(",", " ").split()]
    if names:
        return list(dict.fromkeys(map(api.canonical, names)))
    inputs = program.inputs
    variables = [symbol.name for symbol in inputs if "constant" not in symbol.attributes]
    if len(variables) == 1 or (variables and len(variables) < len(inputs)):
        return variables
    if not variables:
        raise MatcalcError("there is nothing to differentiate by: the program has no input that varies")
    # The first comment of an example ends with the command that derives it.
    comment = program.source.partition("#")[2].partition("\n")[0].strip()
    says = re.search(r"(?:\bmatcalc\b.*)?--wrt[ =].+", comment[:200])
    hint = f"say which: --wrt {variables[0]}; or all of them: --wrt {','.join(variables)}"
    if says and len(comment) <= 200 and comment.isprintable():
        hint = f"the first comment says: {says.group()}"
    raise MatcalcError(f"by what? It may be any of {', '.join(variables)}", hint=hint)


def _status(proofs: Mapping[str, Verification]) -> int:
    return int(any(proof.status == "failed" for proof in proofs.values()))


@_cli.command(
    epilog=_shown(
        'matcalc derive "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2',
        'matcalc derive "x\' A x" --wrt x --shape "A: n x n symmetric" --no-steps',
        "matcalc derive network.mc --wrt W1 --format markdown",
        'echo "J = logdet(X)" | matcalc derive - --wrt X --ascii',
    )
)
@_PROBLEM
@_format(_DERIVED)
@click.option("--document", is_flag=True, help="A complete LaTeX file rather than a fragment; implied by a FILE.tex.")
@_OUTPUT
@click.option("--steps/--no-steps", default=True, help="Show the derivation, or the gradients alone.")
@click.option("--expand", is_flag=True, help="Substitute the named intermediates in the gradients.")
@click.option("--factor", is_flag=True, help="Take out common factors and denominators in the gradients.")
@click.option("--verify/--no-verify", default=True, help="Prove the gradients.")
@_TIME_LIMIT
@_ASCII
def derive(
    source: str,
    wrt: tuple[str, ...],
    shapes: tuple[str, ...],
    convention: str,
    form: str | None,
    document: bool,
    output: str | None,
    steps: bool,
    expand: bool,
    factor: bool,
    verify: bool,
    time_limit: float,
    ascii: bool,
) -> int:
    """Derive gradients, step by step, and prove them.

    SOURCE is an expression, a file, the name of an example, or - for standard input. Without --wrt, the one input there
    is; or, where some inputs are declared constant, all the others.
    """
    form = _form(form or ("latex" if document else None), output, _DERIVED)
    if document and form != "latex":
        raise click.UsageError(f"--document makes LaTeX, and --format asks for {form}")
    document = document or (output or "").lower().endswith(".tex")
    text = _source(source)

    from matcalc import api

    program = api.parse(text, _declarations(shapes))
    names = _variables(program, wrt)
    derivation = api.derive(program, names, verify=verify, convention=convention, time_limit=time_limit)

    def render(ascii: bool) -> str:
        shown = {"steps": steps, "expand": expand, "factor": factor}
        if form == "latex":
            return derivation.to_latex(document=document, **shown)
        if form == "markdown":
            return derivation.to_markdown(**shown)
        if form == "json":
            return derivation.to_json(**shown)
        return derivation.to_text(ascii=ascii, **shown, **_look(output))

    _write(render, output, ascii=ascii, document=form != "text")
    return _status(derivation.verification)


@_cli.command(
    epilog=_shown(
        'matcalc verify "J = ||X w - y||^2" --wrt w --candidate "2 X\'(X w - y)"',
        'matcalc verify "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2',
    )
)
@_PROBLEM
@click.option(
    "--candidate", metavar="FORMULA", callback=_decodable, help="A formula for the gradient, in SOURCE's names."
)
@_format(_VERIFIED)
@_OUTPUT
@_TIME_LIMIT
@_ASCII
def verify(
    source: str,
    wrt: tuple[str, ...],
    shapes: tuple[str, ...],
    convention: str,
    candidate: str | None,
    form: str | None,
    output: str | None,
    time_limit: float,
    ascii: bool,
) -> int:
    """Say whether a formula is the gradient, by an independent judge.

    Without --candidate it is the gradient that matcalc derives. SOURCE and --wrt are as in derive.
    """
    import json

    form = _form(form, output, _VERIFIED)
    text = _source(source)

    from matcalc import api

    program = api.parse(text, _declarations(shapes))
    names = _variables(program, wrt)
    if candidate is None:
        found = api.derive(program, names, convention=convention, time_limit=time_limit).verification
    elif len(names) == 1:
        click.get_current_context().obj = "the candidate"
        checked = api.verify(program, names[0], candidate, convention=convention, time_limit=time_limit)
        found = {names[0]: checked}
    else:
        raise click.UsageError(f"--candidate is one formula, and --wrt names {', '.join(names)}")

    def render(ascii: bool) -> str:
        if form == "json":
            return json.dumps({name: api.verification_json(proof) for name, proof in found.items()}, ensure_ascii=False)
        write = api.Expr.ascii if ascii else str
        of = write(api.Expr(program.objective))
        text = "\n".join(f"d{of}/d{write(api.Expr(program.symbol(n)))}  {proof}" for n, proof in found.items())
        return api.plain(text) if ascii else text

    _write(render, output, ascii=ascii, document=form != "text")
    # That nothing could be found out is no answer to the question.
    return _status(found) or (3 if any(proof.status == "skipped" for proof in found.values()) else 0)


@_cli.command()
@_format(_RULED)
@_OUTPUT
@_ASCII
def rules(form: str | None, output: str | None, ascii: bool) -> int:
    """Print the rule book: what each rule says, what it asks for, why it holds, its source, and where it is used."""
    form = _form(form, output, _RULED)

    from matcalc import api

    _write(
        lambda ascii: api.rules("ascii" if ascii and form == "text" else form),
        output,
        ascii=ascii,
        document=form != "text",
    )
    return 0


@_cli.command()
@click.argument("name", required=False)
@_OUTPUT
def examples(name: str | None, output: str | None) -> int:
    """List the examples, or print the one called NAME."""
    texts = _examples()
    if name is not None:
        text = _example(name, texts)
    else:
        width = max(map(len, texts), default=0)
        # The first line of an example is "# its title: the command that derives it".
        titles = {key: text.partition("\n")[0].strip("# ").partition(": matcalc ")[0] for key, text in texts.items()}
        listed = "\n".join(f"{key:{width}}  {title}" for key, title in titles.items())
        text = f"{listed}\n\nmatcalc examples NAME prints one, with the command that derives it."
    _write(lambda ascii: text, output)
    return 0


# ------------------------------------------------------------------------------------------------------------- the door


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status. `arguments` are the process's own unless given."""
    try:
        return int(_cli.main(arguments, prog_name="matcalc", standalone_mode=False) or 0)
    except click.UsageError as error:
        hint = f"{error.ctx.command_path} --help shows how" if error.ctx else "matcalc --help shows how"
        if "unexpected extra argument" in error.format_message():
            hint = "put the whole expression in one pair of quotes"
        _complain(f"{error.format_message()}\nhint: {hint}")
        return 2
    except click.ClickException as error:
        _complain(error.format_message())
        return 2
    except UnsupportedError as error:
        _complain(str(error))
        return error.exit_status
    except click.Abort:
        _complain("interrupted")
        return 130
    except Exception as error:
        # A mistake in matcalc, never in the input: ordinary bad input is a MatcalcError.
        if os.environ.get("MATCALC_DEBUG"):
            raise
        _complain(
            f"a mistake in matcalc itself, sorry: {type(error).__name__}: {error}. Please report it, with the command; "
            "MATCALC_DEBUG=1 shows where it happened."
        )
        return 70


def main() -> NoReturn:
    """The command `matcalc`."""
    sys.exit(run())
