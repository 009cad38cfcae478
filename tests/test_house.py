"""The house: who may import whom, what a plain check imports, and what the wheel holds."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import cnnsize
from cnnsize.text.diagnostic import CORE

PACKAGE = Path(cnnsize.__file__).parent
ROOT = Path(__file__).parent.parent
FLOORS = {
    "limits": 0, "record": 0, "source": 0, "rule": 0,
    "catalogue": 1, "words": 1, "diagnostic": 1, "folders": 1,
    "expressions": 2, "syntax": 2, "layers": 2,
    "resolve": 3, "network": 3, "walk": 3,
    "architecture": 4, "measure": 4, "fit": 4, "parse": 4, "blocks": 4, "graph": 4, "selection": 4, "extract": 4,
    "files": 5, "zoo": 5, "rewrite": 5, "config": 5, "pages": 5, "facts": 5, "context": 5, "checks": 5, "style": 5, "fixers": 5, "family": 5, "boundary": 5, "survey": 5, "members": 5, "match": 5, "inputs": 5, "torch_code": 5,
    "lint": 6, "suppress": 6, "memory": 6,
    "report": 7, "rulebook": 7, "smoke": 7, "mend": 8,
    "render": 9, "contract": 9, "cli": 10, "__main__": 11, "__init__": 11,
}  # fmt: skip
# imports inside a function that reach up, each with its reason
LATE = {
    ("network", "fit"),  # Network.diagnostics words its faults
    ("network", "measure"),  # Network.steps and .totals
    ("network", "torch_code"),  # Network.torch_source
    ("network", "smoke"),  # Network.to_torch
    ("fit", "parse"),  # a fix is proved on the text itself
    ("parse", "blocks"),  # most texts define no block
    ("architecture", "parse"),  # and so is the fix of an error
    ("fixers", "lint"),  # a fix is proved by its rule
    ("checks", "match"),  # CNN801 is off by default
    ("architecture", "family"),  # Architecture.family and .members
    ("architecture", "match"),
    ("architecture", "inputs"),
    ("syntax", "layers"),  # the formatter asks a kind for its option names
}
NEIGHBOURS = (
    "walk",
    "diagnostic",
    "architecture",
    "parse",
    "blocks",
    "extract",
    "fit",
    "rewrite",
    "context",
    "checks",
    "fixers",
    "boundary",
    "survey",
    "members",
    "match",
)  # may import their own floor
TYPES_ONLY = {
    ("network", "measure"),
    ("network", "architecture"),
    ("walk", "architecture"),
    ("facts", "context"),
    ("suppress", "report"),
    ("architecture", "family"),
    ("architecture", "match"),
    ("architecture", "inputs"),
}


def part(module: str) -> str:
    return module.split(".")[1] if module.count(".") else "__init__"


def imports() -> list[tuple[str, str, bool]]:
    """(importing part, imported part, at the module's top level) of every import within the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).parts
        here = inside[0].removesuffix(".py")
        tree = ast.parse(path.read_text("utf-8"))
        top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cnnsize"):
                names = [node.module] if node.module != "cnnsize" else ["cnnsize.__init__" for _ in node.names]
                found += [(here, part(name), id(node) in top) for name in names]
    return found


def test_a_module_imports_only_from_lower_floors() -> None:
    for here, there, top in imports():
        if here == there or FLOORS[there] < FLOORS[here] or (there == "__init__" and here in ("cli", "report")):
            continue
        if top:
            same_floor = FLOORS[there] == FLOORS[here] and here in NEIGHBOURS
            assert same_floor, f"{here} imports {there} from a higher floor"
        else:
            assert (here, there) in LATE | TYPES_ONLY or there == "__init__", f"{here} reaches up to {there}"


def test_every_module_has_a_floor() -> None:
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    assert parts <= set(FLOORS)


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


def test_the_wheel_holds_the_rules_and_makes_nothing_named_rules_importable(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    pages = {name for name in names if name.startswith("cnnsize/rules/CNN")}
    assert len(pages) == len(list((ROOT / "rules").glob("CNN*.md"))) >= len(CORE)
    assert not any(name.startswith("rules/") for name in names)
    assert "cnnsize/py.typed" in names
