"""``--fix``: the text as it was written but for what is fixed, the same network, and nothing safe
left to fix.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.cli import cli
from cnnsize.files.document import Document
from cnnsize.lint.selection import Choice, resolve_selection, rules
from cnnsize.report.make import report
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fix import FixedText, apply_fixes
from cnnsize.rewriting.fmt import unified
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.settings import TORCH
from cnnsize.sizing.unrolled import kinds as unrolled_kinds
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix
from cnnsize.text.span import Span
from tests.helpers import BAD, GOOD, cnnsize

SLOPPY = "Input[8x8x3] => conv3-8(P=1) -> relu -> RELU -> fc-10"


def look(text: str, file: str | None = "a.cnn") -> Report:
    return report(read_documents([Document(text, file)]))


def fixed(text: str, unsafe: bool = False, file: str | None = "a.cnn") -> FixedText:
    return apply_fixes(text, lambda text: look(text, file), unsafe)


def left(made: Report, applicability: Literal["safe", "unsafe"] = "safe") -> list[str]:
    return [
        one.code
        for one in made.diagnostics
        if any(fix.applicability == applicability for fix in one.fixes)
    ]


def meaning(one: Result) -> object:
    """What no safe fix may change: what every layer with weights is and gives, and what comes
    out.
    """
    if one.network is None:
        return None
    weighty = [(step.kind, step.output, step.params) for step in one.layers if step.params]
    return one.input, one.output, one.params, one.valid, weighty


def kinds(one: Result) -> list[str] | None:
    assert one.architecture is not None
    try:
        return unrolled_kinds(one.architecture, bound_letters(one.architecture))
    except ArchitectureError:
        return None


# -- the text stays as it is ----------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_all_that_is_not_fixed_stays_byte_for_byte(end: str) -> None:
    lines = [
        "# zoo \t",
        "",
        "  a = INPUT[8x8x3]  ->\tCONV3-8(P=1) -> RELU -> RELU -> FC-10   # ünï 卷积  ",
        "",
        "b = INPUT[8x8x3] ->   # first",
        "   CONV3-8(P=1) -> RELU -> RELU ->  # second",
        "\t# third",
        "  FC-10",
        "# end",
    ]
    text = end.join(lines)
    selection = resolve_selection([Choice("test", select=("CNN303",))], TORCH, rules())

    def only_303(text: str) -> Report:
        return report(read_documents([Document(text, "a.cnn")]), selection=selection)

    done = apply_fixes(text, only_303)
    assert [one.code for one in done.fixed] == ["CNN303", "CNN303"]
    assert done.text == text.replace("RELU -> RELU", "RELU")


def test_files_keep_their_mark_their_ends_and_their_rights(tmp_path: Path) -> None:
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


def test_markdown_is_fixed_in_its_fences_and_nowhere_else() -> None:
    text = f"# {SLOPPY}\n\n```cnn\n{SLOPPY}\n```\n\n~~~ cnn skip\n{SLOPPY}\n~~~\n\n```cnn bad\n{SLOPPY}\n```\n\n```python\n{SLOPPY}\n```\n"
    after = fixed(text, file="a.md").text
    assert after.count(SLOPPY) == 4
    assert "```cnn\nINPUT[8x8x3]" in after or "```cnn\nInput[8x8x3] -> " in after


def test_a_fix_in_a_block_is_made_once_where_it_is_written() -> None:
    text = (
        "# blocks\ncb(k) = CONV3-k(P=1) => BN -> RELU -> RELU # of two\n\n"
        "a = INPUT[8x8x3] -> cb(8) -> FC-10\n\nb = INPUT[8x8x3] => cb(9) -> cb(4) -> FC-10 # end"
    )
    done = fixed(text)
    assert done.text == text.replace("=>", "->").replace("RELU -> RELU", "RELU")
    assert left(look(done.text)) == []


def test_a_string_is_fixed_as_it_was_given() -> None:
    assert fixed("# INPUT[8x8x3] => CONV3-8(P=1) -> RELU -> RELU -> FC-10", file=None).text in (
        "# INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10",
        # a pasted comment may be left alone
        "# INPUT[8x8x3] => CONV3-8(P=1) -> RELU -> RELU -> FC-10",
    )


@pytest.mark.parametrize(
    "text",
    [
        "INPUT[16x16x3] → Conv3-8 → Pool2\n→ FC-10",
        "Input(16x16x3) => conv(8, 3) + ReLU →\nFC(10)",
        "Input(16x16x3)\n  ↓\nConv3-8 + ReLU =>\n| # \nFC-10",
    ],
)
def test_people_s_own_forms_are_mended_over_lines(text: str) -> None:
    done = fixed(text)
    assert done.fixed
    assert left(look(done.text)) == []
    assert list(map(meaning, look(text).architectures)) == list(
        map(meaning, look(done.text).architectures)
    )


HUGE = """\
import resource, sys
import cnnsize
from cnnsize.faults.fault import Fault
cnnsize.check("INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> RELU -> FC-10").diagnostics[0].fixes
mapped = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (mapped + 100_000_000,) * 2)
for text in sys.argv[1:]:
    print(*[one.code for one in cnnsize.check(text).diagnostics])
