"""A file that the page follows."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Timer

import pytest

import cnnsize.page.follow as follow
from cnnsize.page.answer import QuestionError
from cnnsize.page.follow import FollowedFile
from tests.helpers import BAD, GOOD


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "WAIT", 0.02)
    monkeypatch.setattr(follow, "INTERVAL", 0.005)


def test_networks_come_when_the_file_is_saved_replaced_deleted_and_back(tmp_path: Path) -> None:
    path = tmp_path / "nets.cnn"
    path.write_text(f"# mine\n{GOOD}\n", "utf-8")
    file = FollowedFile(str(path))
    first = file({})
    assert first["networks"] == [{"name": "whole file", "text": f"# mine\n{GOOD}\n"}]
    assert first["name"] == "nets.cnn"
    assert file({"stamp": first["stamp"]}) == {"stamp": first["stamp"]}

    replacement = tmp_path / "new"
    replacement.write_text(BAD, "utf-8")
    os.replace(replacement, path)
    second = file({"stamp": first["stamp"]})
    assert second["networks"][0]["text"] == BAD

    path.unlink()
    with pytest.raises(QuestionError, match=r"nets\.cnn: no such file"):
        file({"stamp": second["stamp"]})
    assert file({"stamp": ""}) == {"stamp": ""}
    path.write_text(GOOD, "utf-8")
    assert file({"stamp": ""})["networks"][0]["text"] == GOOD


def test_an_answer_comes_as_soon_as_the_file_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "WAIT", 30)
    path = tmp_path / "nets.cnn"
    path.write_text(GOOD, "utf-8")
    file = FollowedFile(str(path))
    timer = Timer(0.05, path.write_text, (BAD, "utf-8"))
    timer.start()
    saved = file({"stamp": file.stamp()})
    timer.join()
    assert saved["networks"][0]["text"] in (BAD, "")  # a file is empty between truncation and text


SOURCE = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
    def forward(self, x):
        return self.conv(x)

class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 5)
    def forward(self, x):
        return self.conv(x)
"""


@pytest.mark.parametrize(
    ("name", "content", "networks"),
    [
        (
            "a.md",
            f"# A\n\n```cnn\nnet = {GOOD}\n```\n\ntext\n\n```cnn\n{BAD}\n```\n",
            ["net", "line 10"],
        ),
        ("a.md", "no network", []),
        ("a.md", "```cnn\nINPUT[3x3x3] -> BLA-3\n```\n", ["line 2"]),
        ("a.py", f'"""A net.\n\n```cnn\n{GOOD}\n```\n"""\n', ["line 4"]),
        ("a.py", SOURCE, ["Net", "Other"]),
        ("a.py", "", []),
    ],
)
def test_each_network_of_a_file_has_a_name(
    tmp_path: Path, name: str, content: str, networks: list[str]
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    assert [network["name"] for network in FollowedFile(str(path))({})["networks"]] == networks


def test_lines_end_as_in_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_bytes(f"# mine\r\n{GOOD}\r{BAD}".encode())
    assert FollowedFile(str(path))({})["networks"][0]["text"] == f"# mine\n{GOOD}\n{BAD}"


def test_one_network_of_source_is_followed_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOURCE, "utf-8")
    networks = FollowedFile(str(path), "Net")({})["networks"]
    assert [network["name"] for network in networks] == ["Net"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\0\1", "a.py: binary file"),
        (b"from torch import nn\nclass Net(:\n", "a.py: not Python"),
        (
            SOURCE.partition("class Other")[0].replace("(3, 8, 3)", "(3, 8, f())").encode(),
            "a.py:6: Net is not read: ",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes, error: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)
    with pytest.raises(QuestionError, match=error):
        FollowedFile(str(path))({})
