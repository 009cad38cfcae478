"""What the wheel holds."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from cnnsize.text.codes import CORE
from tests.helpers import ROOT


def test_the_wheel_holds_the_rules_and_makes_nothing_named_rules_importable(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    pages = {name for name in names if name.startswith("cnnsize/rules/CNN")}
    assert len(pages) == len(list((ROOT / "rules").glob("CNN*.md"))) >= len(CORE)
    assert not any(name.startswith("rules/") for name in names)
    assert "cnnsize/py.typed" in names
