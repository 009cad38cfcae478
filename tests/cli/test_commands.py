"""The commands as a new user runs them: exit codes, files, stdin, JSON, and every kind of bad
input.
"""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnnsize.cli import main
from cnnsize.cli.commands import MODULES, cli
from cnnsize.report.contract import Report
from tests.helpers import BAD, GOOD, ROOT, cnnsize

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (GOOD, 0),
        (BAD, 1),
        ("INPUT -> CONV -> POLL", 1),
        ("conv-relu-pool", 1),
        ("", 2),
        ("   \n ", 2),
    ],
)
def test_exit_status(text: str, status: int) -> None:
    assert cnnsize("check", text)[0] == status


def test_json_agrees_with_the_published_schema_and_holds_exact_integers() -> None:
    status, out, _ = cnnsize(
        "check",
        "--select",
        "language,shape",
        "--output-format",
        "json",
        BAD,
        GOOD,
        "x -> yy",
        "INPUT[4x4x4] -> UP3 -> CONV3-3(S=2, P=0)",
    )
    assert status == 1
    data = json.loads(out)
    Report.model_validate(data)
    first = data["architectures"][0]
    assert {
        key: first[key]
        for key in (
            "input",
            "output",
            "valid",
            "params",
            "macs",
            "flops",
            "activations",
            "memory_bytes",
            "receptive_field",
        )
    } == {
        "input": [10, 10, 3],
        "output": [1, 1, 10],
        "valid": False,
        "params": 12042,
        "macs": 37888,
        "flops": 75776,
        "activations": 1334,
        "memory_bytes": 5336,
        "receptive_field": [3, 3],
    }
    conv = first["layers"][1]
    assert conv["span"] == [18, 36]
    assert (conv["in"], conv["out"], conv["remainder"], conv["path"]) == (
        [[10, 10, 3]],
        [4, 4, 64],
        [1, 1],
        "1",
    )
    diagnostic = data["diagnostics"][0]
    assert (diagnostic["code"], diagnostic["location"], diagnostic["end_location"]) == (
        "CNN101",
        {"line": 1, "column": 19},
        {"line": 1, "column": 37},
    )
    assert {"W": 10, "F": 3, "S": 2, "P": 0, "r": 1}.items() <= diagnostic["facts"].items()
    assert {"span": [6, 11], "text": "11x11"} in [
        edit for fix in diagnostic["fixes"] for edit in fix["edits"]
    ]
    assert data["architectures"][3]["layers"][1]["jump"] == ["1/3", "1/3"]
    assert data["summary"] == {"architectures": 4, "errors": 3, "warnings": 0, "infos": 0}


def test_the_schema_command_prints_the_schema() -> None:
    status, out, _ = cnnsize("schema")
    assert status == 0
    assert json.loads(out)["title"] == "Report"


def test_every_fix_in_the_json_does_what_it_says() -> None:
    _, out, _ = cnnsize("check", "--select", "shape", "--output-format", "json", BAD)
    fixes = json.loads(out)["diagnostics"][0]["fixes"]
    assert len(fixes) == 6
    for fix in fixes:
        text = BAD
        for edit in sorted(fix["edits"], key=lambda edit: -edit["span"][0]):
            text = text[: edit["span"][0]] + edit["text"] + text[edit["span"][1] :]
        assert cnnsize("check", "--select", "shape", "-q", text)[:2] == (0, ""), fix["message"]


def test_files_folders_and_stdin(tmp_path: Path) -> None:
    (tmp_path / "nets.cnn").write_text(
        f"# two networks\nlenet = INPUT[32x32x1] -> CONV5-6(P=0)\n  -> POOL2\n\nbad = {BAD}\n"
    )
    (tmp_path / "README.md").write_text(f"# Title\n\nINPUT -> nonsense\n\n```cnn\n{BAD}\n```\n")
    status, out, _ = cnnsize("check", "--output-format", "concise", ".", cwd=tmp_path)
    assert status == 1
    assert [line.split(": error")[0] for line in out.splitlines() if "error" in line] == [
        "README.md:6:19",
        "nets.cnn:5:25",
    ]
    assert cnnsize("check", "--name", "lenet", "nets.cnn", cwd=tmp_path)[0] == 0
    assert cnnsize("show", "--name", "lenet", "nets.cnn", cwd=tmp_path)[1].count("28x28x6") == 1
    status, out, _ = cnnsize("show", "nets.cnn", cwd=tmp_path)
    assert status == 1  # the second has an error
    assert out.split("\n", 1)[0].split() == ["lenet", "!", "bad"]
    status, _, err = cnnsize("emit", "nets.cnn", cwd=tmp_path)
    assert status == 2
    assert "--name: lenet, bad" in err
    status, _, err = cnnsize("check", "--name", "lenett", "nets.cnn", cwd=tmp_path)
    assert status == 2
    assert "lenet" in err
    assert cnnsize("check", "-", stdin=GOOD.encode())[0] == 0
    assert cnnsize("check", "-", stdin=BAD.encode())[0] == 1


