"""The progress bar: drawn late, on terminals only, with numbers as everywhere else."""

from __future__ import annotations

import io

import pytest

from cnnsize.render.progress import Bar


class Terminal(io.StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [(65_536, 1_002_240, "   65,536/1,002,240"), (1_234, None, "m1,234\x1b")],
)
def test_counts_have_separators(
    monkeypatch: pytest.MonkeyPatch, done: int, total: int | None, text: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with Bar(begin=-10.0) as bar:
        bar(done, total)
    assert text in terminal.getvalue()
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with Bar() as bar:
        bar(done, total)
    assert terminal.getvalue() == "", "short work has no bar"
