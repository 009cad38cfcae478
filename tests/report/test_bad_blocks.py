"""Blocks marked bad: quiet while they have a finding, reported when they have none."""

from __future__ import annotations

from pathlib import Path

from tests.files.extract_helpers import check_document
from tests.helpers import BAD, GOOD, cnnsize


def test_a_bad_block_without_a_finding_is_reported() -> None:
    checked = check_document(
        f"```cnn bad\n{BAD}\n```\n\n> ```cnn bad\n> {GOOD}\n> ```\n\n```cnn\n{GOOD}\n```\n", "a.md"
    )
    assert [
        (diagnostic.code, diagnostic.location)
        for diagnostic in checked.diagnostics
        if diagnostic.severity != "info"
    ] == [("CNN903", (5, 6))]
    assert [result.bad for result in checked.architectures] == [True, True, False]


def test_a_comment_in_a_bad_block_counts_as_its_finding() -> None:
    checked = check_document(f"```cnn bad\n# cnnsize: ignore[CNN555]\n{GOOD}\n```\n", "a.md")
    assert checked.diagnostics == ()


def test_a_broken_block_definition_is_no_network_and_shifts_no_number() -> None:
    broken = f"```cnn\nb(k) = CNV3-k -> RELU\n{BAD}\n```\n"
    checked = check_document(f"{broken}\n```cnn bad\n{BAD}\n```\n", "a.md")
    assert [
        (diagnostic.code, diagnostic.architecture)
        for diagnostic in checked.diagnostics
        if diagnostic.severity == "error"
    ] == [("CNN002", None), ("CNN101", 0)]
    assert [result.bad for result in checked.architectures] == [False, True]
    assert (
        check_document(
            broken.replace("```cnn\n", "```cnn bad\n").replace(f"{BAD}\n", ""), "a.md"
        ).diagnostics
        == ()
    )
    checked = check_document(
        f"# cnnsize: ignore-file[CNN101]\nb(k) = CNV3-k -> RELU\n{BAD}", "a.cnn"
    )
    assert [
        diagnostic.code for diagnostic in checked.diagnostics if diagnostic.severity == "error"
    ] == ["CNN002"]


def test_the_last_line_tells_bad_networks_from_valid_ones(tmp_path: Path) -> None:
    bad, good = f"```cnn bad\n{BAD}\n```\n", f"```cnn\n{GOOD}\n```\n"
    for text, last_line in (
        (bad, "1 network: errors as expected"),
        (bad * 2 + good, "1 network: valid (1 note); 2 networks: errors as expected"),
    ):
        (tmp_path / "a.md").write_text(text, "utf-8")
        status, out, _ = cnnsize("check", "a.md", cwd=tmp_path)
        assert (status, out.splitlines()[-1]) == (0, last_line)


def test_a_bad_block_without_a_network_is_reported() -> None:
    assert [
        diagnostic.code for diagnostic in check_document("```cnn bad\n```\n", "a.md").diagnostics
    ] == ["CNN903"]


def test_comments_apply_to_texts_in_pieces() -> None:
    text = f"> ```cnn\n> # cnnsize: ignore[CNN101] -- why\n> {BAD}\n> ```\n"
    assert "CNN101" not in [
        diagnostic.code for diagnostic in check_document(text, "a.md").diagnostics
    ]
    checked = check_document(text.replace("CNN101]", "CNN102]"), "a.md")
    (unused,) = [diagnostic for diagnostic in checked.diagnostics if diagnostic.code == "CNN901"]
    assert (unused.location, unused.end_location) == ((2, 21), (2, 27))
