"""What the server answers to each request, without a socket, and what its socket refuses."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from threading import Thread
from time import monotonic

import pytest

import cnnsize.page.requests as requests
import cnnsize.page.server as server
from cnnsize.limits import MAX_PAGE_TEXT
from cnnsize.page.answer import answer
from cnnsize.page.requests import HEADERS, MAX_BODY, Request, Response, Site, respond
from cnnsize.page.server import PageServer
from tests.helpers import BAD, GOOD

HOST = "127.0.0.1:8000"
SITE = Site(frozenset({HOST, "localhost:8000"}), '"><script>alert(1)</script>')
QUESTION = {"text": GOOD, "view": "volumes", "theme": "light"}
BODY = json.dumps(QUESTION).encode()
OWN = {"host": HOST, "content-type": "application/json"}


def post(body: bytes = BODY, headers: dict[str, str] | None = None) -> Response:
    """Return the answer to a question with other headers."""
    return respond(Request("POST", "/api/answer", {**OWN, **(headers or {})}, body), SITE)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}, 200),
        ({"host": "LOCALHOST:8000", "origin": "http://localhost:8000"}, 200),
        ({"content-type": "Application/JSON; charset=utf-8"}, 200),
        ({"host": "rebound.example:8000"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"host": "127.0.0.1:8001"}, 421),
        ({"host": ""}, 421),
        ({"origin": "https://other.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"https://{HOST}"}, 403),
        ({"origin": "http://localhost:8000"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": ""}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_a_question_must_come_from_our_own_page(headers: dict[str, str], status: int) -> None:
    response = post(headers=headers)
    assert response.status == status
    assert (status == 200) == (response.body == json.dumps(answer(QUESTION)).encode())


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[" * 100_000, 400, "not JSON"),
        (b'{"text": ' + b"9" * 10_000 + b"}", 400, "not JSON"),
        (b"[1]", 400, "JSON object"),
        (b"null", 400, "JSON object"),
        (b"{}", 200, "write a network"),
        (b'{"view": "no"}', 200, "view must be one of"),
        (b'{"text": 3, "view": "volumes", "theme": "light"}', 200, "text must be a text"),
        (b'{"text": "", "view": "volumes", "theme": "pink"}', 200, "theme must be one of"),
        (
            json.dumps({**QUESTION, "text": "x" * (MAX_PAGE_TEXT + 1)}).encode(),
            200,
            "20,000 characters",
        ),
        (b'{"text": "\\ud800", "view": "volumes", "theme": "light", "network": -1}', 200, "error"),
        (b'{"texts": ""}', 200, "unknown key 'texts'; the keys are text, view"),
        (json.dumps({**QUESTION, "network": 1e400, "layer": ["1"]}).encode(), 200, "valid"),
    ],
)
def test_each_body_has_an_answer_or_a_refusal(body: bytes, status: int, words: str) -> None:
    response = post(body)
    assert (response.status, words in response.body.decode()) == (status, True)


@pytest.mark.parametrize(
    ("method", "path", "status", "type"),
    [
        ("GET", "/", 200, "text/html; charset=utf-8"),
        ("GET", "/?a=b", 200, "text/html; charset=utf-8"),
        ("HEAD", "/index.html", 200, "text/html; charset=utf-8"),
        ("GET", "/app.js", 200, "text/javascript; charset=utf-8"),
        ("GET", "/app.css", 200, "text/css; charset=utf-8"),
        ("GET", "/worker.js", 404, "text/plain; charset=utf-8"),
        ("GET", "/__init__.py", 404, "text/plain; charset=utf-8"),
        ("GET", "/../answer.py", 404, "text/plain; charset=utf-8"),
        ("GET", "//etc/passwd", 404, "text/plain; charset=utf-8"),
        ("GET", "/%2e%2e/answer.py", 404, "text/plain; charset=utf-8"),
        ("GET", "/api/answer", 404, "text/plain; charset=utf-8"),
        ("GET", "http://127.0.0.1:8000/", 404, "text/plain; charset=utf-8"),
        ("POST", "/", 404, "text/plain; charset=utf-8"),
        ("POST", "/api/file", 404, "text/plain; charset=utf-8"),
        ("OPTIONS", "/api/answer", 405, "text/plain; charset=utf-8"),
        ("PUT", "/index.html", 405, "text/plain; charset=utf-8"),
    ],
)
def test_files_have_names_and_no_paths(method: str, path: str, status: int, type: str) -> None:
    response = respond(Request(method, path, OWN, BODY), SITE)
    assert (response.status, response.type) == (status, type)


def test_the_first_text_is_escaped() -> None:
    page = respond(Request("GET", "/", OWN), SITE).body.decode()
    assert 'data-text="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page
    assert "<script>alert" not in page
    assert "data-follows" not in page


@pytest.fixture(scope="module")
def running() -> Iterator[PageServer]:
    """A server with few connections and little patience."""
    patch = pytest.MonkeyPatch()
    patch.setattr(server, "MAX_CONNECTIONS", 4)
    patch.setattr(server.Handler, "timeout", 0.3)
    with PageServer(0) as page:
        thread = Thread(target=page.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield page
        page.shutdown()
    patch.undo()


def sent(page: PageServer, content: bytes) -> bytes:
    """Return all that the server answers to bytes."""
    with socket.create_connection(("127.0.0.1", page.port), timeout=5) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_browser_asks_twice_on_one_connection(running: PageServer) -> None:
    connection = HTTPConnection("127.0.0.1", running.port, timeout=5)
    for text in (GOOD, BAD):
        question = {**QUESTION, "text": text}
        headers = {"Content-Type": "application/json", "Origin": running.url.rstrip("/")}
        connection.request("POST", "/api/answer", json.dumps(question), headers)
        response = connection.getresponse()
        assert {name: response.headers[name] for name in HEADERS} == HEADERS
        assert json.loads(response.read()) == answer(question)
    connection.request("HEAD", "/")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")
    assert int(response.headers["Content-Length"]) > 1000
    connection.close()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"POST /api/answer HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n", b"413"),
        (b"POST /api/answer HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1), b"413"),
        (
            b"POST /api/answer HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10_000_000,
            b"413",
        ),
        (
            b"POST /api/answer HTTP/1.1\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\n\r\n",
            b"413",
        ),
        (b"POST /api/answer HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"413"),
        (b"POST /api/answer HTTP/1.1\r\nContent-Length: " + b"0" * 5000 + b"\r\n\r\n", b"413"),
        (b"POST /api/answer HTTP/1.1\r\nContent-Length: " + b"1" * 5000 + b"\r\n\r\n", b"413"),
        (b"POST /api/answer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"413"),
        (b"POST /api/answer HTTP/1.1\r\nContent-Length: 50\r\n\r\n{", b"421"),  # ends too early
        (b"GET / HTTP/1.1\r\n\r\n", b"421"),  # no Host
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431"),
        (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", b"501"),
        (b"\x16\x03\x01 TLS\r\n\r\n", b""),
        (b"", b""),
    ],
)
def test_no_bytes_hang_or_stop_the_server(
    running: PageServer, content: bytes, status: bytes
) -> None:
    answered = sent(running, content)
    assert (
        answered.startswith(b"HTTP/1.1 %s " % status)
        if status
        else b"\r\n" not in answered and b"<" not in answered
    )
    host = b"localhost:%d" % running.port
    assert b" 200 " in sent(running, b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host)[:20]


def test_slow_connections_are_closed_and_few_are_served(running: PageServer) -> None:
    half = b"POST /api/answer HTTP/1.1\r\nContent-Length: 50\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", running.port), timeout=5) for _ in range(4)]
    for connection in slow:
        connection.sendall(half)
    assert sent(running, b"") == b""  # one too many
    begin = monotonic()
    for connection in slow:
        connection.settimeout(0.05)
        while True:  # a byte now and then gives no connection more time
            try:
                assert connection.recv(100) == b""  # closed after the patience of the server
                break
            except TimeoutError:
                with suppress(OSError):
                    connection.sendall(b"x")
        connection.close()
    assert monotonic() - begin < 2
    host = b"localhost:%d" % running.port
    assert b" 200 " in sent(running, b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host)[:20]


def test_a_fault_of_ours_is_an_answer_and_the_server_goes_on(
    running: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(question: object) -> None:
        raise KeyError("\x1b[31mred")

    monkeypatch.setattr(requests, "answer", fail)
    connection = HTTPConnection("127.0.0.1", running.port, timeout=5)
    connection.request("POST", "/api/answer", BODY, {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read().decode()
    assert response.status == 500
    assert "internal error: KeyError" in text and "please report" in text and "\x1b" not in text
    connection.close()
