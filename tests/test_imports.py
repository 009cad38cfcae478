"""What a fresh interpreter imports: start-up time is a feature. Who may import whom is
import-linter's to say.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.helpers import ROOT


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import cnnsize",
            (
                "torch",
                "rich",
                "pydantic",
                "json",
                "click",
                "difflib",
                "tomllib",
                "dataclasses",
                "inspect",
                "pygments",
                "docutils",
            ),
        ),
        (
            "import cnnsize; cnnsize.check('INPUT[10x10x3] -> CONV3-64(S=2, P=0)')",
            ("torch", "rich", "pydantic", "json", "click"),
        ),
        (
            "import cnnsize; print(cnnsize.summary('INPUT[9x9x3] -> CONV3-8(S=2, P=0) -> FC-10'))",
            ("torch", "rich", "pydantic", "json", "click", "tomllib"),
        ),
        ("import cnnsize; dir(cnnsize)", ("cnnsize.architecture", "re", "typing")),
        ("import cnnsize.cli", ("torch", "rich", "pydantic", "json", "tomllib")),
    ],
)
def test_a_fresh_interpreter_imports_only_what_it_uses(code: str, absent: tuple[str, ...]) -> None:
    script = f"{code}\nimport sys\nprint(*[name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1].split() == []


def test_the_levels_in_contributing_are_those_that_import_linter_checks() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    levels = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    checked = [sorted(level.split(" | ")) for level in levels]
    picture = re.search(
        r"```\n(\d+ __main__.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL
    )
    assert picture is not None
    drawn: list[list[str]] = []
    for line in picture[1].splitlines():
        number, words = line[:2].strip(), line[3:].split("  ")
        names = (
            [word.strip() for word in words if word.strip()]
            if number == "1"
            else [words[0].strip()]
        )
        if number:
            drawn.append(names)
        else:
            drawn[-1] += names
    assert [sorted(names) for names in drawn] == checked
