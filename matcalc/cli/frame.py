"""Shared parts of all commands: arguments, error messages, options, and the variables of a program."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from matcalc.cli.completion import names_in, sources
from matcalc.cli.files import BY_ENDING, complain, decodable, documented, look, naming, say, source_text, write
from matcalc.collection import listed_names, suggested_names, suggestion
from matcalc.document.view import FORMATS, SAYS, View
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.options import CONVENTIONS, LANGUAGES, STRUCTURES

if TYPE_CHECKING:
    from matcalc import Program, Verification
    from matcalc.api.shown import Shown

_F = TypeVar("_F", bound=Callable[..., Any])
_ECHO = 2_000
"""Characters of a program that are shown where what follows fails."""
SERVERS = ("serve", "mcp")
"""Commands that run until they are stopped, and take a terminal for themselves."""
_LATER = ("code",)
"""Commands that are planned but missing."""


class Command(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """An expression may begin with a minus: `matcalc derive "-logdet(X)"`. The only short option is -h."""
        valued = {name for p in self.params if isinstance(p, click.Option) and not p.is_flag for name in p.opts}
        end = args.index("--") if "--" in args else len(args)
        options: list[str] = []
        expressions = args[end + 1 :]
        for i, arg in enumerate(args[:end]):
            dashed = arg.startswith("-") and not arg.startswith("--") and arg not in ("-", "-h")
            (expressions if dashed and args[i - 1] not in valued else options).append(arg)
        try:
            return super().parse_args(ctx, [*options, "--", *expressions])
        except click.UsageError as error:
            if "--wrt" in options and error.message.startswith("Got unexpected extra argument"):
                message = f"{error.message}; several variables are --wrt w,W, or --wrt w --wrt W"
                raise click.UsageError(message, ctx) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MatcalcError as error:
            complain(f"{name}: {error}" if (name := naming()) else str(error))
            return error.exit_status


class Group(click.Group):
    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args[0] in _LATER:
            raise UnsupportedError(f"this version of matcalc does not have the command {args[0]} yet")
        return super().resolve_command(ctx, args)


def options(*options: Callable[[_F], _F]) -> Callable[[_F], _F]:
    return lambda function: reduce(lambda f, option: option(f), reversed(options), function)


def shown(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _seconds(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    if not 0 < value < math.inf:
        raise click.BadParameter("it is a positive number of seconds", ctx, parameter)
    return value


SOURCE = click.argument("source", callback=decodable, shell_complete=sources)


def _asking(by: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The options that say what is asked of a program; the command gets them as one argument, an `Asked`."""
    asked = options(
        click.option(
            "--wrt",
            multiple=True,
            metavar="NAME",
            callback=decodable,
            shell_complete=names_in,
            help=f"By what: {by}. Repeatable, or NAME,NAME.",
        ),
        click.option(
            "--shape",
            "shapes",
            multiple=True,
            metavar='"X: n x d"',
            callback=decodable,
            help="A declaration, as in the text. Repeatable, or several with ; between.",
        ),
        click.option(
            "--language",
            type=click.Choice(LANGUAGES),
            help="What SOURCE is written in; without it this is guessed.",
        ),
        click.option(
            "--function",
            metavar="NAME",
            callback=decodable,
            help="The function of SOURCE, where it has several in Python.",
        ),
    )

    def about(command: Callable[..., int]) -> Callable[..., int]:
        @asked
        @wraps(command)
        def called(**values: Any) -> int:
            return command(asked=Asked(*map(values.pop, Asked._fields)), **values)

        return called

    return about


about = _asking("W")
about_parts = _asking("W; an entry W[i,j], a row W[i,:], a column W[:,j]")
CONVENTION = click.option(
    "--convention",
    type=click.Choice(CONVENTIONS),
    default="projected",
    show_default=True,
    help="For a structured variable: projected (on its structure), entries (the independent ones), free (of it).",
)
STRUCTURE = click.option(
    "--structure",
    type=click.Choice(STRUCTURES),
    default=None,
    callback=lambda ctx, parameter, value: value or "",
    help="By a structured variable: half (by its independent entries), projected (changes keep it), free (of it).",
)
DERIVED = (*FORMATS, "pdf")
VERIFIED = FORMATS
RULED = tuple(form for form in FORMATS if form != "json")


