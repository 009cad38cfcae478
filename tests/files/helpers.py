"""Shared by the tests of files: make files, run commands, list what is extracted."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from cnnsize.cli.commands import cli
from tests.helpers import BAD, cnnsize

FENCED = f"```cnn\n{BAD}\n```\n"
SLOPPY = "Input[8x8x3] => conv3-8(P=1) -> relu -> RELU -> fc-10\n"
FIXED = "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10\n"


def write_files(folder: Path, files: dict[str, str | bytes]) -> None:
    """Write files, whose names may contain folders, below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def run_in_process(*arguments: str) -> Result:
    """Run a command in this process, for tests that run many."""
    done = CliRunner().invoke(cli, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def list_extracted(folder: Path, *arguments: str) -> list[str]:
    """Return the files in which ``--extract-only`` lists a network."""
    _, out, _ = cnnsize("check", "--extract-only", *(arguments or (".",)), cwd=folder)
    return [line.partition(":")[0] for line in out.splitlines()]
