"""matcalc: matrix derivatives that show their work.

    import matcalc
    d = matcalc.derive("J = sum((y - f(f(X W1) W2))^2)", wrt=["W1", "W2"])
    print(d.to_text())

Importing the package loads nothing else; each public name loads its package on first use.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from matcalc.api.asking import parse as parse
    from matcalc.api.derivation import Derivation as Derivation
    from matcalc.api.derivation import Rule as Rule
    from matcalc.api.derivation import Step as Step
    from matcalc.api.derivation import derive as derive
    from matcalc.api.derivation import gradient as gradient
    from matcalc.api.derivation import graph as graph
    from matcalc.api.formula import Expr as Expr
    from matcalc.api.gauss_newton import GaussNewton as GaussNewton
    from matcalc.api.gauss_newton import fisher as fisher
    from matcalc.api.gauss_newton import gauss_newton as gauss_newton
    from matcalc.api.gradebook import Gradebook as Gradebook
    from matcalc.api.gradebook import grade as grade
    from matcalc.api.homework import Homework as Homework
    from matcalc.api.jacobians import Jacobian as Jacobian
    from matcalc.api.jacobians import jacobian as jacobian
    from matcalc.api.judging import check as check
    from matcalc.api.judging import check_function as check_function
    from matcalc.api.judging import equal as equal
    from matcalc.api.judging import verify as verify
    from matcalc.api.practice import Worksheet as Worksheet
    from matcalc.api.practice import practice as practice
    from matcalc.api.readings import Reading as Reading
    from matcalc.api.readings import read as read
    from matcalc.api.second import Hessian as Hessian
    from matcalc.api.second import hessian as hessian
    from matcalc.api.second import hvp as hvp
    from matcalc.api.second import jvp as jvp
    from matcalc.api.second import third as third
    from matcalc.api.second import vjp as vjp
    from matcalc.api.solving import Solution as Solution
    from matcalc.api.solving import solve as solve
    from matcalc.check.derivations import CheckedLine as CheckedLine
    from matcalc.check.derivations import DerivationReport as DerivationReport
    from matcalc.check.derivations import check_derivation as check_derivation
    from matcalc.check.verdict import Verdict as Verdict
    from matcalc.document import View as View
    from matcalc.drawing import Graph as Graph
    from matcalc.errors import Alternative as Alternative
    from matcalc.errors import AmbiguousError as AmbiguousError
    from matcalc.errors import MatcalcError as MatcalcError
    from matcalc.errors import NotDifferentiableError as NotDifferentiableError
    from matcalc.errors import ParseError as ParseError
    from matcalc.errors import ShapeError as ShapeError
    from matcalc.errors import UnknownNameError as UnknownNameError
    from matcalc.errors import UnsupportedError as UnsupportedError
    from matcalc.syntax.program import Program as Program
    from matcalc.verify import Verification as Verification

__all__ = [
    "Alternative",
    "AmbiguousError",
    "CheckedLine",
    "Derivation",
    "DerivationReport",
    "Expr",
    "GaussNewton",
    "Gradebook",
    "Graph",
    "Hessian",
    "Homework",
    "Jacobian",
    "MatcalcError",
    "NotDifferentiableError",
    "ParseError",
    "Program",
    "Reading",
    "Rule",
    "ShapeError",
    "Solution",
    "Step",
    "UnknownNameError",
    "UnsupportedError",
    "Verdict",
    "Verification",
    "View",
    "Worksheet",
    "__version__",
    "check",
    "check_derivation",
    "check_function",
    "derive",
    "equal",
    "fisher",
    "gauss_newton",
    "grade",
    "gradient",
    "graph",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "parse",
    "practice",
    "read",
    "solve",
    "third",
    "verify",
    "vjp",
]

_ROOMS = {
    "errors": "Alternative AmbiguousError MatcalcError NotDifferentiableError ParseError ShapeError UnknownNameError"
    " UnsupportedError",
    "api.gauss_newton": "GaussNewton fisher gauss_newton",
    "api.second": "Hessian hessian hvp jvp third vjp",
    "api.solving": "Solution solve",
    "check.derivations": "CheckedLine DerivationReport check_derivation",
    "check.verdict": "Verdict",
    "document": "View",
    "drawing": "Graph",
    "api.asking": "parse",
    "api.derivation": "Derivation Rule Step derive gradient graph",
    "api.formula": "Expr",
    "api.gradebook": "Gradebook grade",
    "api.homework": "Homework",
    "api.jacobians": "Jacobian jacobian",
    "api.judging": "check check_function equal verify",
    "api.practice": "Worksheet practice",
    "api.readings": "Reading read",
    "notebook": "load_ipython_extension",
    "syntax.program": "Program",
    "verify": "Verification",
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names.split()}


class _Package(ModuleType):
    """The package itself. Its attributes `check`, `derive` and `verify` stay functions.

    There are subpackages of the same names, and importing one makes Python set the attribute to the module. This class
    ignores that, so `matcalc.derive` is the function, whatever was imported before.
    """

    def __getattr__(self, name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"matcalc.{_HOME[name]}"), name)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_HOME})


sys.modules[__name__].__class__ = _Package
