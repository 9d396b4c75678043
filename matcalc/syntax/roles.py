"""What the names of a program are, as far as its tokens tell: what has a value, what is called, what is a size."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcalc.prose import Prose
from matcalc.syntax.choices import Choice


@dataclass
class Roles:
    """What the names of a program are.

    `known`: names that have a value (declared, defined, or given by the caller); `defined`: those with a definition.
    `declared_functions`: declared elementwise. `dimensions`: names that declarations use as sizes. `unknown_functions`:
    names read as functions of the entries, in order. `notes`: readings that a reader might have taken otherwise.
    `closed`: one expression is read, in known names only. `choice`: how a 1 before a stroke is read.
    """

    known: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    declared_functions: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    unknown_functions: dict[str, None] = field(default_factory=dict)
    notes: dict[Prose, None] = field(default_factory=dict)
    closed: bool = False
    choice: Choice = field(default_factory=Choice)