"""
FAR = 10**18 - 1


def test_fixes_for_windows_of_any_size_are_looked_for_in_little_memory() -> None:
    texts = {
        "INPUT[32x32x3] -> POOL4294967296 -> FC-10": "CNN102",
        f"INPUT[2x4x1] -> POOL7(S=2x2, D={FAR})": "CNN102",
        f"INPUT[{FAR}x{FAR}x1] -> CONV3-1(S={FAR // 2 - 7}, P=0, D={FAR // 4})": "CNN101",
        f"INPUT[{FAR}x9x1] -> CONV{FAR // 2 - 1}-1(S={FAR // 3}, P={FAR // 5}, D=2)": "CNN102",
        f"INPUT[8x8x3] -> POOL4(P={FAR})": "CNN105",
        f"INPUT[8x8x3] -> TCONV3-8(P={FAR}, S=2)": "CNN102",
        f"INPUT[8x8x{FAR}] -> CONV3-{FAR - 9}(P=1, G={FAR // 7})": "CNN104",
    }
    done = subprocess.run([sys.executable, "-c", HUGE, *texts], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == list(texts.values())


def test_the_groups_that_are_proposed_are_the_nearest() -> None:
    def proposed(text: str) -> tuple[str, ...]:
        return look(text).diagnostics[0].help

    assert proposed("INPUT[8x8x96] -> CONV3-64(G=5) -> RELU") == ("G = 4 or 2",)
    large = 2**20 * 3**5  # past all that were looked at one by one
    assert proposed(f"INPUT[8x8x{large}] -> CONV3-{large}(G=5) -> RELU") == ("G = 4 or 6",)


def test_the_largest_filter_that_fits_is_proposed_however_large_the_written_one() -> None:
    (found, *_) = look("INPUT[32x32x3] -> POOL4294967296 -> FC-10").diagnostics
    assert found.help == ("fits: F = 32",)
    assert found.fixes[0].message == "use a 32x32 window"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "INPUT[10x10x3] -> CONV3-8(S=2, P=0)",
            ("exact: W = 9 or 11, F = 2 or 4, S = 1", "P = 1 also works: only padding goes unread"),
        ),
        # a window of 2 at stride 3 would leave 2 and 5 unread
        (
            "INPUT[8x8x3] -> POOL3(S=3)",
            ("exact: W = 6 or 9, F = 5, S = 1", "P = 1 also works: only padding goes unread"),
        ),
        # P = 4 is exact, but more than half the filter
        (
            "INPUT[12x12x3] -> CONV5-8(S=5, P=0)",
            ("exact: W = 10 or 15, F = 7, S = 1", "P = 2 also works: only padding goes unread"),
        ),
        # odd columns: no input, no filter and no padding brings a dilation of 2 at stride 2 to them
        ("INPUT[10x10x3] -> CONV3-8(S=2, P=0, D=2)", ("exact: S = 1",)),
        ("INPUT[9x9x3] -> CONV3-8(S=3, P=0, D=3)", ("exact: S = 1, D = 1",)),
        # W is made exact, and along H every second row is skipped as before
        ("INPUT[10x10x3] -> CONV3x1-8(S=2, P=0)", ("fits: W = 9 or 11, F = 2x1 or 4x1, S = 1x2",)),
        ("INPUT[4x4x3] -> POOL2(S=2, P=2, D=2)", ()),
        ("INPUT[4x4x3] -> POOL3(S=2, P=2)", ("P = 1",)),
    ],
)
def test_what_is_proposed_for_a_window(text: str, said: tuple[str, ...]) -> None:
    assert look(f"{text} -> RELU").diagnostics[0].help == said


# -- what is done ----------------------------------------


def test_unused_comments_are_taken_out() -> None:
    text = (
        f"# one\n  # cnnsize: ignore[CNN101]\n{GOOD} # two # cnnsize: ignore[CNN101] -- x\n\n"
        f"{BAD} # cnnsize: ignore[CNN101, CNN102, CNN302]\n# cnnsize: ignore-file[CNN103]"
    )
    after = fixed(text).text
    assert after == f"# one\n{GOOD} # two\n\n{BAD} # cnnsize: ignore[CNN101, CNN302]\n"


def test_unsafe_fixes_are_made_only_where_they_are_wanted() -> None:
    text = f"{BAD}\n\nINPUT[8x8x3] -> MaxPol2 -> FC-10"
    assert fixed(text).text == text
    done = fixed(text, unsafe=True)
    assert not [one for one in look(done.text).diagnostics if one.severity == "error"]
    assert "INPUT[9x9x3]" in done.text
    assert "POOL" in done.text


def test_unknown_suppressions_are_mended_unsafely() -> None:
    text = (
        "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10 # cnnsize: ignore[fractional-ouput]"
    )
    assert fixed(text).text == text
    selection = resolve_selection([Choice("test", select=("CNN9",))], TORCH, rules())

    def only_9(text: str) -> Report:
        return report(read_documents([Document(text, "a.cnn")]), selection=selection)

    assert apply_fixes(text, only_9, unsafe=True).text == text.replace("ouput", "output")


# -- fixes that are no good ----------------------------------------


def with_fixes(
    *fixes: tuple[int, int, str], applicability: Literal["safe", "unsafe"] = "safe"
) -> Callable[[str], Report]:
    """Looks at a text, and finds these fixes in it as long as the text at their places is what it
    was.
    """
    begun: list[str] = []

    def look(text: str) -> Report:
        begun.append(text)
        made = report(read_documents([Document(text, "a.cnn")]))
        source = made.architectures[0].source
        found = [
            Diagnostic(
                "CNN303",
                "made up",
                Span(start, end),
                path=str(start),
                source=source,
                architecture=0,
                fixes=(Fix("x", (Edit(Span(start, end), new),), applicability),),
            )
            for start, end, new in fixes
            if text[start:end] == begun[0][start:end]
        ]
        return Report(made.architectures, tuple(found))

    return look


BEGIN = "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10"


@pytest.mark.parametrize(
    "new", ["", "POLL", "CONV3-9(P=1)", "POOL2", "POOL9", "RELU -> ", "\n\nRELU", "#"]
)
def test_a_safe_fix_that_changes_the_network_or_breaks_it_is_not_made(new: str) -> None:
    done = apply_fixes(BEGIN, with_fixes((16, 28, new)))
    assert done == FixedText(BEGIN, ())


def test_an_unsafe_fix_may_change_the_network_and_not_break_it() -> None:
    assert apply_fixes(
        BEGIN, with_fixes((16, 28, "CONV3-9(P=1)"), applicability="unsafe"), True
    ).text == BEGIN.replace("3-8", "3-9")
    assert (
        apply_fixes(BEGIN, with_fixes((16, 28, "POLL"), applicability="unsafe"), True).text == BEGIN
    )
    assert (
        apply_fixes(BEGIN, with_fixes((16, 28, "CONV3-9(P=1)"), applicability="unsafe")).text
        == BEGIN
    )


def test_one_bad_fix_does_not_keep_the_good_ones_from_being_made() -> None:
    done = apply_fixes(BEGIN, with_fixes((16, 28, "POLL"), (32, 36, "relu"), (40, 45, "FC-11")))
    assert done.text == BEGIN.replace("RELU", "relu")
    assert len(done.fixed) == 1


def test_of_overlapping_fixes_the_first_is_made_and_the_others_are_looked_at_again() -> None:
    done = apply_fixes(BEGIN, with_fixes((32, 36, "relu"), (33, 36, "ELU "), (34, 34, "")))
    assert done.text == BEGIN.replace("RELU", "relu")


def test_a_fix_that_comes_again_and_again_ends() -> None:
    def look(text: str) -> Report:
        made = report(read_documents([Document(text, "a.cnn")]))
        fix = Fix("one more blank", (Edit(Span(12, 12), " "),), "safe")
        found = Diagnostic(
            "CNN702", "made up", Span(12, 13), source=made.architectures[0].source, fixes=(fix,)
        )
        return Report(made.architectures, (found,))

    done = apply_fixes(BEGIN, look)
    assert 1 < len(done.fixed) <= 100
    assert done.text.replace(" ", "") == BEGIN.replace(" ", "")


def test_two_rules_that_do_not_agree_end_and_hold_up_nothing_else() -> None:
    text = (
        "block(k) = CONV3-k(P=1) => BN -> RELU -> RELU\n\n"
        "INPUT[16x16x3] -> RELU -> block(4) -> CONV3-8(P=1) -> block(4) -> FC-10\n"
    )
    done = fixed(text, unsafe=True)
    assert left(look(done.text)) == []
    assert len(done.fixed) < 5


# -- as a stranger runs it ----------------------------------------


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


def test_exit_status_is_of_what_is_left(tmp_path: Path) -> None:
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


def test_the_summary_says_how_many_could_be_fixed(tmp_path: Path) -> None:
    _, out, _ = cnnsize(
        "check", "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> RELU -> FC-10", cwd=tmp_path
    )
    assert out.endswith("1 network: 1 warning; 1 fixable with --fix\n")


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


def test_a_diff_of_a_string_and_of_what_needs_nothing(tmp_path: Path) -> None:
    status, out, _ = cnnsize("check", "--diff", SLOPPY, cwd=tmp_path)
    assert (status, out.splitlines()[:2]) == (1, ["--- <string>", "+++ <string>"])
    assert cnnsize("check", "--diff", BAD, cwd=tmp_path) == (0, "", "")
    status, out, _ = cnnsize("check", "--diff", "--unsafe-fixes", BAD, cwd=tmp_path)
    assert (status, "+INPUT[9x9x3]" in out) == (1, True)
    assert cnnsize("check", "--diff", "none.cnn", cwd=tmp_path)[0] == 2


def test_a_file_that_cannot_be_written_is_said(
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


def test_json_of_what_is_left_goes_to_stderr_beside_a_fixed_string(tmp_path: Path) -> None:
    script = (
        f'"{sys.executable}" -m cnnsize check --fix --output-format json "{SLOPPY}" 2>/dev/null'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("I")
    assert done.stdout.count("\n") == 1


def test_lines_of_a_diff_end_at_newlines_and_nowhere_else() -> None:
    assert unified("a\u2028b\nc", "a\u2028b\nd", "x") == (
        "--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\u2028b\n-c\n\\ No newline at end of file\n+d\n\\ No newline at end of file\n"
    )


# -- laws ----------------------------------------

ARROWS = st.sampled_from(
    [" -> ", " -> ", "->", " => ", " → ", " ->\n  ", " ->  # why\n\t", "  -> "]
)
CASES = st.sampled_from([str, str, str.lower, str.title])
LAYERS = st.sampled_from(
    [
        "CONV3-8(P=1)",
        "CONV3-8(S=2, P=0)",
        "conv(8, 3)",
        "Conv2d(3, 8, 3)",
        "POOL2",
        "maxpool2",
        "AVGPOOL3(S=1)",
        "RELU",
        "RELU",
        "RELU",
        "relu",
        "SIGMOID",
        "BN",
        "BATCHNORM",
        "DROPOUT(0.5)",
        "[RELU]",
        "[[POOL2]]",
        "[CONV1-8]*1",
        "[CONV3-8(P=1) -> RELU]*2",
        "POLL",
        "FLATTEN",
        "ADD{CONV3-8(P=1) => BN | CONV1-8}",
        "CAT{ID | [RELU -> RELU]}",
        "block(4)",
        "block(3)",
    ]
)
COMMENTS = st.sampled_from(
    [
        "",
        "",
        "  # ünï",
        "# cnnsize: ignore[CNN101]",
        " # cnnsize: ignore[CNN101, CNN303] -- x",
        " # cnnsize: ignore",
        " # cnnsize: ignore[zzz]",
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Files as people leave them: sloppy arrows, letter cases, brackets and comments."""
    lines = ["block(k) = CONV3-k(P=1) => BN -> RELU -> RELU" + draw(COMMENTS), ""]
    for _ in range(draw(st.integers(1, 4))):
        above = draw(COMMENTS).strip()
        if above:
            lines.append(above)
        text = draw(st.sampled_from(["INPUT[16x16x3]", "input[17x17x3]", "a = INPUT[16x15x3]"]))
        for layer in draw(st.lists(LAYERS, max_size=6)):
            text += draw(ARROWS) + layer
        text += draw(ARROWS) + draw(st.sampled_from(["FC-10", "fc 10", "Dense(10)", "GAP", "FC"]))
        lines += [text + draw(COMMENTS), ""]
    return draw(st.sampled_from(["\n", "\r\n"])).join("\n".join(lines).split("\n"))


@given(documents())
def test_nothing_safe_is_left_and_the_meaning_stays(text: str) -> None:
    before = look(text)
    done = fixed(text)
    after = look(done.text)
    assert left(after) == []
    assert list(map(meaning, before.architectures)) == list(map(meaning, after.architectures))
    if all(one.code.startswith(("CNN7", "CNN9")) for one in done.fixed):
        assert [kinds(one) for one in before.architectures if one.architecture] == [
            kinds(one) for one in after.architectures if one.architecture
        ]
    assert fixed(done.text) == FixedText(done.text, ())
    assert ("\r\n" in text) == ("\r\n" in done.text)
    assert "\r\n" not in text or done.text.count("\n") == done.text.count("\r\n")


@given(documents())
def test_unsafe_fixes_end_and_add_no_error(text: str) -> None:
    before, done = look(text), fixed(text, unsafe=True)
    after = look(done.text)
    assert len(before.architectures) == len(after.architectures)
    assert after.count("error") <= before.count("error") or any(
        one.network is None for one in before.architectures
    )
    assert left(after) == []