def test_line_ends_and_a_byte_order_mark_keep_columns_true(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_bytes(
        b"\xef\xbb\xbfINPUT[8x8x3] -> POLL\r\nx = INPUT[8x8x3] ->\r\n  POLL\r\n"
    )
    _, out, _ = cnnsize("check", "--output-format", "concise", "a.cnn", cwd=tmp_path)
    assert [line.split(": error")[0] for line in out.splitlines()] == ["a.cnn:1:17", "a.cnn:3:3"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("binary.cnn", b"\x00\x01\x02INPUT", "binary"),
        ("latin.cnn", "INPUT[8x8x3] → é".encode("latin-1", "replace") + b"\xe9", "not valid UTF-8"),
        ("empty.cnn", b"", "no architecture"),
        ("comment.cnn", b"# nothing here\n", "no architecture"),
        ("missing.cnn", None, "no such file"),
        ("some/where", None, "no such file"),
    ],
)
def test_files_that_hold_nothing_to_check(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    status, out, err = cnnsize("check", name, cwd=tmp_path)
    assert (status, out if words != "x" else "") in ((2, ""), (2, "0 networks: valid\n"))
    assert words in err


def test_a_folder_without_architectures(tmp_path: Path) -> None:
    status, _, err = cnnsize("check", str(tmp_path))
    assert (status, "no architecture found" in err) == (0, True)


@pytest.mark.parametrize(
    "argument",
    [
        "INPUT -> \x07CONV",
        "INPUT -> \u202eCONV",
        "INPUT -> 卷积层卷积层",
        "é -> ü",
        b"INPUT -> \xff\xfe",
        "->",
        "[",
        "\ufeffINPUT[8x8x3] -> FC-1",
    ],
)
def test_odd_characters_never_end_in_a_traceback(argument: str | bytes) -> None:
    for form in ("full", "concise", "json"):
        status, out, _ = cnnsize("check", "--output-format", form, "-e", argument)
        assert status in (0, 1)
        assert not set(out) & {"\x07", "\u202e"}, "controls are spelled"


def test_an_ascii_terminal_gets_ascii() -> None:
    _, out, _ = cnnsize("check", "INPUT[10x10x3] → CONV3-64(S=2, P=0)", PYTHONIOENCODING="ascii")
    assert out.isascii()
    assert "\\u2192" in out


def test_a_closed_pipe_is_no_error_message() -> None:
    line = f'"{sys.executable}" -m cnnsize check --output-format json "INPUT[8x8x3] -> [CONV3-3(P=1)]*9000" | head -c 10'
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60)
    assert (done.stdout, done.stderr) == (b'{\n  "versi', b"")


