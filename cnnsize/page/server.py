"""The server of the page, on 127.0.0.1 only: it carries requests to ``respond``."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cnnsize.page.requests import HEADERS, MAX_BODY, Request, Response, Site, refusal, respond

TIMEOUT = 10  # seconds without a byte, after which a connection is closed
MAX_CONNECTIONS = 64


class PageServer(ThreadingHTTPServer):
    """A server whose ``site`` is set once its port is known."""

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS
    site: Site

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        names = ("127.0.0.1", "localhost")
        self.site = Site(frozenset(f"{name}:{self.port}" for name in names))

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore connections that the browser has dropped."""


class Handler(BaseHTTPRequestHandler):
    """Reads a request, within limits of size and time, and writes its answer."""

    timeout = TIMEOUT
    server_version, sys_version = "cnnsize", ""
    protocol_version = "HTTP/1.1"
    server: PageServer

    def answer(self) -> None:
        """Answer a request of any method."""
        length = self.headers.get("content-length") or "0"
        is_short = length.isascii() and length.isdigit() and int(length[:12]) <= MAX_BODY
        if not is_short or "transfer-encoding" in self.headers:
            self.close_connection = True
            self.write(refusal(413, f"a question has at most {MAX_BODY:,} bytes"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        self.write(respond(Request(self.command, self.path, headers, body), self.server.site))

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

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing: the terminal belongs to the user."""
