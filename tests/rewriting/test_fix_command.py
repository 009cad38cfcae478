"""``check --fix`` and ``--diff`` as a user runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnnsize.cli.commands import cli
from cnnsize.limits import MAX_FINDINGS_WITH_FIXES
from cnnsize.rewriting.fmt import unified_diff
from tests.helpers import BAD, GOOD, cnnsize
from tests.rewriting.helpers import SLOPPY

pytestmark = pytest.mark.slow


def test_files_keep_byte_order_mark_line_ends_and_permissions(tmp_path: Path) -> None:
    file = tmp_path / "a.cnn"
    written = f"# ünï\r\n{SLOPPY} # cnnsize: ignore[CNN401] -- x\r\n\r\nb = {GOOD}"
    file.write_bytes(b"\xef\xbb\xbf" + written.encode())
    file.chmod(0o640)
    (tmp_path / "link.cnn").symlink_to(file)
    status, _, err = cnnsize("check", "-q", "--fix", "link.cnn", cwd=tmp_path)
    assert status == 0
    assert err.startswith("fixed ")
    assert err.endswith(" findings in link.cnn\n")
    assert (tmp_path / "link.cnn").is_symlink()
    after = file.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf# \xc3\xbcn\xc3\xaf\r\n")
    assert after.endswith(f"\r\n\r\nb = {GOOD}".encode())
    assert b"relu -> RELU" not in after
    assert after.count(b"\n") == after.count(b"\r\n") == 3
    assert file.stat().st_mode & 0o777 == 0o640
    assert cnnsize("check", "-q", "--fix", "a.cnn", cwd=tmp_path) == (0, "", "")
    assert file.read_bytes() == after
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.cnn", "link.cnn"]


def test_strings_and_stdin_print_the_fixed_text(tmp_path: Path) -> None:
    status, out, err = cnnsize("check", "-q", "--fix", SLOPPY, cwd=tmp_path)
    assert status == 0
    assert out.count("\n") == 1
    assert "=>" not in out
    assert err.startswith("fixed ")
    written = b"\xef\xbb\xbf# \xc3\xbc\r\n" + SLOPPY.encode() + b"\r\n# end"
    status, out, err = cnnsize("check", "-q", "--fix", "-", cwd=tmp_path, stdin=written)
    assert out.startswith("\ufeff# ü\r\n")
    assert out.endswith("\r\n# end")
    assert "in <stdin>\n" in err
    status, out, err = cnnsize("check", "--fix", "-", cwd=tmp_path, stdin=BAD.encode())
    assert (status, out) == (1, BAD)
    assert "CNN101" in err


def test_exit_status_is_that_of_what_remains(tmp_path: Path) -> None:
    file = tmp_path / "a.cnn"
    file.write_text(f"{SLOPPY}\n")
    assert cnnsize("check", "a.cnn", cwd=tmp_path)[0] == 1
    status, out, err = cnnsize("check", "--fix", "a.cnn", cwd=tmp_path)
    assert (status, out.splitlines()[-1][:16]) == (0, "1 network: valid")
    file.write_text(f"{SLOPPY}\n\n{BAD}\n")
    status, out, err = cnnsize("check", "-q", "--fix", "a.cnn", cwd=tmp_path)
    assert (status, "CNN101" in out, "fixed " in err) == (1, True, True)
    assert cnnsize("check", "-q", "--fix", "--unsafe-fixes", "a.cnn", cwd=tmp_path)[0] == 0
    assert cnnsize("check", "-q", "a.cnn", cwd=tmp_path)[:2] == (0, "")


def test_only_the_network_of_a_name_is_fixed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.cnn").write_text(
            f"{name} = {SLOPPY}\nx{name} = {SLOPPY} # cnnsize: ignore[CNN101]\n"
        )
    status, _, err = cnnsize("check", "-q", "--fix", "--name", "xb", "a.cnn", "b.cnn", cwd=tmp_path)
    assert (status, err.count("fixed")) == (0, 1)
    assert (tmp_path / "a.cnn").read_text().count(SLOPPY) == 2
    assert (tmp_path / "b.cnn").read_text().startswith(f"b = {SLOPPY}\nxb = ")
    assert "ignore" not in (tmp_path / "b.cnn").read_text()
    before = (tmp_path / "a.cnn").read_text()
    assert cnnsize("check", "--fix", "--name", "none", "a.cnn", cwd=tmp_path)[0] == 2
    assert (tmp_path / "a.cnn").read_text() == before


def test_the_summary_counts_what_can_be_fixed(tmp_path: Path) -> None:
    _, out, _ = cnnsize(
        "check", "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> RELU -> FC-10", cwd=tmp_path
    )
    assert out.endswith("1 network: 1 warning; 1 fixable with --fix\n")


def test_the_summary_counts_what_unsafe_fixes_would_fix(tmp_path: Path) -> None:
    unsafe = "INPUT[8x8x3] -> CONV3-8 -> FC-10"  # a RELU is missing
    _, out, _ = cnnsize("check", unsafe, cwd=tmp_path)
    assert out.endswith("; 1 fixable with --fix --unsafe-fixes\n")
    both = "INPUT[8x8x3] => CONV3-8 -> FC-10"
    _, out, _ = cnnsize("check", both, cwd=tmp_path)
    assert out.endswith("; 1 fixable with --fix, 1 more with --unsafe-fixes\n")


def test_a_diff_changes_nothing_and_can_be_applied(tmp_path: Path) -> None:
    file = tmp_path / "a.cnn"
    before = f"# ü\r\n{SLOPPY}\x0b\x0c\r\n\r\nx = {GOOD}\r\n\r\n{SLOPPY}".encode()
    file.write_bytes(before)
    status, out, _ = cnnsize("check", "--diff", "a.cnn", cwd=tmp_path)
    assert status == 1
    assert file.read_bytes() == before
    (tmp_path / "p").write_bytes(out.encode())
    cnnsize("check", "--fix", "a.cnn", cwd=tmp_path)
    after = file.read_bytes()
    file.write_bytes(before)
    done = subprocess.run(
        ["git", "apply", "-p0", "--unsafe-paths", "p"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == after
    assert cnnsize("check", "--diff", "a.cnn", cwd=tmp_path) == (0, "", "")


def test_a_diff_of_a_string_and_an_empty_diff(tmp_path: Path) -> None:
    status, out, _ = cnnsize("check", "--diff", SLOPPY, cwd=tmp_path)
    assert (status, out.splitlines()[:2]) == (1, ["--- <string>", "+++ <string>"])
    assert cnnsize("check", "--diff", BAD, cwd=tmp_path) == (0, "", "")
    status, out, _ = cnnsize("check", "--diff", "--unsafe-fixes", BAD, cwd=tmp_path)
    assert (status, "(S=2, P=1)" in out) == (1, True)
    assert cnnsize("check", "--diff", "none.cnn", cwd=tmp_path)[0] == 2


def test_a_file_that_cannot_be_written_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, before: bytes, after: bytes) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("cnnsize.files.write.write_text", refuse)
    (tmp_path / "a.cnn").write_text(SLOPPY)
    done = CliRunner().invoke(cli, ["check", "-q", "--fix", str(tmp_path / "a.cnn")])
    assert done.exit_code == 2
    assert "a.cnn: Permission denied" in done.output
    assert "fixed" not in done.output


def test_json_of_what_remains_goes_to_stderr_for_a_string(tmp_path: Path) -> None:
    script = (
        f'"{sys.executable}" -m cnnsize check --fix --output-format json "{SLOPPY}" 2>/dev/null'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("I")
    assert done.stdout.count("\n") == 1


def test_lines_of_a_diff_end_at_newlines_only() -> None:
    assert unified_diff("a\u2028b\nc", "a\u2028b\nd", "x") == (
        "--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\u2028b\n-c\n\\ No newline at end of file\n+d\n\\ No newline at end of file\n"
    )


def test_fix_is_not_limited_to_the_fixes_that_a_report_verifies(tmp_path: Path) -> None:
    count = MAX_FINDINGS_WITH_FIXES + 1
    (tmp_path / "a.cnn").write_text("INPUT[8x8x3] -> CONW3-4 -> RELU -> FC-2\n" * count)
    status, _, err = cnnsize("check", "-q", "--fix-only", "--unsafe-fixes", "a.cnn", cwd=tmp_path)
    assert (status, err) == (0, f"fixed {count:,} findings in a.cnn\n")
    assert "CONW" not in (tmp_path / "a.cnn").read_text()
