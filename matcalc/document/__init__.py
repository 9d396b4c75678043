"""Documents: typed blocks made once from a record and a View, and a writer for each output format.

This room knows expressions, records and index notation; it neither derives nor proves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matcalc.document.view import FORMATS, SAYS, Options, View
from matcalc.errors import UnsupportedError

if TYPE_CHECKING:
    from matcalc.document.blocks import Document


def written(document: Document, form: str) -> str:
    """The document in a format. Raises UnsupportedError for a format that there is not, or a formula too large."""
    from importlib import import_module

    if form not in FORMATS:
        raise UnsupportedError(f"there is no format {form}", hint=f"the formats are {', '.join(FORMATS)}")
    write: Callable[[Document], str] = getattr(import_module(f"matcalc.document.writers.{form}"), form)
    return write(document)


__all__ = ["FORMATS", "SAYS", "Options", "View", "written"]
