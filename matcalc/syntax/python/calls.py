"""Calls of the functions of NumPy, PyTorch and JAX, and methods of their arrays, to trees."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from fractions import Fraction

from matcalc.syntax.python import words
from matcalc.syntax.python.einsum import EinsumTrees
from matcalc.syntax.python.ranks import called, is_method, module, new_axis, operand, whole
from matcalc.syntax.python.trees import Valued
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree, copied


class CallTrees(EinsumTrees):
    """Makes trees of calls too. `torch`, `numpy`: whether the text names the one and the other."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.torch = self.numpy = False
        self.taken_for: dict[str, bool] = {}
        """Functions that nothing defines, and that are read by their names."""

    def _subscript(self, node: ast.Subscript) -> Valued:
        if (size := self._size(node)) is not None:
            return Valued(size, 0)
        if isinstance(node.value, ast.Call) and called(node.value) == "slogdet" and whole(node.slice) == 1:
            return self._applied(node.value, "logabsdet")
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if (new := new_axis(node)) is not None:
            array = self._read(node.value)
            if array.rank != 1:
                raise self.no(node, "a new axis is read for an array of one axis")
            return Valued(self._T(array.tree) if new == 0 else array.tree, 2, new)
        return self._entries(node, self._read(node.value), indices)

    def _call(self, node: ast.Call) -> Valued:
        name, of = called(node), operand(node)
        known = isinstance(node.func, ast.Attribute) and (is_method(node) or module(node.func.value, name))
        known = known or (isinstance(node.func, ast.Name) and name in words.BUILT_IN)
        if isinstance(node.func, ast.Name) and name in words.ENTRIES and name != "abs" and len(node.args) == 1:
            known = self.taken_for[name] = True
        shown = self.source.quote(*self._place(node.func))
        if hint := words.INSTEAD.get(name or (called(node.func) if isinstance(node.func, ast.Call) else "")):
            raise self.no(node, f"{shown}(…) is not in the notation", _with_options(hint, node))
        if not known or of is None:
            hint = words.ALONG if name in words.BY_AXIS else ""
            raise self.no(node, f"{shown}(…) is called elsewhere, and is not read", hint)
        if (size := self._size(node)) is not None:
            return Valued(size, 0)
        rest = node.args if is_method(node) else node.args[1:]
        options = {str(k.arg): k.value for k in node.keywords if k.arg not in ("dtype", "copy")}
        if name in ("max", "min") and "dim" in options:
            raise self.no(node, f"torch.{name} along a dim is a pair", f"take its first part, as `.values` or a{name}")
        if name == "einsum":
            return self._einsum(node)
        if name in words.TURNED and rest and not options:
            return self._turned(node, self._read(of), [n for a in rest for n in getattr(a, "elts", [a])])
        if name in words.MADE and not is_method(node) and not options:
            return self._of_size(node, name)
        if name in words.LIKE and not rest and not options:
            array = self._read(of)
            sizes = [self._make(node, "extent", copied(array.tree), value=i) for i in range(array.rank)]
            return array._replace(tree=self._filled(node, words.LIKE[name], sizes or [self._number(node, 1)]))
        if name in words.SAME and not rest:
            return self._read(of)
        if name in words.FLAT and not options:
            return self._reshaped(node, name, self._read(of), [n for a in rest for n in getattr(a, "elts", [a])])
        if name == "where" and len(rest) == 2 and not is_method(node) and not options:
            return self._where(node, *node.args)
        if name == "sum" and isinstance(node.func, ast.Name) and not rest and not options:
            array = self._read(of)
            if array.rank != 1:
                raise self.no(node, "Python's own sum goes along the first axis", "write np.sum, with an axis")
            return self._over_axis(node, name, array, None, keeps=False, less=False)
        if name in words.REDUCED and isinstance(node.func, ast.Attribute):
            return self._reduced(node, name, self._read(of), rest, options)
        if name in words.BY_AXIS:
            return self._by_axis(node, name, self._read(of), rest, options)
        if name in ("norm", "matrix_norm", "vector_norm"):
            return self._norm(node, self._read(of), rest, options)
        if name in ("clip", "clamp") and not rest and set(options) <= words.BOUNDS:
            value = self._read(of)
            for word, bound in options.items():
                value = self._function(node, "maximum" if "min" in word else "minimum", [value, self._read(bound)])
            return value
        if options:
            raise self.no(node.keywords[0].value, f"the option {node.keywords[0].arg} of {name} is not read")
        arguments = [self._read(of), *map(self._read, rest)]
        return self._function(node, name, arguments)

    def _function(self, node: ast.Call, name: str, arguments: list[Valued]) -> Valued:
        first, count = arguments[0], len(arguments)
        if count == 1:
            if name == "gelu" and not self.torch:
                raise self.no(node, "jax.nn.gelu is approximate", "torch.nn.functional.gelu(Z) is x times normcdf(x)")
            if name in words.ENTRIES:
                return first._replace(tree=self._call_of(node, words.ENTRIES[name], first.tree))
            if name == "square":
                return self._operation(node, "Pow", first, Valued(self._number(node, 2), 0))
            if name in words.SQUARE and first.rank == 2:
                made = words.SQUARE[name]
                return Valued(self._call_of(node, made, first.tree), 0 if made in words.TO_SCALAR else 2)
            if name == "cumsum" and first.rank == 1:
                return first._replace(tree=self._call_of(node, name, first.tree))
            if name in ("diag", "diagonal") and first.rank:
                return Valued(self._call_of(node, "diag", first.tree), 3 - first.rank)
            if name in words.TURNED:
                return self._transposed(first)
        if count == 2:
            second = arguments[1]
            if name in words.BINARY:
                return self._operation(node, words.BINARY[name], first, second)
            if name in ("maximum", "minimum", "fmax", "fmin"):
                a, b, like = self._aligned(first, second)
                return like._replace(tree=self._call_of(node, "max" if "max" in name else "min", a, b))
            if name == "logaddexp":
                one = first.tree.kind == "number" and first.tree.value == 0
                powers = [v._replace(tree=self._call_of(node, "exp", v.tree)) for v in arguments]
                powers[0] = Valued(self._number(node, 1), 0) if one else powers[0]
                total = self._operation(node, "Add", *powers)
                return total._replace(tree=self._call_of(node, "log", total.tree))
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
            if name == "matrix_power" and first.rank == 2 and not second.rank:
                return Valued(
                    self._make(node, "power", self._group(first.tree), self._group(second.tree), value="POWER"), 2
                )
            if name == "solve" and first.rank == 2 and second.rank:
                inverse = self._call_of(node, "inv", first.tree)
                return Valued(self._product(node, "TIMES", inverse, second.tree), second.rank)
        if name == "leaky_relu" and count == 2 and not arguments[1].rank:
            above, below = (self._call_of(node, w, copied(first.tree), self._number(node, 0)) for w in ("max", "min"))
            less = self._operation(node, "Mult", arguments[1], first._replace(tree=below))
            return self._operation(node, "Add", first._replace(tree=above), less)
        if name in ("clip", "clamp") and count == 3 and not arguments[1].rank and not arguments[2].rank:
            return first._replace(tree=self._call_of(node, "clip", *(argument.tree for argument in arguments)))
        if name == "cross" and [argument.rank for argument in arguments] == [1, 1]:
            return Valued(self._call_of(node, "cross", *(argument.tree for argument in arguments)), 1)
        shown = self.source.quote(*self._place(node.func))
        hint = "leave it out: the derivative is what is found here" if name == "backward" else ""
        raise self.no(node, f"{shown}(…) with such arguments is not in the notation", hint)

    def _turned(self, node: ast.Call, array: Valued, axes: Sequence[ast.expr]) -> Valued:
        """transpose with the axes that change places, or, as permute has them, in their new order."""
        numbers = [whole(axis) for axis in axes]
        places = [None if n is None or not -2 <= n < 2 else n % 2 for n in numbers]
        if array.rank != 2 or sorted(map(str, places)) != ["0", "1"]:
            raise self.no(node, "this change of axes is not read", "the two axes of a matrix may change places")
        stays = places == [0, 1] and (called(node) == "permute" or isinstance(node.args[-1], ast.Tuple))
        return array if stays else self._transposed(array)

    def _applied(self, node: ast.Call, name: str) -> Valued:
        if len(node.args) != 1 or node.keywords:
            raise self.no(node, "one matrix is expected here")
        return Valued(self._call_of(node, name, self._read(node.args[0]).tree), 0)

    def _axis(self, node: ast.Call, rank: int, rest: Sequence[ast.expr], options: dict[str, ast.expr]) -> int | None:
        given = [options.pop(word) for word in words.AXIS if word in options] + list(rest)
        if not given or (isinstance(given[0], ast.Constant) and given[0].value is None):
            return None
        if (
            isinstance(given[0], ast.Tuple)
            and sorted((whole(n) or 0) % max(rank, 1) for n in given[0].elts) == [0, 1][:rank]
        ):
            return None
        axis = whole(given[0])
        if len(given) > 1 or axis is None or not -rank <= axis < rank:
            raise self.no(given[-1], f"the axis of {called(node)} is one number, of an axis that the array has")
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
                    raise self.no(value, f"{word} is 0 or 1")
        if name in ("var", "std") and (unbiased := options.pop("unbiased", None)) is not None:
            if getattr(unbiased, "value", None) not in (True, False):
                raise self.no(unbiased, "unbiased is True or False")
            less = int(getattr(unbiased, "value", True))
        if options or (keep and not isinstance(keep[0], ast.Constant)):
            hint = "with weights write (p * x).sum() / p.sum()" if name == "average" else ""
            raise self.no(node, f"these options of {name} are not read", hint)
        if not array.rank:
            if name in ("var", "std"):
                raise self.no(node, f"{name} takes an array")
            return array
        along = None if array.rank == 1 or axis is None else axis
        if keeps and along is None:
            raise self.no(node, f"{name} of all entries with keepdims is not read")
        return self._over_axis(node, name, array, along, keeps, less == 1)

    def _over_axis(self, node: ast.AST, name: str, array: Valued, along: int | None, keeps: bool, less: bool) -> Valued:
        """A reduction of all entries or along an axis; `less`: variances divide by one less than the count."""
        everything, by_row, by_column = words.REDUCED[name]
        made = (by_column, by_row)[along] if along is not None else everything
        if not made:
            said = "row" if along else "column"
            raise self.no(node, f"the {name} of each {said} is not in the notation", f"{name} of all entries is")
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
            return Valued(tree, 2, along)
        return Valued(self._T(tree) if along == 0 else tree, 1)

    def _is_torch(self, node: ast.Call, options: dict[str, ast.expr]) -> bool:
        language = "" if is_method(node) else module(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if language:
            return language == "torch"
        if "unbiased" in options:
            return True
        if "ddof" in options or "correction" in options:
            return "ddof" not in options
        if "dim" in options or "keepdim" in options:
            return True
        if "axis" in options or "keepdims" in options or self.torch == self.numpy:
            if self.torch or ("axis" not in options and not self.numpy):
                hint = "np.var divides by n, torch.var by n - 1"
                raise self.no(node, f"nothing says whether this is the {called(node)} of NumPy or of PyTorch", hint)
            return False
        return self.torch

    def _by_axis(
        self, node: ast.Call, name: str, array: Valued, rest: Sequence[ast.expr], options: dict[str, ast.expr]
    ) -> Valued:
        axis = self._axis(node, array.rank, rest, options)
        kept = [options.pop(word) for word in words.KEEP if word in options and name == "logsumexp"]
        if options or not array.rank or (axis is None and array.rank == 2):
            raise self.no(node, f"{name} takes an array and one axis", f"say which: {name}(Z, axis=1)")
        option = [] if array.rank == 1 else [self._make(node, "option", value=("columns", "rows")[axis or 0])]
        tree = self._call_of(node, name, array.tree, *option)
        if name != "logsumexp":
            return array._replace(tree=tree)
        if kept and getattr(kept[0], "value", False) and array.rank == 2:
            return Valued(tree, 2, axis)
        return Valued(self._T(tree) if array.rank == 2 and axis == 0 else tree, array.rank - 1)

    def _of_size(self, node: ast.Call, name: str) -> Valued:
        shape = node.args[0]
        if len(node.args) == 1 and isinstance(shape, ast.Attribute) and shape.attr == "shape":
            array = self._read(shape.value)
            rank, thin = array.rank, array.thin
            sizes = [self._make(node, "extent", copied(array.tree), value=i) for i in range(rank)]
        else:
            parts = [part for size in node.args for part in getattr(size, "elts", [size])]
            sizes = [self._read(part).tree for part in parts]
            rank, lengths = len(sizes), [whole(part) for part in parts]
            thin = lengths.index(1) if rank == 2 and 1 in lengths else None
        if not 0 < rank <= 2 or (name in ("eye", "identity") and rank == 2 and len(node.args) > 1):
            raise self.no(node, "such an array is not in the notation", "of one or two axes it is")
        tree = self._filled(node, "eye" if name == "identity" else name, sizes)
        return Valued(tree, 2 if name in ("eye", "identity") else rank, thin)

    def _reshaped(self, node: ast.Call, name: str, array: Valued, sizes: Sequence[ast.expr]) -> Valued:
        asked = [whole(size) for size in sizes]
        if name == "squeeze":
            tree = self._T(array.tree) if array.thin == 0 else array.tree
            if array.rank == 1 or array.thin is not None:
                return Valued(tree, 1)
        elif array.rank == 1 and (asked == [-1, 1] or (name in ("expand_dims", "unsqueeze") and asked in ([1], [-1]))):
            return Valued(array.tree, 2, 1)
        elif array.rank == 1 and (asked == [1, -1] or (name in ("expand_dims", "unsqueeze") and asked == [0])):
            return Valued(self._T(array.tree), 2, 0)
        elif name in ("ravel", "flatten", "reshape", "view") and asked in ([], [-1]) and array.rank:
            return array if array.rank == 1 else Valued(self._call_of(node, "vec", self._T(array.tree)), 1)
        raise self.no(node, "this change of axes is not read", "x.reshape(-1, 1), x.reshape(1, -1) and X.ravel() are")

    def _where(self, node: ast.Call, told: ast.expr, this: ast.expr, other: ast.expr) -> Valued:
        if not self._tells(told):
            raise self.no(told, "what tells between the two is no comparison", "np.where(x > 0, a, b) is read")
        condition = self._read(told)
        others = condition._replace(tree=copied(condition.tree))
        others = self._operation(node, "Sub", Valued(self._number(node, 1), 0), others)
        parts = [(condition, this), (others, other)]
        found = [
            self._operation(node, "Mult", where, self._read(value))
            for where, value in parts
            if not (isinstance(value, ast.Constant) and value.value == 0)
        ]
        if not found:
            raise self.no(node, "this is 0 everywhere")
        return found[0] if len(found) == 1 else self._operation(node, "Add", *found)

    def _norm(self, node: ast.Call, array: Valued, rest: Sequence[ast.expr], options: dict[str, ast.expr]) -> Valued:
        given = [*rest, *(options.pop(word) for word in ("ord", "p") if word in options)]
        if array.rank == 2 and any(word in options for word in words.AXIS):
            if given and whole(given[0]) not in (1, 2):
                raise self.no(given[0], "this norm of each row is not in the notation", "with an axis, ord is 1 or 2")
            if given and whole(given[0]) == 1:
                sizes = array._replace(tree=self._call_of(node, "abs", array.tree))
                return self._reduced(node, "sum", sizes, [], options)
            squares = self._operation(node, "Pow", array, Valued(self._number(node, 2), 0))
            found = self._reduced(node, "sum", squares, [], options)
            return found._replace(tree=self._call_of(node, "sqrt", found.tree))
        if len(given) > 1 or options or not array.rank:
            raise self.no(node, "a norm takes an array and which norm it is")
        which: object = None
        if given and isinstance(given[0], ast.Constant):
            which = given[0].value
        elif given and getattr(given[0], "attr", getattr(given[0], "id", "")) in ("inf", "Inf"):
            which = "inf"
        elif given:
            raise self.no(given[0], "this norm is not in the notation")
        table = self._norms(node, array)
        if which not in table or isinstance(which, bool):
            raise self.no(node, "this norm is not in the notation")
        return Valued(self._make(node, "norm", array.tree, value=table[which]), 0)

    def _norms(self, node: ast.Call, array: Valued) -> dict[object, str]:
        """Which norms there are, and what the notation calls them."""
        old = isinstance(node.func, ast.Attribute) and (
            is_method(node) or (isinstance(node.func.value, ast.Name) and node.func.value.id == "torch")
        )  # torch.norm(A, 2) and A.norm(2) are of the entries
        table: dict[object, str] = (
            {None: "F", 2: "F", 1: "sum"} if array.rank == 1 or old else {None: "F", 2: "2", 1: "1"}
        )
        table |= {"inf": "inf"} if array.rank == 1 or not old else {}
        return table | ({"fro": "F", "nuc": "nuc"} if array.rank == 2 else {})

    def _filled(self, node: ast.AST, name: str, sizes: list[Tree]) -> Tree:
        """An array of ones or zeros, or the identity, of such sizes."""
        for size in sizes:
            if size.kind not in ("number", "extent") and not (size.kind == "name" and size.value in self.dims):
                raise self.no(node, f"a size of {name} is a number, a size's name, or that of an array")
        ones = self._make(node, "ones", *sizes)
        if name == "eye":
            return self._call_of(node, "diag", self._make(node, "ones", sizes[0]))
        return ones if name == "ones" else self._product(node, "HADAMARD", self._number(node, 0), ones)

    def _entries(self, node: ast.Subscript, array: Valued, indices: Sequence[ast.expr]) -> Valued:
        """An entry, a row, a column or a block."""
        if not array.rank and all(whole(index) == 0 for index in indices) and isinstance(node.value, ast.BinOp):
            return array  # (x.T @ y)[0, 0] of two columns
        tree, kept = array.tree, [True, True]
        for axis, index in zip(self._axes(node, array, len(indices)), indices, strict=True):
            several = isinstance(index, ast.Slice)
            if isinstance(index, ast.Slice) and index.lower is index.upper is index.step is None:
                continue
            low = self._bound(index.lower if isinstance(index, ast.Slice) else index, 0)
            high = self._bound(index.upper, 1) if isinstance(index, ast.Slice) else low
            if low is None or high is None or getattr(index, "step", None) is not None:
                hint = "an index is a whole number, or a range of them"
                if isinstance(index, ast.Constant) and isinstance(index.value, str):
                    hint = f"give what is held under this key a name of its own, {index.value}, as an argument"
                if isinstance(index, ast.Name | ast.Call):
                    hint += "; for the entry of a class multiply by an array with a 1 there: (y * z).sum()"
                raise self.no(index, "indexing by this is not read", hint)
            if (low[1] == high[1] and low[0] > high[0]) or (not low[1] and low[0] < 1):
                raise self.no(index, "nothing is there", "an index is a whole number, or a range of them")
            ends = [self._end(node, index, axis, *bound) for bound in (low, high)]
            tree = self._call_of(node, "colrange" if axis else "rowrange", tree, *ends)
            kept[axis] = several
        return self._picked(tree, array, kept)

    def _axes(self, node: ast.AST, array: Valued, count: int) -> Sequence[int]:
        """To which axes some indices belong."""
        if count > array.rank:
            raise self.no(node, "this has more indices than the array has axes")
        return range(count)

    def _bound(self, node: ast.expr | None, end: int) -> tuple[int, bool] | None:
        """An index counted from 1, or True and what it is more than the size; `end`: that of a range, not in it."""
        found = whole(node) if node is not None else None
        if node is None:
            return (0, True) if end else (1, False)
        return None if found is None else (found + 1 - end, found < 0)

    def _end(self, node: ast.Subscript, index: ast.expr, axis: int, number: int, from_end: bool) -> Tree:
        if not from_end:
            return self._make(index, "number", value=Fraction(number))
        sizes = self.lengths.get(node.value.id, []) if isinstance(node.value, ast.Name) else []
        size = sizes[axis] if sizes else None
        if isinstance(size, int):
            return self._make(index, "number", value=Fraction(size + number))
        if size is None:
            raise self.no(index, "only a name with a size is counted from the end", "give it a name, and declare that")
        name = self._make(index, "name", value=size)
        less = self._make(index, "number", value=Fraction(-number))
        return self._make(index, "sum", name, less, ops=("", "MINUS")) if number else name

    def from_end(self, node: ast.AST) -> str:
        """The name of which an index counts from the end."""
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name) or new_axis(node) is not None:
            return ""
        for index in node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]:
            ends = [(index.lower, 0), (index.upper, 1)] if isinstance(index, ast.Slice) else [(index, 0)]
            every = isinstance(index, ast.Slice) and index.lower is index.upper is None
            if not every and any((bound := self._bound(*end)) is not None and bound[1] for end in ends):
                return node.value.id
        return ""

    def _picked(self, tree: Tree, array: Valued, kept: Sequence[bool]) -> Valued:
        """What is left of an array where the axes are kept or not."""
        if array.rank == 1:
            return Valued(tree, int(kept[0]))
        if all(kept):
            return array._replace(tree=tree)
        return Valued(self._T(tree) if kept[1] else tree, int(any(kept)))


def _with_options(hint: str, call: ast.Call) -> str:
    """What to write instead of a call with its options: the sum, or another threshold."""
    options = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
    reduction = options.get("reduction")
    if reduction == "sum":
        hint = hint.replace(".mean()", ".sum()").replace("mean(huber", "sum(huber")
    elif reduction == "none":
        hint += "; the loss is the sum or the mean of what it gives"
    elif reduction == "batchmean":
        hint = hint.replace(").sum()", ").sum() / len(q)")
    if (beta := options.get("beta")) is not None:
        hint = hint.replace("huber(a - y, 1))", f"huber(a - y, {beta!r})) / {beta!r}")
    return hint.replace("huber(a - y, 1)", f"huber(a - y, {options.get('delta', 1)!r})")