def test_colour_follows_the_environment_and_the_flag() -> None:
    assert "\x1b[" not in cnnsize("check", BAD)[1]
    assert "\x1b[" in cnnsize("check", BAD, FORCE_COLOR="1")[1]
    assert "\x1b[" not in cnnsize("check", BAD, FORCE_COLOR="1", NO_COLOR="1")[1]
    assert "\x1b[" in cnnsize("check", "--color", "always", BAD, NO_COLOR="1")[1]
    assert "\x1b[" not in cnnsize("check", "--color", "never", BAD, FORCE_COLOR="1")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check",), "nothing to read"),
        (("check", "--input", "32x32", GOOD), "--input"),
        (("check", "--input", "0x32x3", GOOD), "--input"),
        (("check", "--set", "N", GOOD), "--set"),
        (("show", "--set", "N=0..3", GOOD), "family"),
        (("check", "--set", "N=3..0", GOOD), "N=0..3"),
        (("check", "--set", "N={1,,2}", GOOD), "--set"),
        (("check", "--set", "N=1", "--set", "N=2", GOOD), "twice"),
        (("check", "--output-format", "yaml", GOOD), "yaml"),
        (("check", "--config", "none.toml", GOOD), "none.toml"),
        (("check", "--config", "x", "--isolated", GOOD), "exclude"),
        (("explain", "CNN999"), "CNN999"),
        (("chekc", GOOD), "chekc"),
        (("fmt", "none.cnn"), "no such file"),
    ],
)
def test_usage_errors_exit_2_and_say_why(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = cnnsize(*arguments, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert words in err


def test_letters_and_inputs_from_the_command_line() -> None:
    _, out, _ = cnnsize(
        "check",
        "--output-format",
        "json",
        "--set",
        "N=2",
        "--input",
        "16x16x1",
        "[CONV3-8 -> RELU]*N -> FC-10",
    )
    assert [layer["kind"] for layer in json.loads(out)["architectures"][0]["layers"]] == [
        "CONV",
        "RELU",
        "CONV",
        "RELU",
        "FC",
    ]
    status, out, _ = cnnsize("check", "--set", "M=2", "INPUT[8x8x3] -> [CONV3-8]*N -> FC-10")
    assert status == 1
    assert "this network has no letter M" in out


def test_configuration_sets_what_is_assumed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.cnnsize]\ntarget = "tensorflow"\ndefaults = { input = "28x28x1", filters = 8 }\n'
    )
    _, out, _ = cnnsize(
        "check", "--output-format", "json", "INPUT -> CONV3(S=2, P=same) -> FC-10", cwd=tmp_path
    )
    assert json.loads(out)["architectures"][0]["layers"][1]["out"] == [14, 14, 8]
    _, out, _ = cnnsize(
        "check",
        "--isolated",
        "--output-format",
        "json",
        "INPUT -> CONV3(P=same) -> FC-10",
        cwd=tmp_path,
    )
    assert json.loads(out)["architectures"][0]["layers"][1]["out"] == [32, 32, 64]
    (tmp_path / "pyproject.toml").write_text('[tool.cnnsize]\ntargte = "torch"\n')
    status, _, err = cnnsize("check", GOOD, cwd=tmp_path)
    assert status == 2
    assert "did you mean 'target'?" in err


def test_output_file(tmp_path: Path) -> None:
    status, out, _ = cnnsize(
        "check", "--output-format", "json", "--output-file", "out.json", GOOD, cwd=tmp_path
    )
    assert (status, out) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text())["summary"]["errors"] == 0
    status, _, err = cnnsize("check", "--output-file", "no/such/folder", GOOD, cwd=tmp_path)
    assert status == 2
    assert "no/such/folder" in err


def test_explain_prints_a_page_by_code_and_by_name() -> None:
    by_code = cnnsize("explain", "CNN101")
    assert by_code[0] == 0
    assert by_code == cnnsize("explain", "fractional-output")
    assert (
        json.loads(cnnsize("explain", "CNN101", "--output-format", "json")[1])["name"]
        == "fractional-output"
    )


def test_fmt_rewrites_networks_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "nets.cnn"
    written = "# zoo\r\n\r\na = input(8x8x3) => conv(8,  3)  # first\r\n\r\n  b = INPUT[8x8x3] -> FC-10 # kept\r\n# end"
    file.write_bytes(b"\xef\xbb\xbf" + written.encode())
    file.chmod(0o640)
    assert cnnsize("fmt", "--check", "nets.cnn", cwd=tmp_path)[0] == 1
    status, out, _ = cnnsize("fmt", "--diff", "nets.cnn", cwd=tmp_path)
    assert status == 1
    assert "+a = INPUT[8x8x3] -> CONV3-8" in out
    assert file.read_bytes() == b"\xef\xbb\xbf" + written.encode()
    assert cnnsize("fmt", "nets.cnn", cwd=tmp_path) == (0, "", "reformatted nets.cnn\n")
    expected = "# zoo\r\n\r\na = INPUT[8x8x3] -> CONV3-8  # first\r\n\r\n  b = INPUT[8x8x3] -> FC-10 # kept\r\n# end"
    assert file.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert cnnsize("fmt", "--check", "nets.cnn", cwd=tmp_path) == (0, "", "")
    file.write_bytes(written.encode())
    assert cnnsize("fmt", "-q", "nets.cnn", cwd=tmp_path) == (0, "", "")
    assert cnnsize("fmt", "-", stdin=b"conv => relu\n")[1] == "CONV -> RELU\n"
    status, _, err = cnnsize("fmt", "conv => rleu")
    assert status == 1
    assert "RELU" in err


