"""MATLAB text to the syntax tree of Python's `ast`, with MATLAB's own operators beside those of Python.

`*` is MatMult, `.*` Mult, `./` Div, `.^` Pow and `'` the attribute T; `^`, `/` and `\\` are the classes below.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple, TypeVar

from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import LONGEST_NUMBER


class MatPow(ast.operator):
    """`^`."""


class RightDiv(ast.operator):
    """`/`."""


class LeftDiv(ast.operator):
    """`\\`."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""(?P<gap>[ \t\r]+|\.\.\.[^\n]*\n|[%\#][^\n]*)
      | (?P<number>(?:\d+(?:\.(?![*/\\^'])\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?)
      | (?P<name>[A-Za-z]\w*)
      | (?P<op>\.\*|\./|\.\\|\.\^|\.'|==|~=|!=|<=|>=|&&|\|\||[-+*/\\^'=<>&|~!@(){}\[\],;:\n])""",
    re.VERBOSE,
)
_STRING = re.compile(r"'((?:[^'\n]|'')*)'|\"([^\"\n]*)\"")
_LEVELS = ({"||"}, {"&&"}, {"|"}, {"&"}, {"<", "<=", ">", ">=", "==", "~=", "!="}, {":"}, {"+", "-"},
           {"*", ".*", "/", "./", "\\", ".\\"})  # fmt: skip
_OPERATORS: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.MatMult, ".*": ast.Mult,
    "/": RightDiv, "./": ast.Div, "\\": LeftDiv, "^": MatPow, ".^": ast.Pow}  # fmt: skip
_COMPARED: dict[str, type[ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE, "==": ast.Eq,
    "~=": ast.NotEq, "!=": ast.NotEq}  # fmt: skip
_STATEMENTS = frozenset(["for", "while", "if", "switch", "try", "parfor", "global", "persistent", "break"])
_Node = TypeVar("_Node", bound=ast.AST)


def parsed(source: Source) -> list[ast.stmt]:
    """The statements of a text. Raises ParseError and UnsupportedError with their place."""
    return _Parser(source).program()


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = [0, *(m.end() for m in re.finditer(r"\n", source.text))]
        self.tokens = self._tokens()
        self.at = 0

    # ----------------------------------------------------------------------------------------------------- tokens

    def _tokens(self) -> list[_Token]:
        text, at, found = self.source.text, 0, list[_Token]()
        open_: list[str] = []
        while at < len(text):
            before = found[-1] if found else None
            touches = before is not None and before.end == at
            ends = before is not None and (before.kind in ("number", "name", "string") or before.text in ")]}'.'")
            inside = bool(open_) and open_[-1] in "[{"
            if text[at] in "'\"" and not (text[at] == "'" and ends and (touches or not inside)):
                token = _STRING.match(text, at)
                kind = "string"
            else:
                token = _TOKEN.match(text, at)
                kind = token.lastgroup or "" if token else ""
            if token is None:
                raise self._no(at, at + 1, f"{text[at]} is not in MATLAB's language", ParseError)
            if kind != "gap":
                if inside and ends and not touches and self._begins(token):
                    found.append(_Token("op", ",", at, at))  # a blank between elements
                if token[0] in ("(", "[", "{"):
                    open_.append(token[0])
                elif token[0] in (")", "]", "}") and open_:
                    open_.pop()
                if not (token[0] == "\n" and open_ and open_[-1] == "("):
                    found.append(_Token(kind, token[0], at, token.end()))
            at = token.end()
        return [*found, _Token("end", "", len(text), len(text))]

    def _begins(self, token: re.Match[str]) -> bool:
        # Whether a token after a blank begins another element of a matrix: [1 -2], [a b], not [1 - 2].
        following = self.source.text[token.end() : token.end() + 1]
        sign = token[0] in ("+", "-") and not following.isspace()
        return sign or token[0][0] in "([@'\"~" or token[0][0].isalnum() or (token[0][0] == "." and len(token[0]) > 2)

    def _no(self, start: int, end: int, message: str, kind: type[MatcalcError] = UnsupportedError) -> MatcalcError:
        return self.source.error(kind, message, start, end, hint="MATLAB is read as assignments and one objective")

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def _is(self, *texts: str) -> bool:
        return self.token.kind == "op" and self.token.text in texts

    def _next(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _expect(self, text: str) -> _Token:
        if not self._is(text):
            found = self.token.text.strip() or "the end of the line"
            raise self._no(self.token.start, self.token.end, f"{text} is expected here, not {found}", ParseError)
        return self._next()

    def _put(self, node: _Node, start: int, end: int) -> _Node:
        """The node with its place, as `ast` counts: lines from 1, columns in bytes from 0."""
        for name, at in (("", start), ("end_", end)):
            line = next(i for i in range(len(self.lines), 0, -1) if self.lines[i - 1] <= at)
            setattr(node, f"{name}lineno", line)
            setattr(node, f"{name}col_offset", len(self.source.text[self.lines[line - 1] : at].encode()))
        node.span = start, end  # type: ignore[attr-defined]
        return node

    def _over(self, node: _Node, first: ast.AST, last: ast.AST | _Token) -> _Node:
        start, end = first.span[0], last.end if isinstance(last, _Token) else last.span[1]  # type: ignore[attr-defined]
        return self._put(node, start, end)

    # ------------------------------------------------------------------------------------------------- statements

    def program(self) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        while self.token.kind != "end":
            if self._is("\n", ";", ","):
                self._next()
            elif self.token.kind == "name" and self.token.text == "function":
                body.append(self._function())
            else:
                body += self._statement()
        return body

    def _function(self) -> ast.stmt:
        start = self._next().start
        outputs: list[_Token] = []
        at = self.at
        if self._is("["):
            self._next()
            outputs = self._names("]")
            self._expect("=")
        elif self.tokens[at + 1].text == "=":
            outputs = [self._next()]
            self._next()
        name = self._next()
        if name.kind != "name" or not outputs:
            raise self._no(start, name.end, "a function is `function J = name(x, …)`", ParseError)
        parameters: list[_Token] = []
        if self._is("("):
            self._next()
            parameters = self._names(")")
        end = self.token.start
        body: list[ast.stmt] = []
        while self.token.kind != "end" and self.token.text not in ("end", "endfunction", "function"):
            if self._is("\n", ";", ","):
                self._next()
            else:
                body += self._statement()
        if self.token.text in ("end", "endfunction"):
            self._next()
        value = self._put(ast.Name(outputs[0].text), outputs[0].start, outputs[0].end)
        body.append(self._over(ast.Return(value), value, outputs[0]))
        names = [self._put(ast.arg(token.text), token.start, token.end) for token in parameters]
        arguments = ast.arguments(posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=[])
        made = ast.FunctionDef(name=name.text, args=arguments, body=body, decorator_list=[])
        return self._put(made, start, end)

    def _names(self, close: str) -> list[_Token]:
        found = []
        while not self._is(close):
            token = self._next()
            if token.kind != "name" and token.text not in (",", "~"):
                raise self._no(token.start, token.end, "a list of names is expected here", ParseError)
            if token.text != ",":
                found.append(token)
        self._next()
        return found

    def _statement(self) -> list[ast.stmt]:
        first = self.token
        if first.kind == "name" and first.text in _STATEMENTS:
            raise self._no(first.start, first.end, f"a statement of this kind ({first.text}) is not in the notation")
        if self._is("[") and (targets := self._targets()):
            value = self.expression()
            names = ast.Tuple([self._put(ast.Name(t.text), t.start, t.end) for t in targets])
            made: ast.stmt = ast.Assign([self._put(names, targets[0].start, targets[-1].end)], value)
        else:
            value = self.expression()
            made = ast.Expr(value)
            if self._is("="):
                self._next()
                target, value = value, self.expression()
                made = ast.Assign([target], value)
        if self.token.kind != "end" and not self._is("\n", ";", ","):
            raise self._no(self.token.start, self.token.end, "one statement ends before this", ParseError)
        return [self._put(made, first.start, value.span[1])]  # type: ignore[attr-defined]

    def _targets(self) -> list[_Token]:
        # The names in [m, n] = …, or nothing, where this is a matrix.
        at = self.at
        names = []
        while self.tokens[at].kind != "end" and self.tokens[at].text not in ("]", "\n"):
            if self.tokens[at].kind == "name" or self.tokens[at].text == "~":
                names.append(self.tokens[at])
            at += 1
        if self.tokens[at].text != "]" or self.tokens[at + 1].text != "=":
            return []
        self.at = at + 2
        return names

    # ------------------------------------------------------------------------------------------------ expressions

    def expression(self, level: int = 0) -> ast.expr:
        if level == len(_LEVELS):
            return self._signed()
        left = self.expression(level + 1)
        while self._is(*_LEVELS[level]):
            if self._is(":") and self.tokens[self.at + 1].text in (")", ","):
                break
            op = self._next().text
            left = self._joined(op, left, self.expression(level + 1))
        return left

    def _joined(self, op: str, left: ast.expr, right: ast.expr) -> ast.expr:
        made: ast.expr
        if op == ":":
            made = ast.Slice(left, right)
        elif op in _COMPARED:
            made = ast.Compare(left, [_COMPARED[op]()], [right])
        elif op in ("&", "&&", "|", "||"):
            made = ast.BoolOp(ast.And() if "&" in op else ast.Or(), [left, right])
        elif op == ".\\":
            made = ast.BinOp(right, ast.Div(), left)
        else:
            made = ast.BinOp(left, _OPERATORS[op](), right)
        return self._over(made, left, self.tokens[self.at - 1])

    def _signed(self) -> ast.expr:
        if not self._is("+", "-", "~", "!"):
            return self._power()
        sign = self._next()
        signs: dict[str, type[ast.unaryop]] = {"+": ast.UAdd, "-": ast.USub}
        operand = self._signed()
        made = ast.UnaryOp(signs.get(sign.text, ast.Not)(), operand)
        return self._put(made, sign.start, operand.span[1])  # type: ignore[attr-defined]

    def _power(self) -> ast.expr:
        left = self._primary()
        while self._is("^", ".^", "'", ".'"):
            op = self._next()
            if "^" in op.text:
                left = self._joined(op.text, left, self._exponent())
            else:
                left = self._over(ast.Attribute(left, "T"), left, op)
        return left

    def _exponent(self) -> ast.expr:
        if not self._is("+", "-"):
            return self._primary()
        sign = self._next()
        operand = self._exponent()
        made = ast.UnaryOp(ast.USub() if sign.text == "-" else ast.UAdd(), operand)
        return self._put(made, sign.start, operand.span[1])  # type: ignore[attr-defined]

    def _primary(self) -> ast.expr:
        token = self._next()
        if token.kind == "number":
            if len(token.text) > LONGEST_NUMBER:
                raise self._no(token.start, token.end, f"a number has at most {LONGEST_NUMBER} digits")
            text = token.text.lower().replace("d", "e")
            value = int(text) if text.isdecimal() else float(text)
            return self._put(ast.Constant(value), token.start, token.end)
        if token.kind == "string":
            return self._put(ast.Constant(token.text[1:-1]), token.start, token.end)
        if token.kind == "name":
            return self._called(self._put(ast.Name(token.text), token.start, token.end))
        if token.text == "@" and self._is("("):
            return self._handle(token)
        if token.text == "@" and self.token.kind == "name":
            name = self._next()
            return self._put(ast.Constant(f"@{name.text}"), token.start, name.end)
        if token.text in ("(", "["):
            return self._matrix(token) if token.text == "[" else self._bracket(token)
        if token.kind == "end":
            raise self._no(token.start, token.end, "the text ends where a value is expected", ParseError)
        raise self._no(token.start, token.end, f"a value is expected here, not {token.text.strip()}", ParseError)

    def _bracket(self, opening: _Token) -> ast.expr:
        inner = self.expression()
        close = self._expect(")")
        return self._put(inner, opening.start, close.end)

    def _handle(self, at: _Token) -> ast.expr:
        self._next()
        names = [self._put(ast.arg(token.text), token.start, token.end) for token in self._names(")")]
        body = self.expression()
        arguments = ast.arguments(posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=[])
        return self._put(ast.Lambda(arguments, body), at.start, body.span[1])  # type: ignore[attr-defined]

    def _called(self, name: ast.Name) -> ast.expr:
        made: ast.expr = name
        while self._is("("):
            self._next()
            arguments: list[ast.expr] = []
            while not self._is(")"):
                if self._is(":") and self.tokens[self.at + 1].text in (")", ","):
                    colon = self._next()
                    arguments.append(self._put(ast.Slice(), colon.start, colon.end))
                else:
                    arguments.append(self.expression())
                if not self._is(","):
                    break
                self._next()
            made = self._over(ast.Call(made, arguments, []), name, self._expect(")"))
        return made

    def _matrix(self, opening: _Token) -> ast.expr:
        rows: list[list[ast.expr]] = [[]]
        while not self._is("]"):
            if self._is(";", "\n"):
                self._next()
                rows.append([])
            elif self._is(","):
                self._next()
            else:
                rows[-1].append(self.expression())
        close = self._next()
        lines = [ast.List(row) for row in rows if row]
        for line in lines:
            self._over(line, line.elts[0], line.elts[-1])
        return self._put(ast.List(list[ast.expr](lines)), opening.start, close.end)
