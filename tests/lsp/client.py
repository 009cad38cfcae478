"""An editor that talks to ``cnnsize lsp`` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.helpers import ROOT

Message = dict[str, Any]


class Editor:
    """Sends requests and notifications, and keeps the findings that the server publishes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.published: dict[str, Message] = {}
        self.shown: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cnnsize", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "FORCE_COLOR": "1"},
        )

    def __enter__(self) -> Editor:
        self.server = self.ask(
            "initialize", {"processId": None, "rootUri": self.uri(""), "capabilities": {}}
        )
        self.tell("initialized", {})
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.ask("shutdown", None)
            self.tell("exit", None)
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read().decode()
        self.status = self.process.wait(10)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def uri(self, name: str) -> str:
        """Return the address of a file."""
        return (self.folder / name).as_uri()

    def send(self, message: Message) -> None:
        """Write a message."""
        self.write({"jsonrpc": "2.0", **message})

    def write(self, content: object) -> None:
        """Write JSON that may be no message."""
        data = json.dumps(content).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()

    def receive(self) -> Message:
        """Read a message."""
        stdout = self.process.stdout
        assert stdout is not None
        length = 0
        while (line := stdout.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        body = stdout.read(length)
        if not body:
            assert self.process.stderr is not None
            raise EOFError(self.process.stderr.read().decode())
        message: Message = json.loads(body)
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]
        if message.get("method") == "window/showMessage":
            self.shown.append(message["params"]["message"])
        return message

    def tell(self, method: str, params: object) -> None:
        """Send a notification."""
        self.send(
            {"method": method, "params": params} if params is not None else {"method": method}
        )

    def request(self, method: str, params: object) -> Message:
        """Send a request, and return its answer, which may be an error."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.number and "method" not in message:
                return message

    def ask(self, method: str, params: object) -> Any:
        """Send a request, and return its result."""
        answer = self.request(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, name: str, text: str, language: str = "cnn") -> list[Message]:
        """Open a text, and return the findings about it."""
        document = {"uri": self.uri(name), "languageId": language, "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return self.findings(name, 1)

    def change(self, name: str, text: str, version: int) -> None:
        """Replace a text."""
        document = {"uri": self.uri(name), "version": version}
        params = {"textDocument": document, "contentChanges": [{"text": text}]}
        self.tell("textDocument/didChange", params)

    def findings(self, name: str, version: int) -> list[Message]:
        """Return the findings about a version of a text, once they are published."""
        while self.published.get(self.uri(name), {}).get("version") != version:
            self.receive()
        findings: list[Message] = self.published[self.uri(name)]["diagnostics"]
        return findings
