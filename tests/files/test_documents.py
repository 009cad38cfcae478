"""Files and folders: which are read, which are passed over, and how a file is written back."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from cnnsize.cli import cli
from cnnsize.files.document import decoded
from cnnsize.files.folders import files
from cnnsize.files.write import WriteRefusedError, _running, write_text
from cnnsize.limits import MAX_FILE
from tests.helpers import BAD, GOOD, cnnsize

FENCED = f"```cnn\n{BAD}\n```\n"
SLOPPY = "Input[8x8x3] => conv3-8(P=1) -> relu -> RELU -> fc-10\n"
FIXED = "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10\n"


def made(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def within(*arguments: str) -> Result:
    """The same in this process, where a test runs many."""
    done = CliRunner().invoke(cli, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def listed(folder: Path, *arguments: str) -> list[str]:
    """The files in which something is found."""
    _, out, _ = cnnsize("check", "--extract-only", *(arguments or (".",)), cwd=folder)
    return [line.partition(":")[0] for line in out.splitlines()]


def test_folders_are_searched_as_git_sees_them(tmp_path: Path) -> None:
    (tmp_path / ".git" / "info").mkdir(parents=True)
    made(
        tmp_path,
        {
            ".gitignore": "build/\n*.tmp.cnn\n/top.cnn\n!kept.tmp.cnn\n",
            ".git/info/exclude": "private.cnn\n",
            "top.cnn": GOOD,
            "sub/top.cnn": GOOD,
            "a.tmp.cnn": GOOD,
            "kept.tmp.cnn": GOOD,
            "private.cnn": GOOD,
            "build/x.cnn": GOOD,
            "sub/build/x.cnn": GOOD,
            "sub/deep/.gitignore": "*\n!keep.cnn\n",
            "sub/deep/lost.cnn": GOOD,
            "sub/deep/keep.cnn": GOOD,
            "node_modules/a.cnn": GOOD,
            ".venv/a.md": FENCED,
            ".github/a.md": FENCED,
            "a.md": FENCED,
            "z.py": f"# cnnsize: {GOOD}\n",
        },
    )
    everything = [
        "a.md",
        "kept.tmp.cnn",
        "z.py",
        ".github/a.md",
        "sub/top.cnn",
        "sub/deep/keep.cnn",
    ]
    assert listed(tmp_path) == everything
    assert listed(tmp_path / "sub") == ["top.cnn", "deep/keep.cnn"]  # the rules above it hold
    assert listed(tmp_path, "build", "top.cnn") == [
        "build/x.cnn",
        "top.cnn",
    ]  # what is named is read
    assert listed(tmp_path, ".", "a.md", "sub") == everything  # and nothing is read twice
    assert listed(tmp_path, "--exclude", "sub/**", "--exclude", "*.md", ".") == [
        "kept.tmp.cnn",
        "z.py",
    ]


def test_without_a_repository_what_lies_above_has_no_say(tmp_path: Path) -> None:
    made(
        tmp_path,
        {".gitignore": "*\n", "sub/a.cnn": GOOD, "sub/b.cnn": GOOD, "sub/.gitignore": "b.cnn\n"},
    )
    assert listed(tmp_path / "sub") == ["a.cnn"]


def test_what_is_passed_over_is_said_with_v(tmp_path: Path) -> None:
    made(
        tmp_path,
        {
            "a.cnn": GOOD,
            "b.bin": b"cnn\0cnn",
            "c.txt": b"cnn" + b"x" * MAX_FILE,
            "latin.py": "# cnn \xe9\n".encode("latin-1"),
        },
    )
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.cnn").symlink_to("a.cnn")
    (tmp_path / "broken.cnn").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as pipe:
        pipe.bind(str(tmp_path / "socket"))
        os.mkfifo(tmp_path / "fifo.cnn")
        status, out, err = cnnsize("check", "-v", ".", cwd=tmp_path)
    assert status == 0
    assert out.endswith("1 network: valid (1 note)\n")
    assert [line.removeprefix("cnnsize: skipped ") for line in err.splitlines()] == [
        "b.bin: binary",
        "broken.cnn: a link",
        f"c.txt: larger than {MAX_FILE:,} bytes",
        "link.cnn: a link",
        "loop: a link",
    ]
    assert cnnsize("check", ".", cwd=tmp_path)[2] == ""


def test_links_that_are_named_are_followed(tmp_path: Path) -> None:
    made(tmp_path, {"nets/a.cnn": SLOPPY})
    (tmp_path / "link.cnn").symlink_to("nets/a.cnn")
    (tmp_path / "folder").symlink_to("nets")
    assert listed(tmp_path, "link.cnn") == ["link.cnn"]
    assert listed(tmp_path, "folder") == ["folder/a.cnn"]
    assert cnnsize("check", "--fix", "-q", "link.cnn", cwd=tmp_path)[0] == 0
    assert (tmp_path / "link.cnn").is_symlink()
    assert (tmp_path / "nets" / "a.cnn").read_text() == FIXED
    status, _, err = cnnsize("check", "broken.cnn", cwd=tmp_path)
    assert (status, err) == (2, "cnnsize: broken.cnn: no such file (for a string, use -e)\n")
    (tmp_path / "self.cnn").symlink_to("self.cnn")
    assert cnnsize("check", "self.cnn", cwd=tmp_path)[0] == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# Nothing\n"),
        ("a.md", "see cnn.com\n"),
        ("a.py", "x = 'INPUT[4x4x3] -> FC'\n"),
        ("a.rst", ""),
        ("notes.txt", "Input images are -> read\n"),
        ("LICENSE", "INPUT\n"),
        ("a.ipynb", '{"cells": []}'),
    ],
)
def test_a_file_that_holds_nothing_of_ours_is_no_error(
    tmp_path: Path, name: str, text: str
) -> None:
    made(tmp_path, {name: text})
    for command in ("check", "fmt"):
        status, _, err = cnnsize(command, name, cwd=tmp_path)
        assert (status, err) == (
            0,
            f"cnnsize: no architecture found in {name}\n" if command == "check" else "",
        )
    assert cnnsize("check", ".", cwd=tmp_path)[0] == 0
    assert (tmp_path / name).read_text() == text


@pytest.mark.parametrize("name", ["a.txt", "NETS"])
def test_plain_text_that_begins_with_a_network_is_one(tmp_path: Path, name: str) -> None:
    made(tmp_path, {name: f"# nets\n\nnet = {BAD}\n"})
    assert (
        f"{name}:3:25: error[CNN101]"
        in cnnsize("check", "--output-format", "concise", name, cwd=tmp_path)[1]
    )


def test_a_notebook_that_is_none_is_said_once(tmp_path: Path) -> None:
    made(tmp_path, {"a.ipynb": "{cnn", "b.cnn": GOOD})
    status, out, err = cnnsize("check", "a.ipynb", "b.cnn", cwd=tmp_path)
    assert (status, err.count("no notebook")) == (2, 1)
    assert "1 network: valid" in out


def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    before = b"\xef\xbb\xbf# caf\xe9\r\n# cnnsize: INPUT[8x8x3] => FC-10\r\n\ttail \xff"
    (tmp_path / "a.c").write_bytes(before)
    assert cnnsize("check", "--fix", "-q", "a.c", cwd=tmp_path)[0] == 0
    assert (tmp_path / "a.c").read_bytes() == before.replace(b"=>", b"->")


# -- writing back ----------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "a.md",
            f"\ufeff> - ```cnn\r\n>   {SLOPPY[:-1]}\r\n>   ```\r\n\tx",
            f"\ufeff> - ```cnn\r\n>   {FIXED[:-1]}\r\n>   ```\r\n\tx",
        ),
        (
            "a.py",
            f'x = 1\t#  cnnsize: {SLOPPY}y = "INPUT[4x4x3] -> RELU -> relu -> FC-9"',
            f'x = 1\t#  cnnsize: {FIXED}y = "INPUT[4x4x3] -> RELU -> FC-9"',
        ),
        (
            "a.ipynb",
            '{"cells": [{"cell_type": "code", "source": "# cnnsize: INPUT[8x8x3] => FC-10\\nx"}]}',
            '{"cells": [{"cell_type": "code", "source": "# cnnsize: INPUT[8x8x3] -> FC-10\\nx"}]}',
        ),
        # over a seam: shown, and not made
        (
            "b.py",
            'x = ("INPUT[8x8x3] -> RELU -> RE"\n  "LU -> FC-10")\n',
            'x = ("INPUT[8x8x3] -> RELU -> RE"\n  "LU -> FC-10")\n',
        ),
        ("c.json", '{"a": "INPUT[8x8x3] \\u2192 FC-10"}', '{"a": "INPUT[8x8x3] \\u2192 FC-10"}'),
    ],
)
def test_a_fix_changes_what_it_is_about_and_nothing_else(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    (tmp_path / name).write_bytes(before.encode())
    (tmp_path / name).chmod(0o640)
    cnnsize("check", "--fix", "-q", "--extract", "python,raw", name, cwd=tmp_path)
    assert (tmp_path / name).read_bytes().decode() == after
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == [name]


WIDE = "INPUT[8x8x3] -> " + "CONV3-8(P=1) -> RELU -> " * 5 + "RELU => FC-10"  # than a line


@pytest.mark.parametrize(
    ("name", "before", "after", "left"),
    [
        (
            "a.md",
            f"> ```cnn\r\n> {SLOPPY[:-1]}\r\n> ```",
            "> ```cnn\r\n> INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> RELU -> FC-10\r\n> ```",
            "",
        ),
        (
            "a.md",
            "> ```cnn\n> INPUT[8x8x3] =>  # why\n>  fc-10\n> ```",
            "> ```cnn\n> # why\n> INPUT[8x8x3] -> FC-10\n> ```",
            "",
        ),
        ("a.c", "// cnnsize: INPUT[8x8x3] => fc 10\nx", "// cnnsize: INPUT[8x8x3] -> FC-10\nx", ""),
        (
            "a.c",
            "// cnnsize: INPUT[8x8x3] =>\n//  fc 10\n",
            "// cnnsize: INPUT[8x8x3] =>\n//  fc 10\n",
            "a.c:1: not reformatted: the network is not contiguous in the file\n",
        ),
        # neither strings of JSON nor escapes are broken over lines
        (
            "a.ipynb",
            f'{{"cells": [{{"cell_type": "markdown", "source": "```cnn\\n{WIDE}\\n```"}}]}}',
            f'{{"cells": [{{"cell_type": "markdown", "source": "```cnn\\n{WIDE.replace("=>", "->")}\\n```"}}]}}',
            "",
        ),
        (
            "a.ipynb",
            '{"cells": [{"cell_type": "markdown", "source": ["```cnn\\n", "INPUT[8x8x3] =>\\n", " fc 10\\n"]}]}',
            '{"cells": [{"cell_type": "markdown", "source": ["```cnn\\n", "INPUT[8x8x3] =>\\n", " fc 10\\n"]}]}',
            "a.ipynb:1: not reformatted: the network is not contiguous in the file\n",
        ),
        (
            "a.py",
            f'"""a\\n\\n```cnn\\n{WIDE}\\n```"""\n',
            f'"""a\\n\\n```cnn\\n{WIDE.replace("=>", "->")}\\n```"""\n',
            "",
        ),
        (
            "a.py",
            '"""\n```cnn\nINPUT[8x8x3] \\u2192 FC-10\n```"""',
            '"""\n```cnn\nINPUT[8x8x3] \\u2192 FC-10\n```"""',
            "a.py:3: not reformatted: the network is not contiguous in the file\n",
        ),
        ("a.md", f"```cnn bad\n{SLOPPY}```", f"```cnn bad\n{SLOPPY}```", ""),
    ],
)
def test_fmt_in_place(tmp_path: Path, name: str, before: str, after: str, left: str) -> None:
    (tmp_path / name).write_bytes(before.encode())
    status, _, err = cnnsize("fmt", "--check", name, cwd=tmp_path)
    assert (status, err) == ((1, f"would reformat {name}\n") if before != after else (0, left))
    assert cnnsize("fmt", name, cwd=tmp_path) == (0, "", left)
    assert (tmp_path / name).read_bytes().decode() == after
    assert cnnsize("fmt", "--check", name, cwd=tmp_path)[0] == 0


def test_a_file_that_may_not_be_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_text(SLOPPY)
    path.chmod(0o444)
    for command in (("check", "--fix", "-q"), ("fmt",)):
        status, _, err = cnnsize(*command, "a.cnn", cwd=tmp_path)
        assert (status, "cnnsize: a.cnn: not written: it is read-only" in err) == (2, True)
    assert path.read_text() == SLOPPY


def test_a_file_that_changed_in_the_meantime_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_bytes(b"theirs")
    with pytest.raises(WriteRefusedError, match="changed in the meantime"):
        write_text(str(path), b"read before", b"ours")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.cnn", b"theirs")]


def test_a_full_disk_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.cnn"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(str(path), b"old", b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.cnn", b"old")]


def test_a_kill_at_any_moment_leaves_the_old_text_or_the_new_one(tmp_path: Path) -> None:
    """In one process that writes all the time, so that most kills meet it at work."""
    texts = [(f"{letter}{SLOPPY}" * 2000).encode() for letter in "ab"]
    path = tmp_path / "a.cnn"
    path.write_bytes(texts[0])
    loop = (
        "import sys; from cnnsize.files.write import write_text\n"
        "path = sys.argv[1]\n"
        "print(flush=True)\n"
        "while True:\n"
        "    before = open(path, 'rb').read()\n"
        "    write_text(path, before, before.translate(bytes.maketrans(b'ab', b'ba')))\n"
    )
    swapped = {texts[0], texts[0].translate(bytes.maketrans(b"ab", b"ba"))}
    for attempt in range(25):
        writer = subprocess.Popen([sys.executable, "-c", loop, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"\n"
        time.sleep(attempt % 7 / 500)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert path.read_bytes() in swapped
    write_text(str(path), path.read_bytes(), texts[0])
    assert [one.name for one in tmp_path.iterdir()] == [
        "a.cnn"
    ]  # what the killed left behind is gone


def test_two_at_once_never_leave_a_mixture(tmp_path: Path) -> None:
    text = SLOPPY * 50
    for _ in range(3):
        (tmp_path / "a.cnn").write_text(text)
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "cnnsize", "check", "-q", "--fix", "a.cnn"],
                cwd=tmp_path,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        said = [one.communicate(timeout=60)[1] for one in both]
        assert all(
            one.returncode == 0 or "changed in the meantime" in err
            for one, err in zip(both, said, strict=True)
        )
        assert (tmp_path / "a.cnn").read_text() == FIXED * 50
        assert [one.name for one in tmp_path.iterdir()] == ["a.cnn"]


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbfx\r\n", b"caf\xe9", b"\xff\xfe", "→\ud800".encode("utf-8", "surrogatepass")],
)
def test_every_byte_of_a_text_comes_back(data: bytes) -> None:
    from cnnsize.files.document import BYTE_ORDER_MARK, Document

    document = Document(
        decoded(data, "a.md"), "a.md", "a.md", data[:3] if data.startswith(BYTE_ORDER_MARK) else b""
    )
    assert document.to_bytes() == data


def test_bytes_that_are_no_utf_8_keep_no_file_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes(b"# caf\xe9, cnn\n# cnnsize: INPUT[4x4x3] => FC-10\n")
    status, _, err = cnnsize("fmt", "Makefile", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert (
        tmp_path / "Makefile"
    ).read_bytes() == b"# caf\xe9, cnn\n# cnnsize: INPUT[4x4x3] -> FC-10\n"


def test_what_a_hook_names_is_passed_over_where_it_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes(b"x" * (MAX_FILE + 1))
    assert cnnsize("check", "big.csv", cwd=tmp_path)[0] == 2
    status, _, err = cnnsize("check", "--force-exclude", "big.csv", cwd=tmp_path)
    assert (status, err.splitlines()[0]) == (
        0,
        f"cnnsize: skipped big.csv: larger than {MAX_FILE:,} bytes",
    )


def test_names_with_newlines_and_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a\nb.cnn").write_text("INPUT[4x4x3] => FC-10\n", "utf-8")
    (tmp_path / "loop").symlink_to("loop")
    assert cnnsize("fmt", "a\nb.cnn", cwd=tmp_path)[0] == 0
    assert (tmp_path / "a\nb.cnn").read_text("utf-8") == "INPUT[4x4x3] -> FC-10\n"
    status, _, err = cnnsize("check", "loop", cwd=tmp_path)
    assert (status, err.startswith("cnnsize: loop: ")) == (2, True)


def test_lines_of_gitignore_that_are_no_pattern_take_nothing_else_away(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_bytes(
        b"\xef\xbb\xbfa.cnn\r\n!\nb\\\ntrail\\ \nc[[:digit:]].cnn\n"
    )
    for name in ("a.cnn", "b.cnn", "c1.cnn", "trail "):
        (tmp_path / name).write_text("INPUT[4x4x3] -> FC-10\n", "utf-8")
    _, out, err = cnnsize("check", "--extract-only", ".", cwd=tmp_path)
    assert (out, err) == ("b.cnn:1:1: file: INPUT[4x4x3] -> FC-10\n", "")


def test_stdin_comes_back_byte_for_byte() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cnnsize", "fmt", "--stdin-filename", "a.md", "-"],
        capture_output=True,
        check=False,
        input=b"\xef\xbb\xbf\xff\r\n```cnn\r\nINPUT[4x4x3] => FC-10\r\n```",
    )
    assert done.stdout == b"\xef\xbb\xbf\xff\r\n```cnn\r\nINPUT[4x4x3] -> FC-10\r\n```"


def test_a_folder_that_is_taken_back_takes_no_file_in_it_back(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub" / "keep").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("old.cnn\n", "utf-8")
    (tmp_path / "sub" / ".gitignore").write_text("!keep/\n", "utf-8")
    for name in ("old.cnn", "new.cnn"):
        (tmp_path / "sub" / "keep" / name).write_text("INPUT[4x4x3] -> FC-10\n", "utf-8")
    _, out, _ = cnnsize("check", "--extract-only", ".", cwd=tmp_path)
    assert out == "sub/keep/new.cnn:1:1: file: INPUT[4x4x3] -> FC-10\n"


def test_what_is_excluded_in_the_repository_alone_is_no_less_so(tmp_path: Path) -> None:
    (tmp_path / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("*\n", "utf-8")
    (tmp_path / "a.cnn").write_text("INPUT[4x4x3] -> FC-10\n", "utf-8")
    assert cnnsize("check", "--extract-only", ".", cwd=tmp_path)[1] == ""


# -- patterns ----------------------------------------

NAMES = ("a", "b", "ab", "a-b", "z", "a b", "x.c", "y.c", "[a]", "a]", "A", "1")
PIECES = (
    "a",
    "b",
    "*",
    "?",
    "**",
    "/",
    "**/",
    "/**",
    "***/",
    "[a-c]",
    "[!a]",
    "[z-a]",
    "[z-aa]",
    "[[:alpha:]-z]",
    "[!]",
    "[]a]",
    "[",
    "]",
    "\\*",
    "\\",
    "\\/",
    "[a/b]",
    "x.c",
    ".c",
    "*.c",
    " ",
    "\\ ",
    "!",
    "#",
    "[[:foo:]]",
    "[a-",
    "[^b]",
    "[\\]]",
    "-",
    "[a-b-z]",
    "[[:upper:][:digit:]]",
    "/**/",
    "[--a]",
)


@pytest.mark.parametrize("seed", range(40))
def test_the_files_of_a_folder_are_those_that_git_lists(tmp_path: Path, seed: int) -> None:
    """Random lines of .gitignore, most of them odd, and git itself as the referee."""
    draw = Random(seed)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for _ in range(25):
        with contextlib.suppress(
            OSError
        ):  # a file stands where a folder is wanted, or the other way round
            folder = tmp_path.joinpath(*draw.choices(NAMES, k=draw.randint(0, 3)))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / draw.choice(NAMES)).touch()
    folders = [
        tmp_path,
        *(one for one in sorted(tmp_path.iterdir()) if one.is_dir() and one.name != ".git"),
    ]
    for folder in draw.sample(folders, min(2, len(folders))):
        lines = [
            "".join(draw.choices(PIECES, k=draw.randint(1, 5))) for _ in range(draw.randint(1, 4))
        ]
        (folder / ".gitignore").write_text("\n".join(lines) + "\n")
    git = subprocess.run(
        ["git", "ls-files", "-o", "-z", "--exclude-standard"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    ours = {
        os.path.relpath(one, tmp_path)
        for one in files(str(tmp_path), lambda _: False, print, pytest.fail)
    }
    assert ours == set(filter(None, git.stdout.split("\0")))


HOSTILE = {
    "*a" * 30 + "b": "a" * 200,
    "**/" * 40 + "b": "a/" * 100 + "c",
    "**/*a" * 30 + "b": "a/" * 200 + "c",
    "/".join(["**", "*a*a*a*b"] * 20): "aaaaaaaaaaaa/" * 60 + "c",
    "[ab]*" * 40 + "c": "ab" * 100,
}


def test_a_pattern_takes_polynomial_time(tmp_path: Path) -> None:
    """In a process that may use five seconds of a processor: these took longer than anybody
    waits.
    """
    for number, (pattern, name) in enumerate(HOSTILE.items()):
        folder = tmp_path / str(number)
        made(
            folder,
            {
                "/".join(one[:200] for one in name.split("/")[:40]): GOOD,
                ".gitignore": pattern,
                ".git/x": "",
            },
        )
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (5, 5))\n"
        "from cnnsize.files.folders import files\n"
        "from cnnsize.files.globs import matches\n"
        f"for pattern, name in {HOSTILE!r}.items(): assert not matches(name, pattern)\n"
        "for number in range(5): assert len(list(files(str(number), lambda one: False, print, print))) == 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[z-a]", "the range z-a runs backwards"),
        ("[!]", "a [ is never closed"),
        ("x/[a", "a [ is never closed"),
        ("[[:foo:]]", "there is no class [:foo:]"),
        ("a\\", "it ends in a backslash"),
        ("!./[z-a]/", "the range z-a runs backwards"),
    ],
)
def test_a_pattern_that_means_nothing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, why: str
) -> None:
    made(
        tmp_path,
        {
            "a.cnn": GOOD,
            "b.toml": f"exclude = ['{pattern}']\n",
            "c.toml": f"per-file-ignores = {{ '{pattern}' = ['CNN1'] }}\n",
        },
    )
    monkeypatch.chdir(tmp_path)
    for flags, place in (
        (("--exclude", pattern), "--exclude"),
        (("--config", "b.toml"), "b.toml:1: exclude"),
        (("--per-file-ignores", f"{pattern}:CNN1"), "--per-file-ignores"),
        (("--config", "c.toml"), "c.toml:1: per-file-ignores"),
    ):
        done = within("check", *flags, ".")
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"cnnsize: {place}: the pattern {pattern!r} means nothing: {why}\n"


# -- what is no file to read ----------------------------------------


@pytest.mark.parametrize("sort", ["a pipe", "a link to /dev/zero"])
@pytest.mark.parametrize(
    "name", ["pyproject.toml", "cnnsize.toml", ".gitignore", ".git/info/exclude", "rules/team.md"]
)
def test_what_is_no_regular_file_is_refused_in_one_line(
    tmp_path: Path, name: str, sort: str
) -> None:
    made(tmp_path, {"a.cnn": GOOD, ".git/info/x": "", "rules/readme.md": ""})
    if name == "rules/team.md":
        made(tmp_path, {"cnnsize.toml": 'rule-dirs = ["rules"]\n'})
    os.mkfifo(tmp_path / name) if sort == "a pipe" else (tmp_path / name).symlink_to("/dev/zero")
    status, _, err = cnnsize("check", ".", cwd=tmp_path)
    assert (status, err.count("\n")) == (2, 1)
    assert name in err
    assert err.endswith(": not a regular file\n")


def test_stdin_is_read_up_to_a_bound() -> None:
    for command in ("check", "fmt"):
        with open("/dev/zero", "rb") as zeros:
            done = subprocess.run(
                [sys.executable, "-m", "cnnsize", command, "-"],
                stdin=zeros,
                capture_output=True,
                timeout=60,
                check=False,
            )
        assert (done.returncode, done.stderr) == (
            2,
            b"cnnsize: <stdin>: larger than 20,000,000 bytes\n",
        )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[" * 3000 + "]" * 3000, "it nests too deeply"),
        ("9" * 5000, "a number has too many digits"),
        ("0x" + "f" * 9000, "a number too long to show"),
    ],
)
def test_toml_that_python_cannot_read_is_an_error_of_its_file(
    tmp_path: Path, value: str, said: str
) -> None:
    made(tmp_path, {"a.cnn": GOOD, "pyproject.toml": f"[tool.cnnsize]\ntarget = {value}\n"})
    status, out, err = cnnsize("check", "a.cnn", cwd=tmp_path)
    assert (status, out, err.startswith("cnnsize: pyproject.toml:"), said in err) == (
        2,
        "",
        True,
        True,
    )
    made(tmp_path, {"pyproject.toml": f"# cnnsize\nx = {value}\n"})  # somebody else's
    assert cnnsize("check", "a.cnn", cwd=tmp_path)[0] == 0
    made(
        tmp_path,
        {
            "pyproject.toml": '[tool.cnnsize]\nrule-dirs = ["rules"]\n',
            "rules/team.md": f"+++\ncode = {value}\n+++\n",
        },
    )
    status, out, err = cnnsize("check", "a.cnn", cwd=tmp_path)
    assert (status, out, "team.md:" in err, err.count("\n")) == (2, "", True, 1)


# -- names and texts that are odd ----------------------------------------

ODD = "e\x1b[31mv\n::warning::x"


@pytest.mark.parametrize(
    "command",
    [
        *(
            f"check --output-format {form}"
            for form in ("full", "concise", "github", "junit", "sarif", "gitlab", "json")
        ),
        "check -v",
        "check --statistics",
        "check --extract-only",
        "check --fix",
        "check --diff",
        "fmt --check",
        "fmt --diff",
        "show",
        "emit",
        "run",
        "family",
        "match",
        "inputs",
    ],
)
def test_a_name_never_reaches_the_terminal_raw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    made(
        tmp_path,
        {
            f"{ODD}.cnn": "INPUT[8x8x3] -> POOL3 => POLL\n",
            f"{ODD}.py": "# cnnsize: INPUT[8x8x3] => POOL3\nx = (",
            f"{ODD}.md": b"\0",
        },
    )
    monkeypatch.chdir(tmp_path)
    for name in (f"{ODD}.cnn", f"{ODD}.py", f"{ODD}.md", "no\x1b.cnn"):
        done = within(*command.split(), "--", name)
        assert "\x1b" not in done.output
        assert "\n::warning::x" not in done.output


def test_an_argument_too_many_is_quoted_as_safely() -> None:
    done = within("zoo", "lenet5", ODD)
    assert (done.exit_code, "(e<1B>[31mv<0A>::warning::x)" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "text",
    [
        "V\udb1a8%|",
        "\ud800C\r> TANH|",
        "INPUT[8x8x3] -> RELU -> RELU -> FC-10 # \udfff",
        "\udcff -> POLL",
    ],
)
def test_half_of_a_surrogate_pair_ends_in_no_traceback(text: str) -> None:
    for command in (
        "check",
        "check --fix",
        "check --fix --diff",
        "check --fix --output-format github",
        "fmt",
        "fmt --diff",
        "show",
        "emit",
        "family",
        "match",
        "inputs",
    ):
        within(*command.split(), "--", text)
    kept = text.replace("RELU -> RELU", "RELU").encode(
        "utf-8", "surrogateescape" if "\udcff" in text else "surrogatepass"
    )
    assert within("check", "-q", "--fix", "--", text).stdout_bytes.startswith(kept)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "# cnnsize: INPUT[8x8x3] -> FC-2\nx = [1,\n  (2, 3)\n",
            "a.py:2: the [ is never closed; after it, not all of the file is searched",
        ),
        (
            '# cnnsize: INPUT[8x8x3] -> FC-2\nx = """',
            "a.py:2: not Python from here on (EOF in multi-line string); the rest is not searched",
        ),
        ("# cnnsize: INPUT[8x8x3] -> FC-2\n", None),
        ("x = (\n", None),  # nothing in it is meant for us
    ],
)
def test_python_that_is_none_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str | None
) -> None:
    made(tmp_path, {"a.py": text, "b.cnn": GOOD})
    monkeypatch.chdir(tmp_path)
    line = f"cnnsize: {said}\n" if said else ""
    for command in ("check", "fmt", "check --extract-only"):
        words = command.split()
        assert within(*words, "a.py", "b.cnn").stderr == line
        assert within(*words, "-v", ".").stderr == line
        assert within(*words, ".").stderr == ""


