"""The page with an answer in it, for a browser that runs no script: the form's fields in, the whole page out.

What each tab asks for is read from the tabs themselves, as the page's script reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from html import escape, unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode

from matcalc.web.fragments import by_name
from matcalc.web.operations import OPERATIONS

Ask = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
_TAB = re.compile(
    r'<button name="do" value="(\w+)" data-operation="(\w+)" data-takes="([\w ]*)" data-request=\'(.*?)\''
)
REFERENCES = ("examples", "rules", "notation")
SWITCHES = ("explain", "expand", "braces")
FIELDS = ("answer", "derivation", "subject", "structure", "convention")


class Tab(NamedTuple):
    """What a tab asks for: an operation, the form's fields that it takes, and what it adds to the request."""

    operation: str
    takes: Sequence[str]
    request: Mapping[str, Any]


def tabs(template: str) -> dict[str, Tab]:
    """The tabs of the page by their names."""
    return {
        name: Tab(operation, takes.split(), json.loads(unescape(request)))
        for name, operation, takes, request in _TAB.findall(template)
    }


class FilledForm(NamedTuple):
    """What the form's fields say."""

    source: str
    wrt: list[str]
    shapes: list[str]
    do: str
    texts: Mapping[str, str]
    switches: Sequence[str]
    unknown: str = ""

    def request(self, tab: Tab) -> dict[str, Any]:
        """The request that a tab makes of it."""
        taken: dict[str, Any] = {name: value for name, value in self.texts.items() if name in tab.takes}
        if "wrt" in tab.takes:
            taken["wrt"] = self.wrt
        fields = OPERATIONS[tab.operation].fields
        switches = {name: True for name in self.switches if name in fields}
        formats = {"formats": ["html"]} if "formats" in fields else {}
        return {"source": self.source, "shapes": self.shapes, **taken, **switches, **formats, **tab.request}


def form_of(fields: Iterable[tuple[str, str]], known: Mapping[str, Tab]) -> FilledForm:
    """The form's fields from a query string; what it does not know is left out."""
    pairs = list(fields)
    last = dict(pairs)
    do = last.get("do", "derive")
    declared = by_name(value for key, value in pairs if key == "shape")
    declared |= {key[6:]: value for key, value in pairs if key.startswith("shape:")}  # what was corrected
    shapes = [f"{name}: {shape}" for name, shape in declared.items() if shape.strip()]
    texts = {name: last[name] for name in FIELDS if last.get(name)}
    return FilledForm(
        last.get("reading") or last.get("source", ""),
        [value for key, value in pairs if key == ("by" if last.get("by") else "wrt")],
        [] if last.get("reading") else shapes,
        do if do in known or do in REFERENCES else "derive",
        texts,
        [name for name in SWITCHES if last.get(name)],
        "" if do in known or do in REFERENCES else do,
    )


def link_of_reading(template: str, fields: Iterable[tuple[str, str]]) -> str:
    """Where a reading was chosen, the query string of that problem: nothing in it is of the problem before."""
    pairs = list(fields)
    if not dict(pairs).get("reading"):
        return ""
    known = tabs(template)
    form = form_of(pairs, known)
    takes = known[form.do].takes if form.do in known else ()
    kept = [(name, value) for name, value in form.texts.items() if name in takes]
    names, switches = [("wrt", name) for name in form.wrt], [(name, "1") for name in form.switches]
    return urlencode([("source", form.source), ("do", form.do), *names, *kept, *switches])


async def page_for(template: str, fields: Iterable[tuple[str, str]], ask: Ask) -> str:
    """The page; where the fields say a problem, with the answer to it."""
    known = tabs(template)
    form = form_of(fields, known)
    page = template
    if form.do in REFERENCES:
        return filled(page, "reference", (await ask(form.do, {}))["html"])
    if not form.source.strip():
        return _set_form(page, form)
    read = await ask("read", {"source": form.source, "shapes": form.shapes, "wrt": form.wrt})
    if not any(row["structured"] for row in read.get("names", ())):  # what no name has is not asked of the last ones
        form = form._replace(texts={name: value for name, value in form.texts.items() if name != "structure"})
    page = filled(_set_form(page, form), "echo", read.get("html", ""))
    if form.unknown:
        said = f"There is nothing called {form.unknown[:50]} to do; here is the gradient."
        page = filled(page, "status", escape(said))
    tab = known[form.do]
    missing = {"answer", "derivation"} & set(tab.takes) - set(form.texts)
    if missing:
        return filled(page, "status", f"Write your {missing.pop()} above, and press again.")
    if not read.get("understood"):
        return page
    answer = await ask(tab.operation, form.request(tab))
    return filled(page, "result", answer["html"])


def _set_form(page: str, form: FilledForm) -> str:
    page = page.replace('data-do="derive"', f'data-do="{form.do}"', 1)
    page = page.replace(f'name="do" value="{form.do}"', f'name="do" value="{form.do}" aria-current="true"', 1)
    for name, value in {"source": form.source, **form.texts}.items():
        page = _set_field(page, name, escape(value))
    for name in form.switches:
        page = page.replace(f'name="{name}" value="1"', f'name="{name}" value="1" checked', 1)
    hidden = [("shape", shape) for shape in form.shapes] + [("do", form.do)]  # a button of the form comes after these
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden)
    return page.replace('<div id="answers">', f'{kept}<div id="answers">', 1)


def _set_field(page: str, name: str, value: str) -> str:
    # A choice or a text.
    before, place, after = page.partition(f' name="{name}"')
    if before.endswith(f'<select id="{name}"'):
        inside, end, after = after.partition("</select>")
        inside = inside.replace(f'<option value="{value}">', f'<option value="{value}" selected>')
        return before + place + inside + end + after
    return filled(page, name, "\n" + value)


def filled(page: str, place: str, inside: str) -> str:
    """The page with something inside the empty element of this id."""
    return re.sub(rf'(<(\w+)[^>]*\bid="{place}"[^>]*>)(?=</\2>)', lambda found: found[1] + inside, page, count=1)
