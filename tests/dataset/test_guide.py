"""The page ``scale`` of the guide: its first command runs, and each session prints what it shows."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers import ROOT
from tests.test_readme import executed_session, run

PAGE = (ROOT / "cnnsize" / "guide" / "scale.md").read_text("utf-8")
SESSIONS = re.findall(r"(?ms)^```pycon\n(.*?)^```$", PAGE)


def test_the_sessions_print_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = re.search(r"(?m)^cnnsize family .* -o members\.parquet$", PAGE)
    assert command is not None
    assert run(command[0]) == "members.parquet: 25,992 rows in 1 file\n"
    for session in SESSIONS:
        name = session.split()[2]
        if find_spec(name) is not None:  # the tests do not require pandas, polars or DuckDB
            assert executed_session(session).rstrip() == session.rstrip()