def format_option(choices: Sequence[str]) -> Callable[[_F], _F]:
    return click.option("--format", "form", type=click.Choice(choices), help="What to write; text by default.")


def viewed(*names: str) -> Callable[[_F], _F]:
    """The options for these fields of a View; the command gets each by its name."""
    return options(*map(_view_option, names))


def _view_option(name: str) -> Callable[[_F], _F]:
    default, says, choices = SAYS[name]
    if default == "":
        return click.option(f"--{name}", metavar="TEXT", callback=decodable, default="", help=says)
    if choices:
        return click.option(f"--{name}", type=click.Choice(choices), default=default, show_default=True, help=says)
    return click.option(f"--{name}/--no-{name}" if default else f"--{name}", is_flag=True, default=default, help=says)


OUTPUT = click.option("--output", metavar="FILE", help="Write to FILE; .tex, .pdf, .md, .html, .json say the format.")
ASCII = viewed("ascii")
PRIMES = click.option("--primes", is_flag=True, help="Keep the derivatives of activations as sigmoid'(z), relu'(z).")
TIME_LIMIT = click.option(
    "--time-limit",
    type=float,
    callback=_seconds,
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a proof may take.",
)


def proving(what: str) -> Callable[[_F], _F]:
    """The options of a proof; `what` it proves."""
    return options(click.option("--verify/--no-verify", default=True, help=what), TIME_LIMIT)


def _own_words(ctx: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    decodable(ctx, parameter, values)
    pairs = [value.partition("=") for value in values]
    if any(not old.strip() or not new.strip() for old, _, new in pairs):
        raise click.BadParameter("it is a word and another, as matrix=operator", ctx, parameter)
    return {old.strip(): new.strip() for old, _, new in pairs}


TOLD = options(
    click.option("--hide-answer", is_flag=True, help="Say what is wrong, but not how it should read."),
    click.option("--hide-shapes", is_flag=True, help="Say nothing from which a shape or a domain could be read."),
    click.option(
        "--word",
        "words",
        multiple=True,
        metavar="OLD=NEW",
        callback=_own_words,
        help="Another word in what is said: matrix=operator. Repeatable.",
    ),
)


def alone(option: str, *others: str) -> None:
    """Raises a usage error if one of the options with these parameters is given beside `option`, which excludes it."""
    ctx = click.get_current_context()
    for parameter in ctx.command.params:
        name = parameter.name or ""
        if name in others and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} and {parameter.opts[0]} exclude each other")


def received(found: object) -> bool:
    """Whether the result is taken as an object, by a notebook or the prompt; not if a format or a file is asked for."""
    ctx = click.get_current_context()
    receive = ctx.find_root().obj
    if receive is None or ctx.params.get("form") or ctx.params.get("output"):
        return False
    receive(found)
    return True


class Page(NamedTuple):
    """How a result is to be shown: the format, the file that it goes to, and its view."""

    form: str
    output: str | None
    view: View

    def show(self, found: Shown) -> None:
        """Writes a result."""
        form, output, view = self
        if not received(found.viewed(view)):
            write(lambda ascii: found.written(form, replace(view, ascii=ascii)), output, view.ascii, form != "text")


