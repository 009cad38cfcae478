"""Results of earlier runs never change the output: that of every run is that of ``--no-cache``."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from time import sleep

import pytest
from click.testing import CliRunner, Result

from cnnsize.cli import remembered
from cnnsize.cli import tree as trees
from cnnsize.cli.commands import cli
from cnnsize.files import cache
from cnnsize.files.stamp import stamp_of
from tests.cli.test_tree import CLEAN, FLAGS, NETWORK, TREE
from tests.files.helpers import write_files
from tests.helpers import BAD, GOOD, ROOT


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


def test_a_young_file_is_not_remembered(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "SETTLING", 2 * 10**9)
    write_files(tree, {"a.cnn": CLEAN})
    changed = (tree / "a.cnn").stat().st_ctime_ns
    for age, is_remembered in ((2 * 10**9, False), (2 * 10**9 + 1, True)):
        monkeypatch.setattr(cache, "time_ns", lambda age=age: changed + age)
        check()
        assert bool(results_of(tree / ".cnnsize_cache")) is is_remembered


def test_another_version_has_results_of_its_own(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tree, {"a.cnn": CLEAN})
    check()
    monkeypatch.setattr(remembered, "__version__", "0.0.0")
    check()
    assert len(results_of(tree / ".cnnsize_cache")) == 2


def test_a_file_that_changes_while_it_is_checked_is_checked_again(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = CLEAN.replace("FC-10", "FC-00")
    write_files(tree, {"a.cnn": bad})
    check_entries = trees.check_entries

    def check_after_a_change(*arguments: object) -> object:
        wait_for_the_clock(tree)
        change_and_keep_the_time(tree / "a.cnn", CLEAN)
        outcomes = check_entries(*arguments)  # type: ignore[arg-type]
        wait_for_the_clock(tree)
        change_and_keep_the_time(tree / "a.cnn", bad)
        return outcomes

    monkeypatch.setattr(trees, "check_entries", check_after_a_change)
    assert check().exit_code == 0
    monkeypatch.undo()
    monkeypatch.chdir(tree)
    assert check().exit_code == 1


# -- random changes ----------------------------------------

Edit = Callable[[random.Random, Path], None]
TEXTS = (
    *[CLEAN] * 5,
    CLEAN.replace("FC-10", "FC-00"),
    f"{GOOD}\n{CLEAN}",
    BAD,
    "nothing",
    f"```cnn\n{BAD}\n```\n",
    f"# cnnsize: {CLEAN}\n",
    "```cnn model=net0.py:Net\nINPUT[8x8x3] -> CONV3-8(P=0)\n```\n",
    *[NETWORK.format(module="net1")] * 3,
    "WIDTH = 16\n",
    "WIDTH = 17\n",
)
SETTINGS = (
    "",
    'select = ["ALL"]\n',
    'ignore = ["CNN1"]\n',
    'exclude = ["*.md"]\n',
    "budget.params = 100\n",
    'extract = ["models", "raw"]\n',
)
IGNORED = ("", "*.md\n", "sub*/\n", "net*\n!net1.py\n", "*\n")


def wait_for_the_clock(folder: Path) -> None:
    """Return once a change of a file gets another time than one before the call."""
    probe = folder.parent / "probe"
    probe.touch()
    begin = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == begin:
        probe.touch()


def files_of(folder: Path) -> list[Path]:
    """Return the files of a tree, but for those of the cache."""
    paths = sorted(folder.rglob("*"))
    return [path for path in paths if path.is_file() and ".cnnsize_cache" not in path.parts]


def write_any(choose: random.Random, folder: Path) -> None:
    name = (
        f"net{choose.randrange(3)}{choose.choice(('.cnn', '.cnn', '.md', '.py', '.py', '.ipynb'))}"
    )
    path = folder / choose.choice(("", "", "sub0", "sub1/sub2")) / name
    write_files(folder, {str(path.relative_to(folder)): choose.choice(TEXTS)})


def write_in_place(choose: random.Random, folder: Path) -> None:
    path = choose.choice(files_of(folder))
    before = path.stat()
    text = path.read_text()
    path.write_text(text.replace("FC-10", "FC-00") if "FC-10" in text else text.swapcase())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def touch(choose: random.Random, folder: Path) -> None:
    path = choose.choice(files_of(folder))
    os.utime(path, ns=(0, choose.choice((0, 10**18, 2 * 10**18))))


def rename(choose: random.Random, folder: Path) -> None:
    path, other = choose.choices(files_of(folder), k=2)
    path.rename(choose.choice((other, other.with_suffix(path.suffix))))


def swap(choose: random.Random, folder: Path) -> None:
    path, other = choose.choices(files_of(folder), k=2)
    if path != other:
        path.rename(folder.parent / "swapped")
        other.rename(path)
        (folder.parent / "swapped").rename(other)


def copy(choose: random.Random, folder: Path) -> None:
    path, other = choose.choices(files_of(folder), k=2)
    if path != other:
        shutil.copy2(path, other)


def delete(choose: random.Random, folder: Path) -> None:
    choose.choice(files_of(folder)).unlink()


def move_folder(choose: random.Random, folder: Path) -> None:
    folders = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    target = folder / f"sub{choose.randrange(3)}"
    if folders and not target.exists():
        choose.choice(folders).rename(target)


def change_import(choose: random.Random, folder: Path) -> None:
    files: dict[str, str | bytes] = {
        "net0.py": NETWORK.format(module="net1"),
        "net1.py": f"WIDTH = {choose.randrange(16, 18)}\n",
    }
    write_files(folder, files)


def configure(choose: random.Random, folder: Path) -> None:
    (folder / "cnnsize.toml").write_text(choose.choice(SETTINGS))


def ignore(choose: random.Random, folder: Path) -> None:
    (folder / ".gitignore").write_text(choose.choice(IGNORED))


EDITS: list[Edit] = [
    *[write_any] * 3,
    *[change_import] * 2,
    *(write_in_place, touch, rename, swap, copy, delete, move_folder, configure, ignore),
]


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 20))]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_changes_are_noticed(tree: Path, seed: int) -> None:
    choose = random.Random(seed)
    (tree / ".git").mkdir()
    for _ in range(5):
        write_any(choose, tree)
    for _ in range(60):
        edit = choose.choice(EDITS)
        write_files(tree, {"net0.cnn": choose.choice(TEXTS)})  # there is always a file
        edit(choose, tree)
        wait_for_the_clock(tree)
        flags = choose.choice(([], [], ["--extract", "models"], ["--output-format", "json"]))
        cached, fresh = check(*flags), check(*flags, "--no-cache")
        assert (cached.stdout, cached.stderr) == (fresh.stdout, fresh.stderr), edit
        assert cached.exit_code == fresh.exit_code


# -- several runs at once ----------------------------------------

AT_ONCE = (  # a run that trusts results at once
    "from cnnsize.files import cache; cache.SETTLING = -10**12\n"
    "from cnnsize.__main__ import main; main()"
)


def start(folder: Path, *flags: str, largest_file: int | None = None) -> subprocess.Popen[bytes]:
    """Start a check of a folder."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.Popen(
        [sys.executable, "-c", AT_ONCE, "check", ".", *flags],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=limit,
    )


def outcome(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    """Return the exit status and the output of a run."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    write_files(tmp_path, TREE)
    flags = [[], [], ["--jobs", "2"], ["--select", "ALL"]]
    expected = [outcome(start(tmp_path, *own, "--no-cache")) for own in flags]
    for turn in range(3):
        runs = [start(tmp_path, *own) for own in flags]
        killed = start(tmp_path)
        sleep(0.1 + 0.1 * turn)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert [outcome(run) for run in runs] == expected
    unfinished = [path.name for path in results_of(tmp_path / ".cnnsize_cache") if path.suffix]
    assert len(unfinished) <= 3  # of the runs that were killed


def test_a_full_disk_is_no_error(tmp_path: Path) -> None:
    write_files(tmp_path, TREE)
    expected = outcome(start(tmp_path, "--no-cache"))
    folder = tmp_path / ".cnnsize_cache"
    for size in (0, 10, 100, 300):
        assert outcome(start(tmp_path, largest_file=size)) == expected
        assert not folder.exists() or sorted(os.listdir(folder)) == [".gitignore", "CACHEDIR.TAG"]
    assert outcome(start(tmp_path)) == outcome(start(tmp_path)) == expected
    assert results_of(folder)
