"""Calls of the functions of NumPy, PyTorch and JAX, and methods of their arrays, to trees."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from matcalc.syntax.python import words
from matcalc.syntax.python.ranks import called, is_method, module, operand
from matcalc.syntax.python.trees import Expressions, Valued, whole
from matcalc.syntax.source import Source
from matcalc.syntax.tree import copied


class CallTrees(Expressions):
    """Makes trees of calls too. `torch`, `numpy`: whether the text names the one and the other."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.torch = self.numpy = False

    def _subscript(self, node: ast.Subscript) -> Valued:
        if (size := self._size(node)) is not None:
            return Valued(size, 0)
        if isinstance(node.value, ast.Call) and called(node.value) == "slogdet" and whole(node.slice) == 1:
            return self._applied(node.value, "logabsdet")
        raise self._no(node, "indexing is not read", "of code the sizes X.shape[0] alone have an index")

    def _call(self, node: ast.Call) -> Valued:
        name, of = called(node), operand(node)
        known = isinstance(node.func, ast.Attribute) and (is_method(node) or module(node.func.value, name))
        known = known or (isinstance(node.func, ast.Name) and name in ("abs", "len", "max", "min", "float"))
        if not known or of is None:
            raise self._no(
                node, f"{self.source.quote(*self._place(node.func))}(…) is called elsewhere, and is not read"
            )
        if (size := self._size(node)) is not None:
            return Valued(size, 0)
        rest = node.args if is_method(node) else node.args[1:]
        options = {str(k.arg): k.value for k in node.keywords}
        if name in words.REDUCED and isinstance(node.func, ast.Attribute):
            return self._reduced(node, name, self._read(of), rest, options)
        if name in words.BY_AXIS:
            return self._by_axis(node, name, self._read(of), rest, options)
        if name == "norm":
            return self._norm(node, self._read(of), rest, options)
        if options:
            raise self._no(node.keywords[0].value, f"the option {node.keywords[0].arg} of {name} is not read")
        arguments = [self._read(of), *map(self._read, rest)]
        return self._function(node, name, arguments)

    def _function(self, node: ast.Call, name: str, arguments: list[Valued]) -> Valued:
        first, count = arguments[0], len(arguments)
        if count == 1:
            if name in words.ENTRIES:
                return Valued(self._call_of(node, words.ENTRIES[name], first.tree), first.rank)
            if name == "square":
                return self._operation(node, "Pow", first, Valued(self._number(node, 2), 0))
            if name in words.SQUARE and first.rank == 2:
                made = words.SQUARE[name]
                return Valued(self._call_of(node, made, first.tree), 0 if made in words.TO_SCALAR else 2)
            if name in ("diag", "diagonal") and first.rank:
                return Valued(self._call_of(node, "diag", first.tree), 3 - first.rank)
            if name in ("transpose", "t"):
                return Valued(self._T(first.tree) if first.rank == 2 else first.tree, first.rank)
        if count == 2:
            second = arguments[1]
            if name in words.BINARY:
                return self._operation(node, words.BINARY[name], first, second)
            if name in ("maximum", "minimum", "fmax", "fmin"):
                rank = max(first.rank, second.rank)
                a, b = (self._T(v.tree) if v.rank == 1 and rank == 2 else v.tree for v in arguments)
                return Valued(self._call_of(node, "max" if "max" in name else "min", a, b), rank)
            if name == "dot":
                scalar = not first.rank or not second.rank
                return self._operation(node, "Mult" if scalar else "MatMult", first, second)
            if name in ("vdot", "inner") and first.rank == second.rank and first.rank == 1 + (name == "vdot"):
                return Valued(self._make(node, "inner", self._group(first.tree), self._group(second.tree)), 0)
            if name in ("vdot", "inner") and first.rank == second.rank == 1:
                return self._matmul(node, first, second)
            if name in ("outer", "ger") and first.rank == second.rank == 1:
                return Valued(self._product(node, "TIMES", first.tree, self._T(second.tree)), 2)
            if name == "kron" and first.rank == second.rank == 2:
                return Valued(self._call_of(node, "kron", first.tree, second.tree), 2)
            if name == "solve" and first.rank == 2 and second.rank:
                inverse = self._call_of(node, "inv", first.tree)
                return Valued(self._product(node, "TIMES", inverse, second.tree), second.rank)
        if name in ("clip", "clamp") and count == 3 and not arguments[1].rank and not arguments[2].rank:
            least = self._call_of(node, "max", first.tree, arguments[1].tree)
            return Valued(self._call_of(node, "min", least, arguments[2].tree), first.rank)
        raise self._no(
            node, f"{self.source.quote(*self._place(node.func))}(…) with such arguments is not in the notation"
        )

    def _applied(self, node: ast.Call, name: str) -> Valued:
        if len(node.args) != 1 or node.keywords:
            raise self._no(node, "one matrix is expected here")
        return Valued(self._call_of(node, name, self._read(node.args[0]).tree), 0)

    def _axis(self, node: ast.Call, rank: int, rest: Sequence[ast.expr], options: dict[str, ast.expr]) -> int | None:
        given = [options.pop(word) for word in words.AXIS if word in options] + list(rest)
        if not given or (isinstance(given[0], ast.Constant) and given[0].value is None):
            return None
        axis = whole(given[0])
        if len(given) > 1 or axis is None or not -rank <= axis < rank:
            raise self._no(given[-1], f"the axis of {called(node)} is one number, of an axis that the array has")
        return axis % rank

    def _reduced(
        self, node: ast.Call, name: str, array: Valued, rest: Sequence[ast.expr], options: dict[str, ast.expr]
    ) -> Valued:
        torch = self._is_torch(node, options) if name in ("var", "std") else False
        axis = self._axis(node, array.rank, rest, options)
        keep = [options.pop(word) for word in words.KEEP if word in options]
        keeps = bool(keep) and isinstance(keep[0], ast.Constant) and keep[0].value is True
        less = 1 if torch else 0
        for word in ("ddof", "correction"):
            if name in ("var", "std") and word in options:
                value = options.pop(word)
                less = -1 if (given := whole(value)) is None else given
                if less not in (0, 1):
                    raise self._no(value, f"{word} is 0 or 1")
        if options or (keep and not isinstance(keep[0], ast.Constant)):
            raise self._no(node, f"these options of {name} are not read")
        if not array.rank:
            if name in ("var", "std"):
                raise self._no(node, f"{name} takes an array")
            return array
        everything, by_row, by_column = words.REDUCED[name]
        along = None if array.rank == 1 or axis is None else axis
        if keeps and along is None:
            raise self._no(node, f"{name} of all entries with keepdims is not read")
        made = (by_column, by_row)[along] if along is not None else everything
        if not made:
            said = "row" if along else "column"
            raise self._no(node, f"the {name} of each {said} is not in the notation", f"{name} of all entries is")
        tree = self._call_of(node, made, array.tree)
        if less:
            count = self._count(node, array, along)
            fewer = self._make(node, "sum", copied(count), self._number(node, 1), ops=("", "MINUS"))
            factor = self._product(node, "OVER", count, fewer)
            if name == "std":
                factor = self._call_of(node, "sqrt", factor)
            tree = self._product(node, "HADAMARD", factor, tree)
        if along is None:
            return Valued(tree, 0)
        if keeps:
            return Valued(tree, 2)
        return Valued(self._T(tree) if along == 0 else tree, 1)

    def _is_torch(self, node: ast.Call, options: dict[str, ast.expr]) -> bool:
        language = "" if is_method(node) else module(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if language:
            return language == "torch"
        if "ddof" in options or "correction" in options:
            return "ddof" not in options
        if "dim" in options or "keepdim" in options:
            return True
        if "axis" in options or "keepdims" in options or self.torch == self.numpy:
            if self.torch or ("axis" not in options and not self.numpy):
                hint = "np.var divides by n, torch.var by n - 1"
                raise self._no(node, f"nothing says whether this is the {called(node)} of NumPy or of PyTorch", hint)
            return False
        return self.torch

    def _by_axis(
        self, node: ast.Call, name: str, array: Valued, rest: Sequence[ast.expr], options: dict[str, ast.expr]
    ) -> Valued:
        axis = self._axis(node, array.rank, rest, options)
        if options or not array.rank or (axis is None and array.rank == 2):
            raise self._no(node, f"{name} takes an array and one axis", f"say which: {name}(Z, axis=1)")
        option = [] if array.rank == 1 else [self._make(node, "option", value=("columns", "rows")[axis or 0])]
        tree = self._call_of(node, name, array.tree, *option)
        if name != "logsumexp":
            return Valued(tree, array.rank)
        return Valued(self._T(tree) if array.rank == 2 and axis == 0 else tree, array.rank - 1)

    def _norm(self, node: ast.Call, array: Valued, rest: Sequence[ast.expr], options: dict[str, ast.expr]) -> Valued:
        given = [*rest, *(options.pop(word) for word in ("ord", "p") if word in options)]
        if len(given) > 1 or options or not array.rank:
            raise self._no(node, "a norm takes an array and which norm it is")
        which: object = None
        if given and isinstance(given[0], ast.Constant):
            which = given[0].value
        elif given and isinstance(given[0], ast.Attribute) and given[0].attr == "inf":
            which = "inf"
        elif given:
            raise self._no(given[0], "this norm is not in the notation")
        old = isinstance(node.func, ast.Attribute) and (
            is_method(node) or (isinstance(node.func.value, ast.Name) and node.func.value.id == "torch")
        )  # torch.norm(A, 2) and A.norm(2) are of the entries
        table: dict[object, str] = (
            {None: "F", 2: "F", 1: "sum"} if array.rank == 1 or old else {None: "F", 2: "2", 1: "1"}
        )
        table |= {"inf": "inf"} if array.rank == 1 or not old else {}
        table |= {"fro": "F", "nuc": "nuc"} if array.rank == 2 else {}
        if which not in table or isinstance(which, bool):
            raise self._no(node, "this norm is not in the notation")
        return Valued(self._make(node, "norm", array.tree, value=table[which]), 0)
