"""``check`` of many files: the same output for every number of processes, and with every cache."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnnsize.cli.commands import cli
from cnnsize.files import cache
from cnnsize.files.stamp import stamp_of
from tests.files.helpers import write_files
from tests.helpers import BAD, GOOD, cnnsize

CLEAN = "INPUT[32x32x3] -> [[CONV3-8 -> RELU]*2 -> POOL]*3 -> FC-10"  # without any note

NETWORK = """import torch.nn as nn
from {module} import WIDTH

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, WIDTH, 3)
        self.second = nn.Conv2d(16, 32, 3)

    def forward(self, x):
        return self.second(self.first(x))
"""
TREE: dict[str, str | bytes] = {
    "a.cnn": f"first = {GOOD}\nsecond = {BAD}\n",
    "b.cnn": f"{GOOD}\nINPUT[8x8x3] -> CONVX\n",
    "c.md": f"# Page\n\n```cnn\n{GOOD}\n```\n\n```cnn bad\n{BAD}\n```\n",
    "d.md": f"<!-- cnnsize: ignore[CNN101] -->\n```cnn\n{BAD}\n```\n",
    "e.py": f"# cnnsize: {GOOD}\n\n\ndef f():\n    return 1\n",
    "f.py": f"'''cnn\n\n```cnn\n{BAD}\n```\n'''\nbroken = (\n",
    "family.cnn": "INPUT[32x32x3] -> [CONV3-8 -> RELU]*N -> FC-10\n",
    "latin.cnn": b"\xe9\xff\n",
    "clean.cnn": f"{CLEAN}\n{CLEAN}\n",
    "nothing.txt": "cnn and nothing else\n",
    "other.yaml": "key: value\n",
    "table.cnn": "a\tb\tc\n1\t2\t3\n",
    "notebook.ipynb": "{cnn",
    "binary.bin": b"cnn\0cnn",
    "model.py": NETWORK.format(module="sizes"),
    "sizes.py": "WIDTH = 8\n",
    **{f"many/{number}.cnn": f"net{number} = {GOOD}\n" for number in range(20)},
}
FLAGS = [[], ["-v"], ["--output-format", "json"], ["--extract", "models", "--select", "ALL"]]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_the_output_is_the_same_for_every_number_of_jobs(tmp_path: Path, flags: list[str]) -> None:
    write_files(tmp_path, TREE)
    outputs = [
        cnnsize("check", ".", *flags, *speed, cwd=tmp_path)
        for speed in (["--jobs", "1", "--no-cache"], ["--jobs", "3", "--no-cache"], [])
    ]
    assert outputs[0] == outputs[1] == outputs[2]
    assert outputs[0][0] == 2  # latin.cnn is unreadable


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, in which results are trusted at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cache, "SETTLING", -(10**12))
    return tmp_path


def check(*arguments: str) -> Result:
    """Check the current folder in this process."""
    return CliRunner().invoke(cli, ["check", ".", "--jobs", "1", *arguments])


def results_of(folder: Path) -> list[Path]:
    """Return the files of a cache that hold results."""
    return sorted(folder.glob("results-*"))


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_a_second_run_prints_the_same(tree: Path, flags: list[str]) -> None:
    write_files(tree, TREE)
    first, second, third = check(*flags), check(*flags), check(*flags, "--no-cache")
    assert first.stdout == second.stdout == third.stdout
    assert first.stderr == second.stderr == third.stderr
    assert first.exit_code == second.exit_code == third.exit_code == 2


def test_a_clean_file_is_not_read_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tree, {"a.cnn": CLEAN, "b.md": "nothing", "c.cnn": BAD})
    first = check()
    monkeypatch.setattr("cnnsize.files.document.read_bytes", lambda *_, **__: b"")
    assert "2 networks" in first.stdout
    assert "1 network:" in check().stdout  # c.cnn has a finding, and is read
    monkeypatch.undo()


def test_the_folder_of_the_cache_is_for_this_program_alone(tree: Path) -> None:
    write_files(tree, {"a.cnn": CLEAN})
    check()
    folder = tree / ".cnnsize_cache"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f0688")
    assert len(results_of(folder)) == 1
    assert check("--show-files").stdout == "a.cnn\n"


def change_and_keep_the_time(path: Path, text: str) -> None:
    """Write a text of the same size, and set the time of the file back."""
    before = path.stat()
    assert before.st_size == len(text)
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_change_that_keeps_size_and_time_is_noticed(tree: Path) -> None:
    good, bad = f"{CLEAN}\n", f"{CLEAN}\n".replace("FC-10", "FC-00")
    write_files(tree, {"a.cnn": good})
    assert check().exit_code == 0
    assert check().exit_code == 0
    change_and_keep_the_time(tree / "a.cnn", bad)
    assert check().exit_code == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [("sizes.py", "WIDTH = 8\n"), ("sizes/__init__.py", "WIDTH = 8\n")],
    ids=["the module changes", "another module comes first"],
)
def test_a_module_that_is_imported_counts(tree: Path, change: str, text: str) -> None:
    write_files(tree, {"net.py": NETWORK.format(module="sizes"), "sizes.py": "WIDTH = 16\n"})
    if change != "sizes.py":
        (tree / "sizes.py").unlink()
    clean = check("--extract", "models")
    assert clean.exit_code == 0, clean.stdout
    assert check("--extract", "models").stdout == clean.stdout
    write_files(tree, {change: text})
    assert "CNN1" in check("--extract", "models").stdout


def test_a_class_that_a_text_is_about_counts(tree: Path) -> None:
    source = (
        "import torch.nn as nn\n\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.c = nn.Conv2d(3, 8, 3)\n\n"
        "    def forward(self, x):\n        return self.c(x)\n"
    )
    page = "```cnn model=net.py:Net\nINPUT[8x8x3] -> CONV3-8(P=0)\n```\n"
    write_files(tree, {"a.md": page, "net.py": source})
    assert check().exit_code == 0
    assert check().exit_code == 0
    write_files(tree, {"net.py": source.replace("8, 3)", "9, 3)")})
    assert "CNN128" in check().stdout


@pytest.mark.parametrize(
    "flags",
    [
        ["--select", "ALL"],
        ["--input", "31x31x3"],
        ["--config", "rounding=strict"],
        ["--ignore", "CNN1"],
    ],
    ids=" ".join,
)
def test_other_options_have_results_of_their_own(tree: Path, flags: list[str]) -> None:
    write_files(tree, {"a.cnn": "INPUT[32x32x3] -> CONV3-8(S=2, P=1) -> POOL3(S=2) -> FC-10\n"})
    plain = check().stdout
    assert check(*flags).stdout == check(*flags, "--no-cache").stdout
    assert check().stdout == plain
    assert len(results_of(tree / ".cnnsize_cache")) <= 2


def test_a_rule_of_the_team_counts(tree: Path) -> None:
    rule = (
        '---\ncode = "XYZ001"\nname = "no-pool"\nseverity = "warning"\nsummary = "no pool"\n'
        'when = "kind == POOL"\nmessage = "no {kind}"\n---\n\nText.\n'
    )
    write_files(tree, {"a.cnn": CLEAN, "rules/XYZ001.md": rule})
    flags = ["--config", 'rule-dirs=["rules"]', "--exclude", "rules"]
    first = check(*flags)
    write_files(tree, {"rules/XYZ001.md": rule.replace("POOL", "CONV")})
    assert check(*flags).stdout == check(*flags, "--no-cache").stdout, first.stdout


def with_checksum(body: bytes) -> bytes:
    """Return a file of a cache with this body, damaged or not."""
    return b"%08x\n%b" % (zlib.crc32(body), body)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\xff", b"[" * 100_000, *map(with_checksum, (b"", b"\xff", b"a.cnn", b"\0\0\0"))],
)
def test_a_damaged_cache_is_ignored_and_written_anew(tree: Path, content: bytes) -> None:
    write_files(tree, {"a.cnn": CLEAN})
    first = check()
    (file,) = results_of(tree / ".cnnsize_cache")
    good = file.read_bytes()
    file.write_bytes(content)
    assert check().stdout == first.stdout
    assert check().stdout == first.stdout
    assert cache._read(str(file))["a.cnn"] in good.decode()


def test_a_cache_that_is_cut_or_changed_anywhere_is_ignored(tree: Path) -> None:
    write_files(tree, {"a.cnn": CLEAN, "b.md": "nothing"})
    check()
    (file,) = results_of(tree / ".cnnsize_cache")
    good = file.read_bytes()
    assert len(cache._read(str(file))) == 2
    for index in range(len(good)):
        file.write_bytes(good[:index])
        assert cache._read(str(file)) == {}
        for change in (1, 0x80, ord("0")):
            file.write_bytes(good[:index] + bytes([good[index] ^ change]) + good[index + 1 :])
            assert cache._read(str(file)) == {}


def test_a_damaged_row_is_ignored(tree: Path) -> None:
    write_files(tree, {"a.cnn": BAD})
    first = check()
    write_files(tree, {"b.cnn": CLEAN})
    check()
    (file,) = results_of(tree / ".cnnsize_cache")
    (tree / "b.cnn").unlink()
    stamp = stamp_of("a.cnn")
    rows = (
        f"{10**30} 0 1 1 0",
        "a 0 1 1 0",
        "1 0 1 1",
        "1 0 1 1 0 0",
        "1 0 1 1 0\n5",
        "1 0 1 1 0\n" + "[" * 100_000,
        '1 0 1 1 0\n{"\\u0000": 1}',
        "",
    )
    for row in rows:
        file.write_bytes(with_checksum(f"a.cnn\0{stamp}\n{row}".encode()))
        assert check().stdout == first.stdout


def test_a_cache_that_cannot_be_written_is_no_error(tree: Path) -> None:
    write_files(tree, {"a.cnn": CLEAN, "file": ""})
    for folder in ("file", "file/below", "/proc/nowhere"):
        outcome = check("--cache-dir", folder)
        assert (outcome.exit_code, outcome.stderr) == (0, "")


def test_a_link_is_no_cache(tree: Path) -> None:
    write_files(tree, {"a.cnn": CLEAN, "elsewhere/x": ""})
    (tree / ".cnnsize_cache").symlink_to(tree / "elsewhere")
    check()
    assert [path.name for path in (tree / "elsewhere").iterdir()] == ["x"]


def test_the_cache_is_where_the_configuration_is(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tree, {"pyproject.toml": "[tool.cnnsize]\n", "sub/a.cnn": CLEAN})
    monkeypatch.chdir(tree / "sub")
    check()
    assert results_of(tree / ".cnnsize_cache")
    write_files(tree, {"pyproject.toml": '[tool.cnnsize]\ncache-dir = "other"\n'})
    check()
    assert results_of(tree / "other")
    assert not (tree / "sub" / ".cnnsize_cache").exists()


def test_old_results_are_removed(tree: Path) -> None:
    write_files(tree, {"a.cnn": CLEAN, ".cnnsize_cache/own.json": "{}"})
    for number in range(cache.MAX_CONFIGURATIONS + 3):
        check("--config", f"defaults.classes={number + 1}")
    folder = tree / ".cnnsize_cache"
    assert len(results_of(folder)) == cache.MAX_CONFIGURATIONS
    assert (folder / "own.json").exists()


def test_few_named_files_need_no_cache(tree: Path) -> None:
    write_files(tree, {"a.cnn": CLEAN, "b.cnn": CLEAN})
    outcome = CliRunner().invoke(cli, ["check", "a.cnn", "b.cnn"])
    assert outcome.stdout == "2 networks: valid\n"
    assert not (tree / ".cnnsize_cache").exists()
