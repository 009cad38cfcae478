"""The server of the page, on 127.0.0.1 only: it carries requests to ``respond``."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, RawIOBase
from socket import socket
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from cnnsize.page.requests import HEADERS, MAX_BODY, Request, Response, Site, refusal, respond
from cnnsize.text.terminal import safe

TIMEOUT = 10  # seconds to send a request, after which a connection is closed
MAX_DISCARDED = 20_000_000  # bytes of a body that is refused
MAX_DIGITS = 12  # of the length of a body
MAX_CONNECTIONS = 64  # at once; more are closed


class PageServer(ThreadingHTTPServer):
    """A server whose ``site`` is set once its port is known."""

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS
    site: Site

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        names = ("127.0.0.1", "localhost")
        self.free = BoundedSemaphore(MAX_CONNECTIONS)
        self.site = Site(frozenset(f"{name}:{self.port}" for name in names))

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, or close it where there are too many."""
        if self.free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection until it is closed."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore connections that the browser has dropped."""


class TimedReader(RawIOBase):
    """Reads a connection until a deadline, however slowly the bytes come."""

    def __init__(self, connection: socket, seconds: float) -> None:
        self.connection = connection
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Set the deadline anew."""
        self.deadline = monotonic() + self.seconds

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come. Raises TimeoutError after the deadline."""
        self.connection.settimeout(max(self.deadline - monotonic(), 0.001))
        try:
            return self.connection.recv_into(buffer)
        finally:
            self.connection.settimeout(self.seconds)


class Handler(BaseHTTPRequestHandler):
    """Reads a request, within limits of size and time, and writes its answer."""

    timeout = TIMEOUT
    server_version, sys_version = "cnnsize", ""
    protocol_version = "HTTP/1.1"
    server: PageServer

    def setup(self) -> None:
        """Read requests with a deadline."""
        super().setup()
        self.rfile.close()
        self.reader = TimedReader(self.connection, self.timeout)
        self.rfile = BufferedReader(self.reader)

    def handle_one_request(self) -> None:
        """Read a request, and answer it."""
        self.reader.restart()
        super().handle_one_request()

    def answer(self) -> None:
        """Answer a request of any method."""
        if not self.is_short():
            self.refuse_body()
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(self.length))
        request = Request(self.command, self.path, headers, body)
        try:
            response = respond(request, self.server.site)
        except Exception as error:  # the page says so, and the next text has its answer
            reason = f"internal error: {type(error).__name__}: {error}; please report this text"
            response = refusal(500, safe(reason))
        self.write(response)

    @property
    def length(self) -> str:
        """The length of the body, as the request gives it."""
        return str(self.headers.get("content-length") or "0")

    def is_short(self) -> bool:
        """Return whether the body has a length that is known and within the limit."""
        length = self.length
        is_number = length.isascii() and length.isdigit() and len(length) <= MAX_DIGITS
        return is_number and int(length) <= MAX_BODY and "transfer-encoding" not in self.headers

    def handle_expect_100(self) -> bool:
        """Refuse a body before it is sent, where the other side asks first."""
        if self.is_short():
            return super().handle_expect_100()
        self.refuse_body()
        return False

    def refuse_body(self) -> None:
        """Refuse a body, and read some of it: a client that still sends would miss the answer."""
        self.close_connection = True
        self.write(refusal(413, f"a question has at most {MAX_BODY:,} bytes"))
        self.wfile.flush()
        left = MAX_DISCARDED
        while left > 0 and (part := self.rfile.read1(65536)):
            left -= len(part)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = answer

    def write(self, response: Response) -> None:
        """Write an answer with the headers that all answers have."""
        self.send_response(response.status)
        fields = {"Content-Type": response.type, "Content-Length": str(len(response.body))}
        for name, value in {**fields, **HEADERS}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is not a request, with the headers that all answers have."""
        self.close_connection = True
        self.write(refusal(code, self.responses[code][0]))

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing: the terminal belongs to the user."""
