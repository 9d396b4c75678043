"""The roles of a program's names, as far as its tokens tell: values, functions, sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from matcalc.families import stem_of
from matcalc.prose import Prose


@dataclass
class Roles:
    """The roles of a program's names.

    `known`: names that have a value (declared, defined, or given by the caller); `defined`: those with a definition;
    `matrices`: those declared with two sizes.
    `declared_functions`: declared elementwise. `dimensions`: names that declarations use as sizes, and the letters of
    layers. Names of all layers are alike, and stand in these as `role` has them. `unknown_functions`: names read as
    functions of the entries, in order. `letters`: those that are indices. `notes`: readings that a reader might have
    taken otherwise. `formulas`: functions that are defined by one, with their arguments. `by`: names that the text
    says to differentiate by, `of` the one whose derivative it asks for. `goal`: "max" or "min", where the text says
    that. `closed`: one expression is read, in known names only. `varying`: the names before which d is the
    differential, and dJ/dW a derivative; none, where d is left out or asks for something. `taken`: names of code whose
    shape was taken from how they are used.
    """

    known: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    matrices: set[str] = field(default_factory=set)
    declared_functions: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    unknown_functions: dict[str, None] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    notes: dict[Prose, None] = field(default_factory=dict)
    formulas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by: dict[str, None] = field(default_factory=dict)
    of: str = ""
    goal: str = ""
    closed: bool = False
    varying: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)


_AIM = re.compile(r"(?:arg[ _\\]*|\b)(?P<end>max|min)(?:imi[sz]e|imum)?(?![a-z])", re.IGNORECASE)


def aim(said: str) -> str:
    """ "max" or "min", where words before an objective say that; otherwise ""."""
    found = _AIM.search(said)
    return found["end"].lower() if found is not None else ""


def role(name: object) -> str:
    """What stands for a name where all layers are alike: W[] for W[l] and W[1], any other name for itself."""
    text = str(name)
    stem = stem_of(text)
    return text if stem == text else f"{stem}[]"
