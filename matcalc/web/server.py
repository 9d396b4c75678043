"""The server: the page, and the operations over HTTP. What is typed is never run, kept or logged."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import webbrowser
from collections.abc import AsyncIterator, Mapping
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcalc.errors import MatcalcError, UnsupportedError, defect
from matcalc.web import fragments
from matcalc.web.limits import LimitError, Limits, Turns
from matcalc.web.pages import filled, link_of_reading, page_for
from matcalc.web.requests import RequestError, parsed_request
from matcalc.web.service import refused
from matcalc.web.understanding import failure
from matcalc.web.workers import Workers

TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STATUS = {"RequestError": 400}
"""The status of a refusal by the kind of its error; 422 for the others."""


def assets() -> Mapping[str, tuple[bytes, str]]:
    """The files of the page by their names: the bytes and the type."""
    found = {}
    for entry in files("matcalc.web").joinpath("page").iterdir():
        kind = TYPES.get(entry.name.rpartition(".")[2])
        if kind is not None:
            found[entry.name] = (entry.read_bytes(), kind)
    found["openapi.json"] = (files("matcalc.web").joinpath("openapi.json").read_bytes(), TYPES["json"])
    return found


def application(limits: Limits = Limits()) -> Starlette:  # noqa: B008
    """The server as an ASGI application."""
    kept = assets()
    turns = Turns(limits.burst, limits.per_minute)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.workers = Workers(limits)
        try:
            yield
        finally:
            app.state.workers.stop()

    async def operation(request: Request) -> Response:
        """One operation: JSON in, JSON out."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _refusal(RequestError("a request is JSON", hint="Content-Type: application/json"), 415)
        body = await _body(request, limits.body)
        if body is None:
            said = f"the request has more than {limits.body:,} bytes"
            return _refusal(LimitError(said, hint="split it into several programs"), 413)
        try:
            asked = parsed_request(body)
        except RequestError as error:
            return _refusal(error, 400)
        answer = await request.app.state.workers.answer(request.path_params["name"], asked, _gone(request))
        return _answer(answer)

    async def page(request: Request) -> Response:
        """The page; with a query string, the answer in it."""
        template, fields = kept["index.html"][0].decode(), request.query_params.multi_items()
        if link := link_of_reading(template, fields):
            return RedirectResponse(f"./?{link}", 303, headers={"Cache-Control": "no-store"})
        html = await page_for(template, fields, _ask(request))
        return Response(html, media_type=TYPES["html"], headers={"Cache-Control": "no-store"})

    async def asset(request: Request) -> Response:
        """A file of the page."""
        found = kept.get(request.path_params["file"])
        if found is None:
            raise HTTPException(404)
        tag = f'"{hashlib.sha256(found[0]).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(found[0], media_type=found[1], headers=headers)

    app = Starlette(
        routes=[
            Route("/", page, methods=["GET"]),
            Route("/api/{name:str}", operation, methods=["POST"]),
            Route("/{file:str}", asset, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _by_status},  # type: ignore[dict-item]
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # an address with a slash more is no other one
    app.add_middleware(_Guarded, turns=turns, page=kept["index.html"][0].decode())
    return app


def _ask(request: Request) -> Any:
    workers: Workers = request.app.state.workers
    return lambda name, asked: workers.answer(name, asked)


def _gone(request: Request) -> Any:
    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return left


async def _body(request: Request, most: int) -> bytes | None:
    # None for more bytes than that: the rest is not read.
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > most:
            return None
    return bytes(found)


def _answer(answer: Mapping[str, Any]) -> Response:
    error = answer.get("error")
    if not error or "understood" in answer:
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
    if error["text"] == "busy":
        return JSONResponse(answer, 429, headers={"Retry-After": "10", "Cache-Control": "no-store"})
    return JSONResponse(answer, _STATUS.get(error["kind"], 422), headers={"Cache-Control": "no-store"})


def _refusal(error: MatcalcError, status: int) -> Response:
    return JSONResponse(refused(error), status, headers={"Cache-Control": "no-store"})


async def _by_status(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    says = {404: "there is no such page"}.get(error.status_code, error.detail)
    if error.status_code == 405:
        says = f"this is asked for by {headers['Allow']}"
    response = _refusal(RequestError(says, hint="/openapi.json describes what can be asked for"), error.status_code)
    response.headers.update(headers)
    return response


def _page_of(template: str, error: MatcalcError, status: int) -> Response:
    html = filled(template, "echo", fragments.failure(failure(error)))
    return Response(html, status, media_type=TYPES["html"], headers={"Cache-Control": "no-store"})


class _Guarded:
    # Counts the requests of each client, sends the headers that keep a page to itself, and answers a defect in words.

    def __init__(self, app: ASGIApp, turns: Turns, page: str) -> None:
        self.app = app
        self.page = page
        self.turns = turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], *_RAW]
            await send(message)

        asks = scope["path"].startswith("/api/") or (scope["path"] == "/" and scope["query_string"])
        if asks and not self.turns.take((scope.get("client") or ("",))[0]):
            error = LimitError("these are too many requests within a minute", hint="wait a little")
            page = scope["path"] == "/"  # a browser without scripts
            response = _page_of(self.page, error, 429) if page else _refusal(error, 429)
            response.headers["Retry-After"] = "5"
            await response(scope, receive, guarded)
            return
        try:
            await self.app(scope, receive, guarded)
        except ClientDisconnect:
            return
        except Exception as error:  # it is said, and nothing of the request is logged
            if not begun:
                await _refusal(defect(type(error).__name__), 422)(scope, receive, guarded)


_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def serve(host: str, port: int, limits: Limits, opened: bool = False) -> None:
    """Serves until it is stopped. The log says neither who asks nor what is asked.

    Raises UnsupportedError where nothing can listen at the address, or a package is missing.
    """
    import uvicorn

    app = application(limits)
    listening = _listening(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    print(f"matcalc is at {address}   (Ctrl-C stops it)", flush=True)
    if opened:
        webbrowser.open(address)
    config = uvicorn.Config(app, access_log=False, log_level="warning", server_header=False)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(128)  # who comes before the server has begun waits for it
    except OSError as error:
        said = f"nothing can listen at {host}, port {port}: {error.strerror or error}"
        raise UnsupportedError(said, hint="--port 0 takes a port that is free", text=host) from None
    return found