# -- output files, and Windows ----------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("emit", "lenet5", "--force"),
        ("check", "lenet5"),
        ("show", "lenet5"),
        ("family", "--output-format", "csv", "INPUT[8x8x3] -> [CONV3-4]*N -> FC-2"),
    ],
)
def test_an_output_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o640)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        done = CliRunner().invoke(cli, [*arguments, "--output-file", str(path), "--isolated"])
    assert (done.exit_code, done.stdout, done.stderr) == (
        2,
        "",
        f"cnnsize: {path}: No space left on device\n",
    )
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("out", "old")]
    assert CliRunner().invoke(
        cli, [*arguments, "--output-file", str(path), "--isolated"]
    ).exit_code in (0, 1)
    assert path.read_bytes() not in (b"", b"old")
    assert b"\r" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_an_output_file_may_be_new_a_pipe_or_read_only(tmp_path: Path) -> None:
    assert cnnsize("check", "--output-file", "new", GOOD, cwd=tmp_path)[:2] == (0, "")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~umask
    assert (
        "1 network: valid"
        in cnnsize("check", "--output-file", "/dev/stdout", GOOD, cwd=tmp_path)[1]
    )
    (tmp_path / "new").chmod(0o444)
    assert cnnsize("check", "--output-file", "new", GOOD, cwd=tmp_path) == (
        2,
        "",
        "cnnsize: new: not written: it is read-only\n",
    )


def test_no_signal_is_sent_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signal 0 is Ctrl-C there."""
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "kill", pytest.fail)
        assert _running(os.getpid())
