"""`matcalc` alone on a terminal: a prompt, where definitions stay and the last derivation can be asked about.

A line is one of the words below, a command of the command line, or a line of a program.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

import matcalc
from matcalc.api.asking import is_vocabulary, unnamed
from matcalc.api.formula import canonical
from matcalc.cli.files import complain, documented, look, say, write
from matcalc.cli.frame import DERIVED, SERVERS, unchosen, varying
from matcalc.collection import all_examples, suggested_names
from matcalc.errors import MatcalcError, nearest

RunCommand = Callable[[Sequence[str], Callable[[Any], object]], int]

HELP = {
    "grad [J] [W …]": "derive the gradient of J by W; options as in derive: grad W --explain",
    "why 3": "the reason of line 3 of the last derivation",
    "entries": "the last result in index notation",
    "latex [all]": "the last result as LaTeX; with all, the derivation",
    "save FILE": "write the last derivation: .tex, .pdf, .md, .html, .json",
    "check FORMULA": "is this the gradient? check dJ/dW = … where there are several",
    "load NAME": "take an example as the program; examples lists them",
    "show": "the program so far, every shape declared",
    "undo, clear": "leave out the last line; all lines",
    "help [COMMAND]": "this; or the options of a command",
    "quit": "leave; Ctrl-D does, too",
}
HELPS = "help lists what may be typed; a product of names is written with *, as beta * gain"
NOTHING = "there is no program yet", "type a definition, as J = ||X w - y||^2"
_GRADIENT = re.compile(r"\s*[d∂]\s*\w*\s*/\s*[d∂]\s*(\w+(?:\[[^\]]*\])?)\s*=")
"""What stands before an answer that says which gradient it is."""


class Session:
    """What was typed so far, and the last result. `run` runs a command and gives its result as an object."""

    def __init__(self, run: RunCommand, commands: Mapping[str, click.Command]) -> None:
        self._run = run
        self._commands = commands
        self.kept: list[str] = []
        """The lines of the program."""
        self.asked = ""
        """The last expression, where it came after the last line of the program."""
        self.found: Any = None
        self._told: set[tuple[str, ...]] = set()
        self._own: dict[str, Callable[[str], object]] = {
            "grad": lambda rest: self.command("derive", rest),
            "why": self.why,
            "entries": self.entries,
            "latex": self.latex,
            "save": self.save,
            "check": self.check,
            "load": self.load,
            "show": self.show,
            "undo": self.undo,
            "clear": self.clear,
            "help": self.help,
        }

    @property
    def problem(self) -> str:
        """The program with the last expression."""
        return "\n".join(filter(None, [*self.kept, self.asked]))

    def names(self) -> list[str]:
        """The names of the program."""
        program = matcalc.read(self.problem).program if self.problem else None
        return [] if program is None else [*program.names, *program.functions]

    def words(self) -> list[str]:
        """What may be completed: words, commands and their options, names of the program, examples."""
        options = {name for c in self._commands.values() for p in c.params for name in p.opts if name.startswith("--")}
        return sorted({*self._own, *self._commands, *options, *self.names(), *all_examples(), "quit"})

    def answer(self, line: str) -> bool:
        """Does what a line says; False if it says to leave."""
        word, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if word in ("quit", "exit") and not rest:
            return False
        try:
            if rest[:1] in ("=", ":"):  # a name that is also a word
                self.take(line.strip())
            elif word in self._own:
                self._own[word](rest)
            elif word in self._commands:
                self.command(word, rest)
            elif word:
                self.take(line.strip())
        except MatcalcError as error:
            complain(str(error))
        except click.ClickException as error:
            complain(error.format_message())
        except KeyboardInterrupt:
            complain("interrupted")
        return True

    # ------------------------------------------------------------------------------------------------------ the program

    def take(self, line: str) -> None:
        """A line of the program stays, in place of one that defined the same; an expression is derived."""
        self.refuse_misspelled(line)
        said = {head for part in _parts(line) for head in _heads(part)} | _declared(line)
        before = [left for old in self.kept if (left := _without(old, said))]
        text = "\n".join([*before, line])
        reading = matcalc.read(text)
        if reading.program is not None and unnamed(reading.program):
            self.asked = line
            self.derive(reading.program)
            return
        if reading.error is not None and matcalc.read(f"{text}\n; 0").program is None:  # not only declarations
            raise reading.error
        self.kept, self.asked = [*before, line], ""
        self.tell(reading)

    def refuse_misspelled(self, line: str) -> None:
        """Raises MatcalcError for a line that means a command and would be read as a product of names."""
        word, _, rest = line.partition(" ")
        known = [*self._own, *self._commands]
        near = re.fullmatch(r"[a-z]{4,}", word) and get_close_matches(word, known, 1, 0.8)
        if re.search(r"\s--[a-z]", line) or (near and re.match(r"\s*\w", rest) and word not in self.names()):
            raise MatcalcError(f"there is no command {word}", hint=nearest(word, known, "help lists them"))
        if re.fullmatch(r"[A-Za-z_ ]+[.?!]*", line):
            names = self.names()
            for said in re.findall(r"[A-Za-z_]{3,}", line):
                if said not in names and not is_vocabulary(said):
                    raise MatcalcError(f"{said} is no command, and no name of the program", hint=HELPS)

    def tell(self, reading: matcalc.Reading) -> None:
        """What is new in the program: names with their shapes, and notes."""
        program = reading.program
        if program is None:
            return
        rows = [(s, "") for s in program.definitions]
        rows += [(s, "inferred" if s.name in program.inferred else "declared") for s in program.inputs]
        told = [(str(matcalc.Expr(s)), "×".join(map(str, s.shape)), how) for s, how in rows]
        notes = [(str(note),) for note in reading.notes]
        new = [row for row in (*told, *notes) if row not in self._told]
        self._told = {*told, *notes}
        wide = [max((len(row[i]) for row in new if len(row) > 1), default=0) for i in range(2)]
        said = [
            f"  - {row[0]}" if len(row) == 1 else f"  {row[0]:{wide[0]}}  {row[1]:{wide[1]}}  {row[2]}".rstrip()
            for row in new
        ]
        if said:
            say("\n".join(said))

    def derive(self, program: matcalc.Program) -> None:
        """Derives an expression, if it says by what."""
        of = program.objective.definition
        assert of is not None
        used = matcalc.Expr(of).names
        varying = [s.name for s in program.inputs if s.name in used and "constant" not in s.attributes]
        if program.asked or len(varying) < 2:
            self.command("derive", ",".join(program.asked or varying))
            return
        self.tell(matcalc.read(self.problem))
        raise unchosen(varying, "grad {}")

    def show(self, rest: str) -> None:
        """The program as it was understood."""
        if not self.problem:
            raise MatcalcError(NOTHING[0], hint=NOTHING[1])
        reading = matcalc.read(self.problem)
        say(self.problem if reading.program is None else str(reading))

    def undo(self, rest: str) -> None:
        """Leaves out the last line."""
        if not self.asked and self.kept:
            self.kept.pop()
        self.asked = ""
        self._told = set()
        if self.kept:
            self.show("")

    def clear(self, rest: str) -> None:
        """Leaves out all lines."""
        self.kept, self.asked, self.found, self._told = [], "", None, set()

    def load(self, rest: str) -> None:
        """Takes an example as the program."""
        examples = all_examples()
        if rest not in examples:
            raise MatcalcError(
                f"there is no example {rest}".rstrip(), hint=nearest(rest, examples, "examples lists them")
            )
        self.clear("")
        self.kept = examples[rest].rstrip().split("\n")
        self.tell(matcalc.read(self.problem))

    # --------------------------------------------------------------------------------------------------------- commands

    def command(self, name: str, rest: str) -> None:
        """A command of the command line, about the program: names to differentiate by, then options."""
        if name in SERVERS:
            raise MatcalcError(f"{name} takes a terminal for itself", hint=f"leave with quit, and run matcalc {name}")
        command = self._commands[name]
        names, options = _parted(rest)
        if not any(p.name in ("source", "sources") for p in command.params):
            self._run([name, *names, *options], self.receive)
            return
        text = self.problem
        program = matcalc.read(text).program
        if program is not None and names and canonical(names[0]) in {s.name for s in program.definitions}:
            text = f"{chr(10).join(self.kept)}\n{names.pop(0)}"
        names = names or suggested_names(text)
        if (
            program is not None
            and not names
            and "--wrt" not in options
            and any(p.name == "wrt" for p in command.params)
        ):
            names = varying(program, f"{'grad' if name == 'derive' else name} {{}}")
        by = ["--wrt", ",".join(names)] if names else []
        if not text:
            raise MatcalcError(NOTHING[0], hint=NOTHING[1])
        self._run([name, *options, *by, "--", text], self.receive)

    def check(self, rest: str) -> None:
        """Judges an answer."""
        if not rest:
            raise MatcalcError("there is nothing to check", hint="check 2 X'(X w - y)")
        said = _GRADIENT.match(rest)
        found = self.found.gradient if isinstance(self.found, matcalc.Hessian) else self.found
        known = list(found) if isinstance(found, matcalc.Derivation) else []
        names = [said[1]] if said else known if len(known) == 1 else []
        program = matcalc.read(self.problem).program if self.problem else None
        if program is not None and not names:
            names = varying(program, f"check d{program.objective.name}/d{{}} = …", several=False)
        by = ["--wrt", names[0]] if names else []
        self._run(["check", *by, "--answer", rest, "--", self.problem], self.receive)

    def receive(self, found: Any) -> None:
        """Shows a result, and keeps it if it has a derivation."""
        if hasattr(found, "document"):
            self.found = found
            write(lambda ascii: found.written("text", replace(found.view, ascii=ascii)), None)
        else:
            say(str(found))

    def help(self, rest: str) -> None:
        """What may be typed."""
        if rest:
            self._run([{"grad": "derive"}.get(rest, rest), "--help"], self.receive)
            return
        width = max(map(len, HELP))
        rows = ["A definition or a declaration stays; an expression is derived; and these:", ""]
        rows += [f"  {word:<{width}}  {says}" for word, says in HELP.items()]
        others = [name for name in self._commands if name not in ("derive", "check", *SERVERS)]
        say("\n".join([*rows, "", f"Further commands, those about a program without it: {', '.join(others)}."]))

    # -------------------------------------------------------------------------------------------- about the last result

    def last(self) -> Any:
        """The last result. Raises MatcalcError if there is none."""
        if self.found is None:
            raise MatcalcError("nothing is derived yet", hint="type an expression, or grad W")
        return self.found

    def why(self, rest: str) -> None:
        """The reason of a line, by the number beside it."""
        lines: dict[int, list[str]] = {}
        for number, reason in _numbered(self.last()):
            lines.setdefault(number, []).append(reason)
        if not lines:
            raise MatcalcError("the last result has no numbered lines", hint="grad W derives line by line")
        if not rest:
            raise MatcalcError("a line is asked for by its number", hint=f"the lines are 1 to {max(lines)}: why 1")
        if not rest.isdecimal() or int(rest) not in lines:
            raise MatcalcError(f"there is no line {rest}", hint=f"the lines are 1 to {max(lines)}: why 1")
        say("\n\n".join(lines[int(rest)]))

    def entries(self, rest: str) -> None:
        """The last result in index notation."""
        found = self.last()
        if isinstance(found, matcalc.Expr):
            say(found.entries())
        else:
            view = matcalc.View(entries=True, steps=False, **look(None))
            write(lambda ascii: found.written("text", replace(view, ascii=ascii)), None)

    def latex(self, rest: str) -> None:
        """The last result as LaTeX."""
        found = self.last()
        if rest == "all" or not isinstance(found, (matcalc.Derivation, matcalc.Expr)):
            text = found.to_latex()
        elif isinstance(found, matcalc.Expr):
            text = found.latex()
        else:
            of = found.program.objective.name
            known = found.program.names
            partial = {name: matcalc.Expr(known[name]).latex() if name in known else name for name in (of, *found)}
            text = "\n".join(
                rf"\frac{{\partial {partial[of]}}}{{\partial {partial[name]}}} = {gradient.latex()}"
                for name, gradient in found.items()
            )
        write(lambda ascii: text, None, document=True)

    def save(self, rest: str) -> None:
        """The last derivation as a file."""
        found = self.last()
        form, document = documented(None, False, rest, DERIVED)
        if not rest:
            raise MatcalcError("a file needs a name", hint="save derivation.pdf")
        write(lambda ascii: found.written(form, matcalc.View(document=document)), rest)


def _parted(rest: str) -> tuple[list[str], list[str]]:
    """The words before the first option, and the options."""
    at = re.search(r"(?:^|\s)--?\w", rest)
    names, options = (rest[: at.start()], rest[at.start() :]) if at else (rest, "")
    try:
        return names.replace(",", " ").split(), shlex.split(options)
    except ValueError:
        raise MatcalcError("a quote has no partner", hint="a formula after an option stands in double quotes") from None


def _parts(line: str) -> list[str]:
    """The statements of a line of the program, which ; separates; not in brackets, nor in a comment."""
    found, depth = [""], 0
    for sign in line.partition("#")[0]:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == ";" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found


def _heads(part: str) -> set[str]:
    """What a statement defines."""
    return {part.partition("=")[0].strip()} if "=" in part else set()


def _declared(line: str) -> set[str]:
    """The names that a line only of declarations declares."""
    program = matcalc.read(f"{line}\n; 0").program if ":" in line else None
    return set() if program is None else {s.name for s in program.inputs if s.name not in program.inferred}


def _without(line: str, names: Collection[str]) -> str:
    """A line of the program without the statements that define or declare one of the names."""
    parts = _parts(line)
    left = [left for part in parts if (left := _rest(part, names))]
    return line if left == parts else "; ".join(part.strip() for part in left)


def _rest(part: str, names: Collection[str]) -> str:
    if _heads(part) & set(names):
        return ""
    declared = re.fullmatch(r"\s*(\w+(?:\s*,\s*\w+)*)\s*(:.*)", part)
    if declared is None or "=" in part:
        return part
    every = re.split(r"\s*,\s*", declared[1])
    kept = [name for name in every if name not in names]
    return part if kept == every else f"{', '.join(kept)}{declared[2]}" if kept else ""


def _numbered(found: Any) -> Iterator[tuple[int, str]]:
    """The lines of a derivation by their numbers, each with its reason; of a Hessian those of both its derivations."""
    data = json.loads(found.to_json(explain=True))
    pages = data if isinstance(data, list) else data.get("derivations", [data])
    for page in pages:
        for stretch in page.get("derivation", ()):
            for line in stretch["lines"]:
                if line["number"]:
                    yield line["number"], _reason(line, page["rules"])


def _reason(line: Mapping[str, Any], rules: Sequence[Mapping[str, str]]) -> str:
    said = [f"= {line['line']['text']}"]
    for rule in (rules[at] for at in line["rules"]):
        said.append(f"  {rule['name']}: {rule['text']}" if rule["text"] else f"  {rule['name']}")
        said += [f"    {rule[key]}" for key in ("reason", "requires", "condition", "source") if rule[key]]
    said += [f"  {word}" for word in line.get("words", ())]
    if line["constant"]:
        said.append(f"  constant: {', '.join(part['text'] for part in line['constant'])}")
    if line["names"]:
        said.append(f"  called: {', '.join(map(str, line['names']))}")
    return "\n".join(said)


def _history() -> Any:
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    path = os.environ.get("MATCALC_HISTORY", str(Path.home() / ".matcalc_history"))
    try:
        with open(path, "ab"):
            return FileHistory(path)
    except OSError:
        return InMemoryHistory()


def opened(run: RunCommand, commands: Mapping[str, click.Command], title: str) -> int:
    """Reads lines and answers them, until Ctrl-D. Raises ImportError without prompt_toolkit."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter

    session = Session(run, commands)
    completer = WordCompleter(session.words, pattern=re.compile(r"[\w\-]+"))
    lines: PromptSession[str] = PromptSession(history=_history(), completer=completer, complete_while_typing=False)
    click.echo(f"{title}. Type an expression, or help; Ctrl-D leaves.")
    while True:
        try:
            line = lines.prompt("matcalc> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        if not session.answer(line):
            return 0
