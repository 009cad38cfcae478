"""The Sphinx extension, on documents that Sphinx builds."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import ROOT

pytest.importorskip("sphinx")
pytestmark = pytest.mark.slow  # Sphinx starts in a process of its own

GOOD = "INPUT[32x32x3] -> CONV3-8 -> RELU -> FC-10"
BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10"
FAULT = (
    "WARNING: error[CNN101] the output size is not a whole number: "
    "(10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5 [cnnsize.CNN101]"
)


class Built:
    """What a build printed on stderr, its exit status and its page."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "--no-color",
            *options,
            str(folder),
            str(folder / "out"),
        ]
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
        )
        self.status = done.returncode
        self.stderr = done.stderr
        self.warnings = [
            line.removeprefix(f"{folder}{os.sep}")
            for line in done.stderr.splitlines()
            if "WARNING: " in line
        ]
        page = folder / "out" / "index.html"
        self.page = page.read_text("utf-8") if page.exists() else ""


def build(folder: Path, text: str, *options: str, suffix: str = "rst", conf: str = "") -> Built:
    """Build a page."""
    myst = ", 'myst_parser'" if suffix == "md" else ""
    (folder / "conf.py").write_text(f"extensions = ['cnnsize.sphinx'{myst}]\n{conf}\n")
    (folder / f"index.{suffix}").write_text(text, encoding="utf-8")
    return Built(folder, *options)


def test_a_good_network_is_shown_with_its_table(tmp_path: Path) -> None:
    options = "   :table:\n   :figure:\n   :alt: a small network\n   :name: net\n"
    text = f"Title\n=====\n\n.. cnn::\n{options}\n   {GOOD}\n"
    built = build(tmp_path, text, "-W")
    assert (built.status, built.warnings) == (0, [])
    assert '<span class="nb">CONV</span>' in built.page and 'id="net"' in built.page
    assert "W x H x D" in built.page and "Parameters" in built.page
    image = re.search(
        r'<img alt="a small network" class="cnnsize" src="data:image/svg\+xml;base64,([^"]*)"',
        built.page,
    )
    assert image is not None
    assert b'aria-label="Volumes of INPUT[32x32x3]' in base64.b64decode(image[1])


def test_figures_that_cannot_be_drawn_are_warnings(tmp_path: Path) -> None:
    directive = ".. cnn::\n   :figure: {}\n\n   INPUT[8x8x1] -> FC-2\n\n"
    kinds = ("graph", "tiling", "grph")
    alt = f".. cnn::\n   :alt: nothing\n\n   {GOOD}\n\n"
    alt += ".. cnn::\n   :figure:\n\n   INPUT[8x8x1] -> [FC-2]*N -> FC-3\n"
    built = build(tmp_path, "Title\n=====\n\n" + "".join(map(directive.format, kinds)) + alt)
    assert 'alt="Graph of INPUT[8x8x1] -&gt; FC-2"' in built.page
    assert 'alt="Family of INPUT[8x8x1] -&gt; [FC-2]*N -&gt; FC-3"' in built.page
    warnings = [line for line in built.warnings if "[cnnsize.figure]" in line]
    assert warnings == [
        "index.rst:9: WARNING: cnnsize: no layer of this network slides a window over an input of "
        "known size [cnnsize.figure]",
        "index.rst:19: WARNING: cnnsize: the option :alt: describes a picture; add :figure: "
        "[cnnsize.figure]",
    ]
    assert "invalid option value: (option: \"figure\"; value: 'grph')" in built.stderr
    assert "unknown figure 'grph'; did you mean 'graph'?" in built.stderr


def test_a_fault_is_a_warning_at_its_line_and_column(tmp_path: Path) -> None:
    text = f"Title\n=====\n\n.. note::\n\n   .. cnn::\n\n      # a comment\n      {BAD}\n"
    built = build(tmp_path, text)
    assert built.status == 0
    assert built.warnings == [f"index.rst:9:25: {FAULT}"]
    again = build(tmp_path, text)  # nothing changed, and the fault is still there
    assert again.warnings == built.warnings
    assert build(tmp_path, text, "-W", "-E").status != 0


def test_a_fault_that_is_announced_is_shown_and_no_warning(tmp_path: Path) -> None:
    built = build(tmp_path, f"Title\n=====\n\n.. cnn::\n   :bad:\n\n   {BAD}\n", "-W")
    assert built.status == 0
    assert "the output size is not a whole number" in built.page


def test_an_announced_fault_that_is_none_is_a_warning(tmp_path: Path) -> None:
    built = build(tmp_path, f"Title\n=====\n\n.. cnn::\n   :bad:\n\n   {GOOD}\n")
    assert built.warnings == [
        "index.rst:4: WARNING: cnnsize: the network has no fault, but is marked with :bad: [cnnsize.CNN903]"
    ]


def test_a_code_can_be_suppressed(tmp_path: Path) -> None:
    text = f"Title\n=====\n\n.. cnn::\n\n   {BAD}\n"
    assert build(tmp_path, text, conf="suppress_warnings = ['cnnsize.CNN101']").warnings == []


def test_text_that_is_no_network_is_a_warning(tmp_path: Path) -> None:
    built = build(tmp_path, "Title\n=====\n\n.. cnn::\n\n   INPUT[32x32x3] -> CONVOLVE-3\n")
    (warning,) = built.warnings
    assert warning.startswith("index.rst:6:22: WARNING: error[CNN002]")


def test_myst(tmp_path: Path) -> None:
    pytest.importorskip("myst_parser")
    text = (
        f"# Title\n\n```{{cnn}}\n:table:\n\n{GOOD}\n```\n\n"
        f"```{{cnn}}\n{BAD}\n```\n\n> ```{{cnn}}\n> {BAD}\n> ```\n\n```cnn\n{GOOD}\n```\n"
    )
    built = build(tmp_path, text, "-j", "2", suffix="md")
    assert built.warnings == [f"index.md:10:19: {FAULT}", f"index.md:14:21: {FAULT}"]
    assert built.page.count('<span class="nb">INPUT</span>') == 4