def test_no_network_no_home_no_writable_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    assert cnnsize("check", GOOD, cwd=tmp_path, HOME="/nonexistent")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("chekc", "x"), "unknown command 'chekc'; did you mean 'check'?"),
        (("rule", "CNN101"), "unknown command 'rule'; did you mean 'explain'?"),
        (("format", "."), "unknown command 'format'; did you mean 'fmt'?"),
        (
            ("INPUT[4x4x3] -> FC-10",),
            "to check a network, use: cnnsize check 'INPUT[4x4x3] -> FC-10'",
        ),
        (("INPUT[4x4x3]", "-"), 'quote it: cnnsize check "INPUT[4x4x3] -> ..."'),
        (
            ("show", "--select", "CNN1", "vgg16"),
            "`cnnsize show` has no option --select; it belongs to `cnnsize check`",
        ),
        (
            ("zoo", "--input", "8x8x3"),
            "has no option --input; it belongs to `cnnsize check`, `cnnsize show`, "
            "`cnnsize draw` and others",
        ),
        (("frobnicate",), "unknown command 'frobnicate'"),
        (("--nothing",), "unknown option '--nothing'"),
    ],
)
def test_an_unknown_command_names_the_nearest(words: tuple[str, ...], message: str) -> None:
    status, out, err = cnnsize(*words)
    assert (status, out) == (2, "")
    assert message in err


# Words of the project's own that a reader of --help would stumble over.
HOUSE_WORDS = re.compile(
    r"\b(behind|in front of|mends?|spares?|stands?|told|heard|sees|looked at|one a line)\b"
)


def test_every_command_has_a_row_in_the_guide() -> None:
    guide = (ROOT / "cnnsize" / "guide" / "commands.md").read_text("utf-8")
    rows = re.findall(r"(?m)^\| `cnnsize (\w+)", guide)
    assert sorted(rows) == sorted(MODULES), "the table of cnnsize/guide/commands.md"


def test_every_command_is_listed_and_has_help() -> None:
    _, listed, _ = cnnsize("--help")
    names = re.findall(r"(?m)^  ([a-z]+)  ", listed.partition("Check and size:")[2])
    assert names == list(MODULES)
    for name in names:
        text = cnnsize(name, "--help")[1]
        assert text.startswith(f"Usage: cnnsize {name} ")
        assert not HOUSE_WORDS.search(text), name
        assert max(map(len, text.splitlines())) <= 80, name


# -- nothing to show, and nothing printed ----------------------------------------

ONE = (
    "show",
    "show --output-format json",
    "emit",
    "run",
    "family",
    "family --output-format csv",
    "family --output-format json",
    "match",
    "inputs",
)


HOW_TO_MARK = {  # by the end of the name
    "cnn": "write one per line, as in INPUT[32x32x3] -> CONV3-64 -> FC-10",
    ".md": "put one in a block that begins with ```cnn (see `cnnsize help files`)",
    ".py": "put one in a comment, as in # cnnsize: INPUT[32x32x3] -> ... (see `cnnsize help files`)",
}


