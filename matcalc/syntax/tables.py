"""The compiled grammar: found beside the package or in it, read once."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PLACES = (os.path.join(_HERE, "grammar"), os.path.join(os.path.dirname(_HERE), "grammar"))

FOLDER = next((place for place in _PLACES if os.path.isfile(os.path.join(place, "matcalc.lark"))), _PLACES[0])
"""Where the grammar lies: inside an installed package, beside it in a checkout or an editable install."""


@cache
def load(name: str) -> Any:
    """The compiled table called `name`."""
    with open(os.path.join(FOLDER, name + ".json"), encoding="utf-8") as file:
        return json.load(file)
