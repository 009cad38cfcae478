"""What the server answers to each request, as one function without a socket.

The page is for the browser of this machine's user. Other pages that the browser shows may send requests
too, so every request must name this server as its host, and a question must come from our own page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from cnnsize.page.answer import QuestionError, answer
from cnnsize.page.web import FILES, index_page

MAX_BODY = 200_000  # bytes
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TEXT, JSON, HTML = "text/plain; charset=utf-8", "application/json", "text/html; charset=utf-8"
Question = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Request(NamedTuple):
    """A request; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class Response(NamedTuple):
    """The answer to a request."""

    status: int
    type: str
    body: bytes


class Site(NamedTuple):
    """What a server answers for: its names with the port, the first text, and a file to follow."""

    hosts: frozenset[str]
    text: str = ""
    follow: Question | None = None


def respond(request: Request, site: Site) -> Response:
    """Return the answer to a request."""
    if request.headers.get("host", "").lower() not in site.hosts:
        return refusal(421, "this server answers for 127.0.0.1 only")  # against DNS rebinding
    path = request.path.partition("?")[0]
    if request.method == "POST":
        return refused_question(request) or answered(request, path, site)
    if request.method not in ("GET", "HEAD"):
        return refusal(405, "use GET, HEAD or POST")
    name = path.removeprefix("/") or "index.html"
    if name == "index.html":
        follows = "yes" if site.follow is not None else ""
        page = index_page({"backend": "server", "text": site.text, "follows": follows})
        return Response(200, HTML, page.encode())
    if name not in FILES:  # names from a table, never paths
        return refusal(404, "no such page")
    return Response(200, FILES[name], files("cnnsize.page").joinpath("web", name).read_bytes())


def refused_question(request: Request) -> Response | None:
    """Return why a question of another page is refused; None for one of our own."""
    headers = request.headers
    own = f"http://{headers['host']}"
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return refusal(403, "questions come from this server's own page")
    if headers.get("origin", own).lower() != own.lower():
        return refusal(403, "questions come from this server's own page")
    # any other type could be sent by a form of another page
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        return refusal(415, f"questions are {JSON}")
    return None


def answered(request: Request, path: str, site: Site) -> Response:
    """Return the answer to a question."""
    questions: dict[str, Question] = {"/api/answer": answer}
    if site.follow is not None:
        questions["/api/file"] = site.follow
    if path not in questions:
        return refusal(404, "no such question")
    try:
        question = json.loads(request.body)
        if not isinstance(question, dict):
            return refusal(400, "a question is a JSON object")
        result = questions[path](question)
    except (ValueError, RecursionError):
        return refusal(400, "the question is not JSON")
    except QuestionError as error:  # a browser would print a failed request on its console
        result = {"error": str(error)}
    return Response(200, JSON, json.dumps(result).encode())


def refusal(status: int, reason: str) -> Response:
    """Return a refusal with its reason."""
    return Response(status, TEXT, f"{reason}\n".encode("utf-8", "replace"))