@pytest.mark.parametrize("command", [*ONE, "check", "fmt"])
def test_every_command_reports_a_text_without_a_network_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    texts = {
        "model.py": "x = 1\n",
        "a.md": "# title\n",
        "empty.cnn": "",
        "blocks.cnn": "b(k) = CONV3-k\n",
        "c.cnn": "# comment\n",
        "off.md": "```cnn skip\nINPUT -> FC\n```\n",
    }
    if command == "fmt":
        del texts["blocks.cnn"]  # which it rewrites
    for name, text in texts.items():
        Path(name).write_text(text)
        done = CliRunner().invoke(cli, [*command.split(), name])
        assert (done.exit_code, done.stdout) == (2, "")
        assert (
            done.stderr == f"cnnsize: no architecture found in {name}; {HOW_TO_MARK[name[-3:]]}\n"
        )
    for data in ("", " \n", "# comment\n"):
        done = CliRunner().invoke(cli, [*command.split(), "-"], input=data)
        assert (done.exit_code, done.stdout, done.stderr) == (
            2,
            "",
            f"cnnsize: no architecture found in stdin; {HOW_TO_MARK['cnn']}\n",
        )
    done = CliRunner().invoke(cli, [*command.split(), "x.ipynb"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("cnnsize: x.ipynb: no such file")
    Path("x.ipynb").write_text("{cnn")
    done = CliRunner().invoke(cli, [*command.split(), "x.ipynb"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("cnnsize: x.ipynb: not a notebook: ")


@pytest.mark.parametrize("command", [*ONE, "check", "fmt"])
def test_a_block_that_cannot_be_read_is_the_error_of_every_command(command: str) -> None:
    done = CliRunner().invoke(cli, [*command.split(), "b(k) = POLL"])
    assert (done.exit_code, "CNN002" in done.output) == (1, True)
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", ["family --limit 1", "match", "inputs"])
def test_a_block_that_cannot_be_read_is_no_second_network(command: str) -> None:
    done = CliRunner().invoke(
        cli, [*command.split(), "b(k) = POLL\nINPUT[8x8x3] -> CONV3-4 -> RELU -> FC-2"]
    )
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["check", "show"])
def test_quiet_hides_nothing_that_makes_the_exit_status_1(tmp_path: Path, command: str) -> None:
    (tmp_path / "c.toml").write_text('fail-on = "info"')
    # whose FC holds nearly all parameters: a note
    text = "INPUT[32x32x3] -> CONV3-64(P=1) -> RELU -> FC-10"
    done = CliRunner().invoke(cli, [command, "-q", "--config", str(tmp_path / "c.toml"), text])
    assert (done.exit_code, "info[CNN" in done.output) == (1, True)
    done = CliRunner().invoke(cli, [command, "-q", "--isolated", text])
    assert (done.exit_code, "info[CNN" in done.output) == (0, False)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "INPUT[8x8x3] -> POLL",
            "cnnsize: <string>:1:17: error[CNN002] unknown-layer: POLL is not a layer (help: did you mean POOL or AVGPOOL?)\n",
        ),
        (
            "INPUT[8x8x3] -> CONV3-k -> FC-2",
            "cnnsize: <string>:1:23: error[CNN008] missing-value: k has no value: a size has no default (help: give it a value: --set k=2, or --set k=32..64)\n",
        ),
    ],
)
def test_rows_for_programs_hold_no_prose(form: str, text: str, message: str) -> None:
    done = CliRunner().invoke(cli, ["family", "--output-format", form, text])
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", message)


def test_a_family_without_a_valid_member_says_so() -> None:
    done = CliRunner().invoke(
        cli, ["family", "-q", "--valid", "INPUT[4x4x3] -> [POOL9]*N -> FC-2 where N in 1..2"]
    )
    assert (done.exit_code, done.stderr) == (1, "cnnsize: none of the 2 members is valid\n")


@pytest.mark.parametrize(
    "command", ["check", "show", "emit", "run", "family", "match", "inputs", "fmt", "check -e"]
)
@pytest.mark.parametrize(
    "line",
    [
        "INPUT[8x8x3] -> CONV3-4 -> FC-2",
        "INPUT -> FC",
        "net = INPUT[8x8x3] -> FC-2",
        "[CONV -> RELU]*2 -> FC",
        "INPUT[8x8x3]->FC",
        "[CONV->RELU]*2->FC",
        "INPUT => CONV3-4 => FC-2",
        "INPUT > CONV3-4 > FC-2",
        "INPUT --> CONV3-4 --> FC-2",
        "INPUT --> CONV3-4",
        "INPUT[8 x 8 x 3] -> FC-2",
        "INPUT[8x8x3] → CONV3-4 → FC-2",
        "INPUT[8x8x3] CONV3-4 FC-2",
        "INPUT[8x8x3], CONV3-4, FC-2",
        "conv - relu - pool",
    ],
)
def test_a_network_without_quotes_is_reported_and_nothing_waits(
    tmp_path: Path, command: str, line: str
) -> None:
    """Run what bash makes of the line, with a stdin that never ends, as on a terminal."""
    words = (
        " ".join(word for word in line.split() if word not in ("net", "="))
        if command == "check -e"
        else line
    )
    script = f'exec "{sys.executable}" -m cnnsize {command} {words}'
    reading, writing = os.pipe()
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        stdin=reading,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(reading)
    os.close(writing)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "the network is not in quotes" in done.stderr


