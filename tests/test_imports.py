"""What a fresh interpreter imports: start-up time is a feature. Who may import whom is import-linter's to say."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import cnnsize",
            ("torch", "rich", "pydantic", "json", "click", "difflib", "tomllib", "dataclasses", "inspect"),
        ),
        (
            "import cnnsize; cnnsize.check('INPUT[10x10x3] -> CONV3-64(S=2, P=0)')",
            ("torch", "rich", "pydantic", "json", "click"),
        ),
        ("import cnnsize.cli", ("torch", "rich", "pydantic", "json", "tomllib")),
    ],
)
def test_a_fresh_interpreter_imports_only_what_it_uses(code: str, absent: tuple[str, ...]) -> None:
    script = f"{code}\nimport sys\nprint(*[name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
