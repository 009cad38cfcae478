"""File names and texts with control characters, newlines and lone surrogates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.files.helpers import run_in_process, write_files
from tests.helpers import cnnsize


def test_names_with_newlines_and_broken_links(tmp_path: Path) -> None:
    (tmp_path / "a\nb.cnn").write_text("INPUT[4x4x3] => FC-10\n", "utf-8")
    (tmp_path / "loop").symlink_to("loop")
    assert cnnsize("fmt", "a\nb.cnn", cwd=tmp_path)[0] == 0
    assert (tmp_path / "a\nb.cnn").read_text("utf-8") == "INPUT[4x4x3] -> FC-10\n"
    status, _, err = cnnsize("check", "loop", cwd=tmp_path)
    assert (status, err.startswith("cnnsize: loop: ")) == (2, True)


ODD = "e\x1b[31mv\n::warning::x"


@pytest.mark.slow
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
    write_files(
        tmp_path,
        {
            f"{ODD}.cnn": "INPUT[8x8x3] -> POOL3 => POLL\n",
            f"{ODD}.py": "# cnnsize: INPUT[8x8x3] => POOL3\nx = (",
            f"{ODD}.md": b"\0",
        },
    )
    monkeypatch.chdir(tmp_path)
    for name in (f"{ODD}.cnn", f"{ODD}.py", f"{ODD}.md", "no\x1b.cnn"):
        done = run_in_process(*command.split(), "--", name)
        assert "\x1b" not in done.output
        assert "\n::warning::x" not in done.output


def test_an_extra_argument_is_quoted_safely() -> None:
    done = run_in_process("zoo", "lenet5", ODD)
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
        run_in_process(*command.split(), "--", text)
    kept = text.replace("RELU -> RELU", "RELU").encode(
        "utf-8", "surrogateescape" if "\udcff" in text else "surrogatepass"
    )
    assert run_in_process("check", "-q", "--fix", "--", text).stdout_bytes.startswith(kept)