def test_a_string_and_stdin_are_read_together() -> None:
    status, out, _ = cnnsize("check", GOOD, "-", stdin=GOOD.encode())
    assert (status, "2 networks: valid" in out) == (0, True)


def test_nothing_is_painted_white() -> None:
    """White text cannot be read on a light terminal."""
    out = (
        CliRunner()
        .invoke(
            cli, ["check", "--color", "always", "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> FC-10"]
        )
        .stdout
    )
    assert "\x1b[1m help:" not in out
    assert "\x1b[1mhelp:\x1b[0m" in out
    assert "\x1b[1m fractional-output: \x1b[0m" in out
    assert not re.search(r"\x1b\[(?:\d+;)*(?:37|97)(?:;\d+)*m", out)


# -- how it begins and ends ----------------------------------------


@pytest.mark.parametrize(
    "module",
    ["click", "re", "cnnsize.cli", "cnnsize.report.make", "cnnsize.cli.check", "cnnsize.cli.plain"],
)
def test_ctrl_c_during_an_import_is_one_line(tmp_path: Path, module: str) -> None:
    """As the console script starts it, and as -m does: a finder raises what Ctrl-C raises."""
    (tmp_path / "interrupt.py").write_text(
        "import sys\n"
        "class Finder:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        f"sys.modules.pop({module!r}, None)\n"
        "sys.meta_path.insert(0, Finder)\n"
    )
    for start in (
        "from cnnsize.__main__ import main; main()",
        "import runpy; runpy.run_module('cnnsize', None, '__main__', True)",
    ):
        script = (
            f"import interrupt, sys; sys.argv = ['cnnsize', 'check', '-q', 'INPUT -> FC']; {start}"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "cnnsize: interrupted\n")


def test_the_package_itself_imports_nothing() -> None:
    """The command line must handle Ctrl-C before anything takes long."""
    script = "import sys; import cnnsize.__main__; print(*[name for name in sys.modules if name.startswith('cnnsize')])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["cnnsize", "cnnsize.__main__"]


def test_the_package_gives_the_names_of_the_library() -> None:
    import cnnsize as package

    assert set(package.__all__) <= set(dir(package))
    assert all(getattr(package, name) is not None for name in package.__all__)
    with pytest.raises(AttributeError, match="module 'cnnsize' has no attribute 'prase'"):
        package.prase  # type: ignore[attr-defined]  # noqa: B018


def test_modules_in_the_current_folder_are_not_ours(tmp_path: Path) -> None:
    for name in ("click", "re", "typing", "json", "textwrap", "rich"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is not ours')\n")
    assert cnnsize("check", "-q", GOOD, cwd=tmp_path, PYTHONPATH=str(ROOT)) == (0, "", "")


def test_a_closed_pipe_on_windows_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(**_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(cli, "main", closed)
    with open(os.devnull, "w") as stdout, monkeypatch.context() as windows:
        windows.setattr(sys, "stdout", stdout)
        windows.setattr(os, "name", "nt")
        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == 1


@pytest.mark.parametrize("form", ["full", "json", "junit", "sarif"])
def test_lines_end_alike_on_windows(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    written = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(written, encoding="utf-8", newline="\r\n"))
    monkeypatch.setattr(
        sys, "argv", ["cnnsize", "check", "--isolated", "--output-format", form, GOOD]
    )
    with pytest.raises(SystemExit):
        main()
    sys.stdout.flush()
    assert b"\n" in written.getvalue()
    assert b"\r" not in written.getvalue()
