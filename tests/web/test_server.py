"""The server: the page with and without scripts, the operations over HTTP, and what no request can do to others."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from nested_html import Nesting
from starlette.testclient import TestClient

from matcalc.cli import run
from matcalc.web import openapi, pages, server
from matcalc.web.limits import Limits, Turns
from matcalc.web.operations import OPERATIONS
from matcalc.web.service import answered
from matcalc.web.workers import Workers

RIDGE = "J = ||X w - y||^2 + lam w'w"
DEADLINE = 4.0


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    limits = Limits(deadline=DEADLINE, quick=20, workers=2, burst=10_000, body=300_000)
    with TestClient(server.application(limits), raise_server_exceptions=False) as found:
        assert found.post("/api/derive", json={"source": "J = x' x"}).status_code == 200  # the processes have begun
        yield found


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    for tag, attributes in Nesting(page.text.replace("<!doctype html>", "")).seen:
        for name in ("src", "href", "action"):
            address = attributes.get(name)
            if address is not None:
                parts = urlsplit(address)
                assert not parts.scheme and not parts.netloc, (tag, address)
                if parts.path not in ("", "./"):
                    assert client.get("/" + parts.path).status_code == 200, address


def test_the_modules_of_the_page_are_there_and_import_each_other_only(client: TestClient) -> None:
    for name, (data, kind) in server.assets().items():
        answer = client.get(f"/{name}")
        assert answer.content == data and answer.headers["content-type"] == kind
        if name.endswith(".js"):
            for target in re.findall(r'^(?:import|export) .*from "(.*)";', data.decode(), re.M):
                assert target.removeprefix("./") in server.assets()
            assert not re.search(r"https?://|\beval\b|new Function|document\.write", data.decode()), name
        if name.endswith(".css"):
            assert not re.search(r"@import|url\(", data.decode()), name


def test_every_answer_keeps_the_page_to_itself(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/none"), client.post("/api/read", json={}), client.get("/api/read")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_file_that_a_browser_has_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/main.js").headers["etag"]
    assert client.get("/main.js", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/server.py", "/server.py", "/api/", "/page/main.js"])
def test_no_other_file_is_sent(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 405)
    assert answer.json()["error"]["kind"] == "RequestError"


def test_an_operation_answers_as_without_a_server(client: TestClient) -> None:
    for name, request in {
        "read": {"source": RIDGE},
        "derive": {"source": RIDGE, "wrt": ["w"]},
        "check": {"source": RIDGE, "wrt": ["w"], "answer": "2 X'(X w - y)"},
        "examples": {},
    }.items():
        assert client.post(f"/api/{name}", json=request).json() == answered(name, request)


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("name", "sent", "status", "kind"),
    [
        ("derive", {"json": {"source": "J = (x"}}, 422, "ParseError"),
        ("derive", {"json": {"source": "J = 3"}}, 422, "MatcalcError"),
        ("derive", {"json": {"source": "J" * 100_001}}, 422, "LimitError"),
        ("derive", {"content": b'{"source": "J = \\ud800"}', "headers": JSON}, 400, "RequestError"),
        ("derive", {"json": {"sauce": "J"}}, 400, "RequestError"),
        ("derive", {"content": b"{", "headers": JSON}, 400, "RequestError"),
        ("derive", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "RequestError"),
        ("derive", {"data": {"source": "J = x' x"}}, 415, "RequestError"),
        ("wipe", {"json": {}}, 400, "RequestError"),
        ("derive", {"json": {"source": "J" * 400_000}}, 413, "LimitError"),
    ],
)
def test_what_cannot_be_answered_has_its_status(
    client: TestClient, name: str, sent: Any, status: int, kind: str
) -> None:
    answer = client.post(f"/api/{name}", **sent)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (status, kind)
    assert str(status) in openapi.REFUSALS


BOMBS = {
    "a product of 200 kB": "J = tr(" + "A " * 100_000 + ")",
    "60 nested exponentials": "J = sum(" + "exp(" * 60 + "x" + ")" * 60 + ")",
    "2,000 brackets": "J = " + "(" * 2_000 + "x" + ")" * 2_000,
    "a tower of powers": "J = x" + "^9" * 2_000,
    "a number without end": "J = 9^9^9^9^9 x' x",
    "many layers": "layers l = 1..100000: a[l] = f(W[l] a[l-1]); a[0] = x; J = a[100000]' y",
    "a large sum": "J = " + " + ".join(f"x{n}' A{n} x{n}" for n in range(3_000)),
    "a large matrix": "A: 100000 x 100000; J = logdet(A A')",
}


def test_a_bomb_ends_in_its_own_message_and_harms_nobody(client: TestClient) -> None:
    def bomb(text: str) -> Any:
        return client.post("/api/derive", json={"source": text, "time_limit": 1})

    with ThreadPoolExecutor(12) as pool:
        bombs = {name: pool.submit(bomb, text) for name, text in BOMBS.items()}
        echoes = [pool.submit(client.post, "/api/read", json={"source": RIDGE}) for _ in range(20)]
        for echo in echoes:
            assert echo.result().json()["understood"]
        for name, future in bombs.items():
            answer = future.result()
            assert answer.status_code in (200, 422), name
            error = answer.json().get("error")
            assert error is None or (error["message"] and error["kind"] != "DefectError"), (name, error)
    assert "error" not in client.post("/api/derive", json={"source": RIDGE, "verify": False}).json()


def test_fifty_at_once_are_all_answered(client: TestClient) -> None:
    def ask(n: int) -> Any:
        return client.post("/api/derive", json={"source": f"J = ||X w - {n + 2} y||^2", "wrt": ["w"], "verify": False})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))
    assert {answer.status_code for answer in answers} == {200}
    for n, answer in enumerate(answers):
        assert f"{n + 2} y" in answer.json()["results"][0]["text"]


def test_what_takes_too_long_is_stopped_and_says_so() -> None:
    limits = Limits(deadline=0.001, quick=20, workers=1)
    with TestClient(server.application(limits)) as client:
        answer = client.post("/api/derive", json={"source": RIDGE})
        assert answer.status_code == 422
        assert "took longer than 0.001 seconds" in answer.json()["error"]["message"]
        assert client.post("/api/read", json={"source": RIDGE}).json()["understood"]


def test_what_needs_too_much_memory_is_stopped_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from matcalc.web import workers

    monkeypatch.setattr(workers, "answered", _hungry)
    with TestClient(server.application(Limits(workers=1, memory=1 << 30))) as client:
        answer = client.post("/api/derive", json={"source": RIDGE})
        assert answer.status_code == 422
        assert "more memory" in answer.json()["error"]["message"]


def _hungry(name: str, request: object) -> int:
    return len(bytearray(2 << 30))


def test_a_process_that_dies_takes_no_other_request_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from matcalc.web import workers

    monkeypatch.setattr(workers, "answered", _dying)
    with TestClient(server.application(Limits(workers=1))) as client:
        assert client.post("/api/derive", json={"source": "die"}).status_code == 422
        assert client.post("/api/derive", json={"source": "live"}).json() == {"lives": True}


def _dying(name: str, request: dict[str, str]) -> dict[str, bool]:
    import os

    if request["source"] == "die":
        os._exit(1)
    return {"lives": True}


def test_what_a_stopped_process_leaves_behind_goes_with_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    from matcalc.web import workers

    monkeypatch.setattr(workers, "answered", _leaving)
    with TestClient(server.application(Limits(workers=1, deadline=1.5))) as client:
        folder = Path(client.app.state.workers.folder.name)  # type: ignore[attr-defined]
        assert "took longer" in client.post("/api/pdf", json={"source": RIDGE}).json()["error"]["message"]
        (left,) = folder.rglob("*.tex")
        assert left.read_text() == "typed"
    assert not folder.exists()


def _leaving(name: str, request: object) -> None:
    with TemporaryDirectory() as folder:
        Path(folder, "matcalc.tex").write_text("typed")
        time.sleep(60)


def test_a_defect_is_said_in_words_and_is_no_failure_of_the_server(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from matcalc.web import workers

    monkeypatch.setattr(workers, "answered", _defective)
    with TestClient(server.application(Limits(workers=1))) as client:
        answer = client.post("/api/derive", json={"source": "secret"})
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert error["kind"] == "DefectError" and "ValueError" in error["message"] and "secret" not in answer.text
    gc.collect()
    assert "secret" not in caplog.text


def _defective(name: str, request: dict[str, str]) -> float:
    return float(request["source"])


def test_work_that_nobody_waits_for_is_ended(client: TestClient) -> None:
    workers = client.app.state.workers  # type: ignore[attr-defined]
    long = {"source": BOMBS["a large sum"], "time_limit": 20}
    answer = asyncio.run(workers.answer("derive", long, lambda: asyncio.sleep(0.1)))
    assert answer["error"]["message"] == "nobody waits for this any more" and not workers.busy
    assert client.post("/api/derive", json={"source": RIDGE, "verify": False}).status_code == 200


def test_what_does_not_begin_in_time_is_told_so() -> None:
    workers = Workers(Limits(workers=1, deadline=4, patience=1))
    long = {"source": BOMBS["a large sum"], "time_limit": 20}

    async def both() -> list[str]:
        while "error" in await workers.answer("read", {"source": RIDGE}):  # its process starts
            await asyncio.sleep(0.1)
        answers = await asyncio.gather(*(workers.answer("derive", long) for _ in range(2)))
        return sorted(answer["error"]["message"] for answer in answers)

    try:
        said = asyncio.run(both())
    finally:
        workers.stop()
    assert said[0] == "the server has too much to do now" and said[1].startswith("this took longer than 4 seconds")


def test_one_client_has_its_turns_and_no_more() -> None:
    with TestClient(server.application(Limits(workers=1, burst=3, per_minute=1))) as client:
        statuses = [client.post("/api/nothing", json={}).status_code for _ in range(5)]
        assert statuses == [400, 400, 400, 429, 429]
        assert client.get("/main.js").status_code == 200
        page = client.get("/", params={"do": "rules"})  # a browser is told in a page
        assert page.status_code == 429 and page.headers["Content-Type"].startswith("text/html")
        assert "too many requests" in page.text and '<textarea id="source"' in page.text


def test_what_is_asked_in_another_way_says_which(client: TestClient) -> None:
    for method, path, allowed in (("GET", "/api/derive", {"POST"}), ("POST", "/", {"GET", "HEAD"})):
        answer = client.request(method, path)
        assert answer.status_code == 405 and {*answer.headers["Allow"].split(", ")} == allowed
        assert all(each in answer.json()["error"]["message"] for each in allowed)
    assert client.get("/api/", follow_redirects=False).status_code == 404


def test_turns_come_back_with_time() -> None:
    at = [0.0]
    turns = Turns(burst=2, per_minute=60, now=lambda: at[0])
    assert [turns.take("a") for _ in range(3)] == [True, True, False]
    assert turns.take("b")
    at[0] = 1.5
    assert [turns.take("a") for _ in range(2)] == [True, False]


def test_too_many_at_once_are_asked_to_come_again() -> None:
    with TestClient(server.application(Limits(workers=1, waiting=1, deadline=1))) as client:
        started = threading.Event()

        def slow() -> Any:
            started.set()
            return client.post("/api/derive", json={"source": BOMBS["a large sum"], "time_limit": 1})

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(slow)
            started.wait()
            while not client.app.state.workers.busy:  # type: ignore[attr-defined]
                time.sleep(0.01)
            answer = client.post("/api/derive", json={"source": RIDGE})
            assert answer.status_code == 429 and answer.headers["retry-after"]
            assert first.result().status_code in (200, 422)


# -------------------------------------------------------------------------------------------------- without a script


def shown(client: TestClient, **fields: Any) -> str:
    answer = client.get("/", params=fields)
    assert answer.status_code == 200
    page = answer.text
    Nesting(page.replace("<!doctype html>", ""))
    return page


def test_without_a_script_the_page_answers_as_a_form(client: TestClient) -> None:
    page = shown(client, source=RIDGE, wrt="w")
    assert f">\n{RIDGE.replace(chr(39), '&#x27;')}</textarea>" in page
    assert 'alttext="2 (X&#x27;(X w - y) + lam w)"' in page and "proved for all sizes" in page


def test_without_a_script_the_chosen_tab_is_answered(client: TestClient) -> None:
    assert "H[dX]" in shown(client, source="J = logdet(X)", wrt="X", do="hessian")
    page = shown(client, source="J = logdet(S); S: n x n pd", do="hessian", structure="half")
    assert "vech" in page and '<option value="half" selected>' in page
    page = shown(client, source="J = logdet(X)", do="hessian", structure="half")  # of the last problem
    assert "H[dX]" in page and '<option value="half">' in page
    page = shown(client, source=RIDGE, wrt="w", do="solve", subject="a' w = 1")
    assert "Where the gradient is 0" in page and ">\na&#x27; w = 1</textarea>" in page
    assert "Not right" in shown(client, source=RIDGE, wrt="w", do="check", answer="2 X'(X w - y)")
    assert "does not follow" in shown(client, source="J = w' A w; A: n x n", do="steps", derivation="dJ = 2 w' A dw")
    assert "<svg" in (page := shown(client, source=RIDGE, wrt="w", do="graph")) or "flowchart" in page
    for name in pages.REFERENCES:
        assert len(shown(client, do=name)) > 8_000, name
    assert 'data-do="check"' in shown(client, source=RIDGE, wrt="w", do="check")


def test_without_a_script_a_shape_is_declared_and_a_question_answered(client: TestClient) -> None:
    page = shown(client, **{"source": "J = ||A x||^2", "shape:A": "3 x 4", "wrt": "x"})
    assert 'alttext="3×4"' in page and 'value="A: 3 x 4"' in page
    asked = shown(client, source="‖r .* X‖^2")
    assert asked.count('class="reading"') == 3
    answered_page = shown(client, source="‖r .* X‖^2", reading="‖r * X‖^2", wrt="r")
    assert ">\n‖r * X‖^2</textarea>" in answered_page and "proved" in answered_page


def test_without_a_script_the_link_of_a_reading_has_nothing_of_the_problem_before(client: TestClient) -> None:
    fields = {"source": "‖r .* X‖^2", "reading": "‖r * X‖^2", "wrt": "r", "answer": "2 r", "derivation": "dJ = 1"}
    for do, kept in {"derive": [], "check": ["answer"], "steps": ["derivation"]}.items():
        address = client.get("/", params={**fields, "do": do}).url
        asked = dict(address.params.multi_items())
        assert asked["source"] == fields["reading"] and asked["do"] == do
        assert [name for name in ("answer", "derivation", "reading") if name in asked] == kept


def test_without_a_script_it_is_said_what_is_missing_and_what_is_unknown(client: TestClient) -> None:
    assert "Write your answer above, and press again." in shown(client, source=RIDGE, do="check")
    assert "Write your derivation above, and press again." in shown(client, source=RIDGE, do="steps", answer="w")
    page = shown(client, source=RIDGE, do="nope<b>")
    assert "There is nothing called nope&lt;b&gt; to do; here is the gradient." in page and "badge proved" in page


def test_without_a_script_one_of_several_names_is_chosen_by_a_button(client: TestClient) -> None:
    fields = [("source", "J = ||X w - y||^2"), ("wrt", "X"), ("wrt", "w"), ("do", "jacobian")]
    page = client.get("/", params=fields).text
    assert '<input type="hidden" name="do" value="jacobian">' in page
    page = client.get("/", params=[*fields, ("by", "w")]).text
    assert "badge proved" in page
    assert not re.search(r'name="by"', page)


def test_without_a_script_a_wrong_objective_offers_the_jacobian(client: TestClient) -> None:
    assert re.search(
        r'<button[^>]*name="do" value="jacobian">Ask for the Jacobian', shown(client, source="A X B", wrt="X")
    )


def test_what_is_typed_is_escaped_in_the_page(client: TestClient) -> None:
    evil = '</textarea><script>alert(1)</script>"<img src=x>'
    for do in ("derive", "check", "steps"):
        page = shown(client, source=evil, wrt=evil, do=do, answer=evil, derivation=evil, shape=evil, convention=evil)
        assert "<script>" not in page and "<img" not in page
    for field in ("reading", "do", "explain", "shape:x"):
        assert "<script>" not in shown(client, **{"source": "J = x' x", field: evil})


def test_tabs_ask_only_for_what_their_operations_take() -> None:
    found = pages.tabs(server.assets()["index.html"][0].decode())
    assert len(found) == server.assets()["index.html"][0].count(b'name="do"')
    for name, tab in found.items():
        fields = OPERATIONS[tab.operation].fields
        assert {*tab.takes, *tab.request} <= {*fields}, name
        form = pages.form_of(
            [("source", RIDGE), ("wrt", "w"), ("do", name), ("answer", "w"), ("derivation", "w")], found
        )
        assert set(form.request(tab)) <= {*fields}


def test_every_example_of_the_page_is_answered(client: TestClient) -> None:
    page = server.assets()["index.html"][0].decode()
    tries = re.findall(r'href="\?(source=[^"]*)" data-try', page)
    assert len(tries) >= 3
    for query in tries:
        fields = parse_qs(query.replace("&amp;", "&"))
        answer = answered("derive", {"source": fields["source"][0], "wrt": fields["wrt"]})
        assert all(proof["all_sizes"] for proof in answer["verification"].values())


def test_a_shape_declared_beside_the_names_is_corrected_or_emptied_without_scripts(client: TestClient) -> None:
    kept = {"source": RIDGE, "shape": "X: n x d x 3"}
    page = client.get("/", params=kept).text
    assert "in a declaration beside the program, column 10" in page and "line 1" not in page
    assert '<input class="shape" name="shape:X" value="n x d x 3"' in page
    assert {*re.findall(r'name="wrt" value="(\w+)"', page)} == {"w", "y", "lam"}
    for corrected, shape in {"5 x 3": "5×3", "": "n×d"}.items():
        page = client.get("/", params={**kept, "shape:X": corrected, "wrt": "X"}).text
        assert 'class="error"' not in page and 'class="badge proved"' in page
        spoken = page.partition("the shape of X:</span>")[2].partition("</summary>")[0]
        assert f'alttext="{shape}"' in spoken
        assert ("declared by you" in spoken) == bool(corrected)


def test_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    for module in ("uvicorn", "pebble"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, module, None)
            assert run(["serve"]) == 3
            said = capsys.readouterr().err
            assert module in said and 'pip install ".[web]"' in said


def test_the_command_says_where_nothing_can_listen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--host", "256.256.256.256"]) == 3
    assert "nothing can listen at 256.256.256.256" in capsys.readouterr().err


def test_the_answer_of_a_schema_is_json(client: TestClient) -> None:
    assert client.get("/openapi.json").json() == json.loads(openapi.written())
