"""Names for the dimensions that no declaration names: n for the rows of the data, then d, h, …"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LETTERS = "n d h k m p q r s t u v w"


def fresh(taken: Iterable[str]) -> Iterator[str]:
    """Names for dimensions, conventional letters first, that are not among those taken. Endless."""
    avoided = set(taken)
    number = 0
    while True:
        for letter in LETTERS.split() if not number else ("n",):
            name = f"{letter}{number}" if number else letter
            if name not in avoided:
                yield name
        number += 1