def paged(*names: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The options that say how a result is shown, with these fields of its view beside those of every page.

    The command gets them as one argument, a `Page`.
    """
    fields = ("document", "title", "author", "date", *names, "ascii")

    def decorated(command: Callable[..., int]) -> Callable[..., int]:
        @options(format_option(DERIVED), OUTPUT, viewed(*fields))
        @wraps(command)
        def called(form: str | None, output: str | None, **values: Any) -> int:
            view = {name: values.pop(name) for name in fields}
            form, view["document"] = documented(form, view["document"], output, DERIVED)
            return command(page=Page(form, output, View(**view, **look(output))), **values)

        return called

    return decorated


def declarations(shapes: Iterable[str]) -> list[str]:
    """The declarations in the --shape options, one by one."""
    return [part for text in shapes for part in text.split(";") if part.strip() or part == text]


class Asked(NamedTuple):
    """What is asked of a program: the values of --wrt, --shape, --language and --function."""

    wrt: tuple[str, ...]
    shapes: tuple[str, ...]
    language: str | None
    function: str | None

    @contextmanager
    def understood(self, source: str, echo: bool = True) -> Iterator[Program]:
        """The program that an argument stands for. Where what follows fails, its reading is shown, if `echo`."""
        text = source_text(source)

        import matcalc
        from matcalc.api.asking import function_in

        text = function_in(text, self.function) if self.function else text
        ending = os.path.splitext(naming())[1]
        language = self.language or BY_ENDING.get(ending, "")
        program = matcalc.parse(text, declarations(self.shapes), language)
        try:
            yield program
        except (MatcalcError, click.UsageError):
            if echo:
                shown = str(matcalc.read(text, declarations(self.shapes), language))
                say(shown if len(shown) <= _ECHO else f"{shown[:_ECHO]} …")
            raise

    def variables(self, program: Program, several: bool = False, repeated: bool = False) -> list[str]:
        """The variables: those of --wrt, else those that the text asks for, or the inputs that are not constant.

        The program may be one of `several`: then those names in --wrt that it has, else those that it suggests. A name
        given twice counts once, unless it may be `repeated`.
        """
        from matcalc.api.formula import canonical

        names = _names(self.wrt)
        if several:
            own = [name for name in names if _has(program, name)]
            names = own or ([] if program.asked else suggested_names(program.source))
        named = list(map(canonical, names))
        return (named if repeated else list(dict.fromkeys(named))) or varying(program)

    def variable(self, program: Program, what: str, several: bool = False) -> str:
        """The one variable. Raises a usage error, which begins with `what`, if there is more than one."""
        names = self.variables(program, several)
        if len(names) > 1:
            raise click.UsageError(f"{what} by one name, and here are {', '.join(names)}")
        return names[0]

    def refuse_unknown(self, programs: Sequence[Program]) -> None:
        """Raises a usage error if a name in --wrt occurs in none of several programs."""
        for name in _names(self.wrt):
            if not any(_has(program, name) for program in programs):
                raise click.BadParameter(f"{name} occurs in none of the problems", param_hint="--wrt")


def varying(program: Program, spelled: str = "--wrt {}", several: bool = True) -> list[str]:
    """What a program is differentiated by where nobody says it. Raises MatcalcError where that is to be chosen.

    `spelled` is how one chooses. All that vary beside constants are meant only where there may be `several`.
    """
    if program.asked:
        return list(program.asked)
    inputs = program.inputs
    variables = [symbol.name for symbol in inputs if "constant" not in symbol.attributes]
    if len(variables) == 1 or (several and variables and len(variables) < len(inputs)):
        return variables
    if not variables:
        raise MatcalcError("there is nothing to differentiate by: the program has no input that varies")
    suggested = suggestion(program.source)
    if suggested:
        raise unchosen(variables, spelled, f"the first comment of the program suggests: {suggested}")
    raise unchosen(variables, spelled)


def unchosen(variables: Sequence[str], spelled: str, hint: str = "") -> MatcalcError:
    """The error that asks what to differentiate by."""
    every = f"; or all of them: {spelled.format(','.join(variables))}" if spelled.endswith("{}") else ""
    return MatcalcError(
        f"choose what to differentiate by: {', '.join(variables)}",
        hint=hint or f"give one, as {spelled.format(variables[0])}{every}",
    )


def _has(program: Program, name: str) -> bool:
    from matcalc.api.formula import canonical

    stem, _, _ = canonical(name).partition("[")
    return any(known.partition("[")[0] == stem for known in program.names)


def _names(wrt: Sequence[str]) -> list[str]:
    names = listed_names(wrt)
    if wrt and not names:
        raise click.BadParameter("it names no variable", param_hint="--wrt")
    return names


def status(proofs: Iterable[Verification | None]) -> int:
    """1 if one of the proofs, as far as there are any, failed; otherwise 0."""
    return int(any(proof is not None and proof.status == "failed" for proof in proofs))
