"""The hooks for pre-commit, run by pre-commit itself in temporary repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import BAD, GOOD, ROOT

pytestmark = pytest.mark.slow

SLOPPY = "Input[8x8x3] => conv3-8(P=1) -> relu -> RELU -> fc-10"


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git, and pre-commit through it, without the settings of a user."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent / "home"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b.c",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b.c",
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
        "PRE_COMMIT_COLOR": "never",
        **{
            name: value
            for name, value in os.environ.items()
            if name.startswith(("PIP_", "XDG_CONFIG"))
        },
    }
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def copied(folder: Path, *names: str) -> None:
    """Make a repository with some of our files as they are now."""
    folder.mkdir()
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy2(ROOT / name, folder / name)
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        assert git(folder, *arguments).returncode == 0


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with our three hooks, installed from this checkout."""
    base = tmp_path_factory.mktemp("hooks")
    (base / "home").mkdir()
    ours, theirs = base / "cnnsize", base / "theirs"
    copied(
        ours, ".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "cnnsize", "rules"
    )
    theirs.mkdir()
    assert git(theirs, "init", "-q").returncode == 0
    head = git(ours, "rev-parse", "HEAD").stdout.strip()
    hooks = "".join(f"      - id: {name}\n" for name in ("cnnsize", "cnnsize-fix", "cnnsize-fmt"))
    (theirs / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {ours}\n    rev: {head}\n    hooks:\n{hooks}", "utf-8"
    )
    (theirs / "notes.md").write_text("# Notes\n\nINPUT -> nothing[] => of ours\n", "utf-8")
    git(theirs, "add", "-A")
    installed = subprocess.run(
        [sys.executable, "-m", "pre_commit", "install"],
        cwd=theirs,
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    first = git(theirs, "commit", "-qm", "first")  # installs the environment
    assert first.returncode == 0, first.stdout + first.stderr
    return theirs


def committed(folder: Path, name: str, text: bytes) -> tuple[int, str]:
    """Return the exit status and the output of committing one file."""
    git(folder, "reset", "-q", "--hard")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text)
    git(folder, "add", name)
    done = git(folder, "commit", "-qm", name)
    return done.returncode, done.stdout + done.stderr


def test_a_bad_commit_is_refused_at_its_line_and_column(hooked: Path) -> None:
    status, out = committed(
        hooked, "docs/a b.md", f"# Net\n\n- one\n\n  ```cnn\n  {BAD}\n  ```\n".encode()
    )
    assert status == 1
    assert "--> docs/a b.md:6:21" in out
    assert "error[CNN101] fractional-output" in out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("good.cnn", f"{GOOD}\n".encode()),
        ("good.md", f"> ```cnn\n> {GOOD}\n> ```\n\n```mermaid\nINPUT --> A\n```\n".encode()),
        ("look.cs", b"Func<int> f = INPUT => FC(INPUT[0]); // states: INPUT -> CONV\n"),
        ("latin.txt", "Stra\xdfe -> INPUT, cnn\n".encode("latin-1")),
        ("bad.md", f"```cnn bad\n{BAD}\n```\n".encode()),
    ],
)
def test_a_good_commit_passes(hooked: Path, name: str, text: bytes) -> None:
    status, out = committed(hooked, name, text)
    assert status == 0, out
    assert (hooked / name).read_bytes() == text


def test_a_fix_changes_the_file_and_fails_once(hooked: Path) -> None:
    text = f"\ufeff```cnn\r\n{SLOPPY}\r\n```\r\nend".encode()
    status, out = committed(hooked, "fix.md", text)
    assert status == 1
    assert "files were modified by this hook" in out
    fixed = "\ufeff```cnn\r\nINPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10\r\n```\r\nend".encode()
    assert (hooked / "fix.md").read_bytes() == fixed
    git(hooked, "add", "fix.md")
    again = git(hooked, "commit", "-qm", "again")
    assert again.returncode == 0, again.stdout + again.stderr


def test_warnings_are_seen_that_let_the_commit_pass(hooked: Path) -> None:
    config = hooked / "cnnsize.toml"
    config.write_text('fail-on = "error"\n', "utf-8")
    try:
        status, out = committed(hooked, "warn.cnn", b"INPUT[8x8x3] -> CONV3-8(P=1) -> FC-10\n")
    finally:
        config.unlink()
    assert status == 0
    assert "warning[CNN302]" in out


def test_the_environment_of_the_hooks_is_light(hooked: Path) -> None:
    found = [path.name for path in (hooked.parent / "pre-commit").rglob("site-packages/*")]
    assert "cnnsize" in found
    assert "torch" not in found


def test_our_own_hook_passes_on_our_own_readme(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    copied(tmp_path / "ours", ".pre-commit-config.yaml", "README.md", "CONTRIBUTING.md")
    for text, status in (("", 0), (f"```cnn\n{BAD}\n```\n", 1)):
        readme = tmp_path / "ours" / "README.md"
        readme.write_text(f"{text}{readme.read_text('utf-8')}", "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--all-files"],
            cwd=tmp_path / "ours",
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            },
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert ("README.md:2:19" in done.stdout) == (status == 1)
