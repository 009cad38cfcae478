"""The rule pages: they agree with the code, and their examples are reported as marked."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

import cnnsize
from cnnsize.files.document import Document
from cnnsize.layers import KINDS
from cnnsize.layers.names import CANONICAL, JOINS, OPTION_WORDS
from cnnsize.limits import (
    MAX_INTEGER,
    MAX_ITEMS,
    MAX_NESTING,
    MAX_STEPS,
    MAX_TEXT,
    MAX_UNREADABLE,
)
from cnnsize.lint import pages
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.pages import (
    BrokenPageError,
    Page,
    UnknownRuleError,
    all_pages,
    find_page,
    read_page,
)
from cnnsize.lint.selection import RuleChoice, resolve_selection
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents as read_texts
from cnnsize.sizing.settings import CostBudget, Settings
from cnnsize.text.codes import CORE
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.edits import apply_edits

DOCUMENTS = "CNN903"  # is about blocks, and its examples are documents
HEADINGS = ("Why", "Bad", "Good", "Known false positives", "Fix safety")
CORE_PAGES = tuple(page for page in all_pages() if page.scope == "core")
EXPECT = re.compile(r"# expect (CNN\d{3}) at (\d+)")
GIVEN = re.compile(r"# with ([a-z.]+=\S+)")


class Example(NamedTuple):
    """One architecture of a fence, with the (code, column) pairs written above it.

    ``fixed`` is what the first fix of this page's rule makes of it; ``given`` are settings.
    """

    page: Page
    bad: bool
    text: str
    expected: tuple[tuple[str, int], ...]
    given: tuple[str, ...] = ()
    fixed: str | None = None


def examples(page: Page) -> list[Example]:
    result: list[Example] = []
    last: list[int] = []  # the lines of the bad fence before
    for info, inside in re.findall(
        r"^```(cnn[^\n]*)\n(.*?)^```$", page.body, re.DOTALL | re.MULTILINE
    ):
        assert info in ("cnn", "cnn bad", "cnn fixed"), f"{page.file}: a fence is called {info!r}"
        if info == "cnn fixed":
            lines = [line for line in inside.splitlines() if line.strip()]
            assert 0 < len(lines) <= len(last), f"{page.file}: more lines are fixed than bad"
            for index, line in zip(last, lines, strict=False):
                result[index] = result[index]._replace(fixed=line)
            continue
        expected: list[tuple[str, int]] = []
        given: list[str] = []
        last = []
        for line in inside.splitlines():
            marked, setting = EXPECT.fullmatch(line), GIVEN.fullmatch(line)
            if marked:
                expected.append((marked[1], int(marked[2])))
            elif setting:
                given.append(setting[1])
            elif line.strip() and not line.startswith("#"):
                last.append(len(result))
                result.append(Example(page, info == "cnn bad", line, tuple(expected), tuple(given)))
                expected = []
            else:
                assert not line.startswith(("# expect", "# with")), (
                    f"{page.file}: {line!r} is not understood"
                )
        assert not expected, f"{page.file}: an expectation without an architecture"
    return result


NOTATION_PAGES = tuple(page for page in all_pages() if page.scope != "code")
EXAMPLES = [example for page in NOTATION_PAGES for example in examples(page)]


def settings_of(given: tuple[str, ...]) -> Settings:
    """``# with rounding=strict``, ``# with budget.params=1000``."""
    words: dict[str, str] = {}
    budget: dict[str, int] = {}
    for setting in given:
        key, _, value = setting.partition("=")
        if key.startswith("budget."):
            budget[key.removeprefix("budget.")] = int(value)
        else:
            words[key] = value
    return Settings(**words, budget=CostBudget(**budget) if budget else None)  # type: ignore[arg-type]


def checked(example: Example, text: str | None = None) -> cnnsize.Report:
    """The report with the page's rule on, whether it is by default or not."""
    settings = settings_of(example.given)
    selection = resolve_selection(
        [RuleChoice("page", extend_select=(example.page.code,))], settings, BY_CODE
    )
    return cnnsize.check(
        example.text if text is None else text, settings=settings, selection=selection
    )


def found_in(example: Example) -> list[Diagnostic]:
    """The findings in the order of the text, without notes that nobody expects.

    The short examples of core pages are no networks that a linter likes: there only core codes
    count.
    """
    wanted = {code for code, _ in example.expected}
    diagnostics = [
        diagnostic
        for diagnostic in checked(example).diagnostics
        if diagnostic.severity != "info" or diagnostic.code in wanted
    ]
    if example.page.scope == "core":
        diagnostics = [diagnostic for diagnostic in diagnostics if diagnostic.code in CORE]
    return sorted(diagnostics, key=lambda diagnostic: (diagnostic.span.start, diagnostic.code))


def test_every_core_code_has_exactly_one_page_and_every_core_page_a_code() -> None:
    assert Counter(page.code for page in CORE_PAGES) == Counter(list(CORE))


def test_every_page_has_a_summary_of_one_short_line() -> None:
    summaries = [page.summary for page in all_pages()]
    assert len(set(summaries)) == len(summaries)
    for page in all_pages():
        assert page.summary != page.name.replace("-", " "), page.file
        assert 10 < len(page.summary) <= 72 and not page.summary.endswith("."), page.file


def test_codes_and_names_are_unique() -> None:
    assert (
        len({page.code for page in all_pages()})
        == len({page.name for page in all_pages()})
        == len(all_pages())
    )


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.code)
def test_a_page_agrees_with_the_code(page: Page) -> None:
    rule = BY_CODE[page.code]
    assert (page.name, page.severity, page.default, page.fix, page.scope) == (
        rule.name,
        rule.severity,
        rule.default,
        rule.fix,
        rule.scope,
    )
    assert page.file == f"{page.code}-{page.name}.md"
    assert page.default is True or page.scope != "core"
    assert page.sources or page.scope == "core", "add `sources`: id, where and url of each"
    for source in page.sources:
        assert set(source) == {"id", "where", "url"}
        assert source["url"].startswith("https://")


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.code)
def test_a_page_has_its_headings_in_order_and_text_below_each(page: Page) -> None:
    assert page.body.startswith(f"# {page.name} ({page.code})\n")
    outside = re.sub(r"^```.*?^```$", "fence", page.body, flags=re.DOTALL | re.MULTILINE)
    heads, *parts = re.split(r"^## ", outside, flags=re.MULTILINE)
    assert heads.count("\n# ") == 0
    assert tuple(part.splitlines()[0] for part in parts) == HEADINGS
    assert all(part.partition("\n")[2].strip() for part in parts)


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.code)
def test_stars_stand_in_code_where_markdown_leaves_them_alone(page: Page) -> None:
    prose = re.sub(r"^```.*?^```$|^    .*?$|`[^`]*`", "", page.body, flags=re.DOTALL | re.MULTILINE)
    assert "*" not in prose


def test_a_page_about_blocks_shows_documents() -> None:
    (page,) = [page for page in all_pages() if page.code == DOCUMENTS]
    bad, good = (
        re.search(rf"^## {head}\n\n((?:    .*\n)+)", page.body, re.MULTILINE)
        for head in ("Bad", "Good")
    )
    assert bad is not None and good is not None
    for section, codes in ((bad, [DOCUMENTS]), (good, [])):
        result = report(read_texts([Document(dedent(section[1]), "a.md")]))
        assert [diagnostic.code for diagnostic in result.diagnostics] == codes


@pytest.mark.parametrize(
    "page", [page for page in NOTATION_PAGES if page.code != DOCUMENTS], ids=lambda page: page.code
)
def test_a_page_shows_its_own_code_and_what_is_good(page: Page) -> None:
    shown = examples(page)
    assert any(example.bad for example in shown)
    assert any(not example.bad for example in shown)
    assert all(
        page.code in {code for code, _ in example.expected} for example in shown if example.bad
    )


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if example.bad],
    ids=lambda example: f"{example.page.code}: {example.text}",
)
def test_a_bad_line_raises_exactly_what_is_marked(example: Example) -> None:
    assert [
        (diagnostic.code, diagnostic.location.column) for diagnostic in found_in(example)
    ] == list(example.expected)


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if not example.bad],
    ids=lambda example: f"{example.page.code}: {example.text}",
)
def test_a_good_line_raises_nothing(example: Example) -> None:
    assert example.expected == ()
    assert found_in(example) == []
    codes = {diagnostic.code for diagnostic in checked(example).diagnostics}
    assert example.page.code not in codes


@pytest.mark.parametrize("page", NOTATION_PAGES, ids=lambda page: page.code)
def test_the_page_says_whether_fixes_are_offered(page: Page) -> None:
    offered = {
        fix.applicability
        for example in examples(page)
        if example.bad
        for diagnostic in found_in(example)
        if diagnostic.code == page.code
        for fix in diagnostic.fixes
    }
    if page.fix == "safe":  # where the case is not clear, a safe rule offers an unsafe fix
        assert "safe" in offered
    else:
        assert offered == ({page.fix} if page.fix != "none" else set())


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if example.fixed is not None],
    ids=lambda example: f"{example.page.code}: {example.text}",
)
def test_a_fixed_line_is_what_the_first_fix_makes_and_clean_of_the_rule(example: Example) -> None:
    ours = [diagnostic for diagnostic in found_in(example) if diagnostic.code == example.page.code]
    text = apply_edits(example.text, ours[0].fixes[0].edits)
    assert text == example.fixed
    assert example.page.code not in {
        diagnostic.code for diagnostic in checked(example, text).diagnostics
    }


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.code)
def test_a_page_with_a_safe_fix_pins_it(page: Page) -> None:
    if page.fix == "safe" and page.scope not in ("core", "code"):
        assert any(example.fixed is not None for example in examples(page)), (
            "add a block ```cnn fixed with the text after the fix, below its block ```cnn bad"
        )


def test_the_page_that_an_unknown_layer_points_at_lists_every_layer() -> None:
    named = set(
        re.findall(r"[A-Z0-9]+", "".join(re.findall(r"`[^`\n]*`", find_page("unknown-layer").body)))
    )
    # the names with an example's number glued to them: CONV3, POOL2
    named |= {word.rstrip("0123456789") for word in named}
    assert {*CANONICAL, *JOINS} <= named


def test_the_page_of_unknown_option_lists_every_option_its_names_and_its_layers() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) ?\| (.*?) \|$", find_page("unknown-option").body, re.MULTILINE
    )
    listed = {
        key: (set(re.findall(r"`(\w+)`", names)), layers.split(", ")) for key, names, layers in rows
    }
    assert set(listed) == set(OPTION_WORDS.values())
    for key, (names, layers) in listed.items():
        words = {word for word, other in OPTION_WORDS.items() if other == key} - {key, key.lower()}
        assert names == words | ({"p"} if key == "rate" else set()), key  # DROPOUT(p=0.5)
        assert layers == [kind for kind, cls in KINDS.items() if key in cls.reads], key


def test_the_page_of_too_large_says_the_bounds() -> None:
    bounds = re.findall(r"\| ([\d,]+) \|", find_page("too-large").body)
    assert bounds == [
        str(len(str(MAX_INTEGER))),
        f"{MAX_ITEMS:,}",
        f"{MAX_STEPS:,}",
        str(MAX_NESTING),
        f"{MAX_TEXT:,}",
        f"{MAX_UNREADABLE:,}",
    ]


@pytest.mark.parametrize(
    "name", ["CNN101", "cnn101", "fractional-output", "Fractional-Output", " CNN101 "]
)
def test_find_takes_a_code_or_a_name_in_any_letter_case(name: str) -> None:
    assert find_page(name).code == "CNN101"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "fractional-ouput",
            "no rule is called 'fractional-ouput'; did you mean fractional-output",
        ),
        ("zzzzzzzz", "no rule is called 'zzzzzzzz'"),
    ],
)
def test_an_unknown_rule_names_the_nearest(name: str, expected: str) -> None:
    with pytest.raises(UnknownRuleError) as error:
        find_page(name)
    assert str(error.value).startswith(expected)


def test_an_unknown_code_names_codes() -> None:
    with pytest.raises(UnknownRuleError, match="did you mean CNN10"):
        find_page("CNN1011")


GOOD_FRONT = """+++
code = "CNN999"
name = "made-up"
severity = "error"
default = true
fix = "none"
since = "0.1.0"
scope = "core"
+++
# made-up (CNN999)
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("+++\ncode", "code", 1, "a page must begin with +++"),
        ('core"\n+++', 'core"', 1, "the front matter has no closing +++"),
        ('severity = "error"', "severity = error", 4, "Invalid value"),
        ('scope = "core"', 'scope = "core', 8, "Unterminated string"),
        ('fix = "none"\n', "", 1, "fix is missing"),
        ('name = "made-up"', "name = 3", 3, "name must be text"),
        ("default = true", 'default = "true"', 5, "default must be true or false"),
        ('since = "0.1.0"', 'since = "0.1.0"\nsources = ["CS231n"]', 8, "sources must be a list"),
    ],
)
def test_broken_front_matter_names_its_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    path = tmp_path / "CNN999-made-up.md"
    path.write_text(GOOD_FRONT.replace(old, new), "utf-8")
    with pytest.raises(BrokenPageError) as error:
        read_page(path)
    assert str(error.value).startswith(f"{path}:{line}: {expected}")


def test_a_page_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "CNN999-made-up.md"
    path.write_text(GOOD_FRONT, "utf-8")
    assert read_page(path) == Page(
        "CNN999",
        "made-up",
        "made up",
        "error",
        True,
        "none",
        "0.1.0",
        "core",
        (),
        "# made-up (CNN999)\n",
        "CNN999-made-up.md",
    )


def test_pages_inside_the_package_come_first_as_in_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "site" / "cnnsize" / "rules"
    beside = tmp_path / "site" / "rules"
    beside.mkdir(parents=True)
    monkeypatch.setattr(pages, "__file__", str(inside.parent / "lint" / "pages.py"))
    with pytest.raises(FileNotFoundError, match="no rule pages in"):
        pages.pages_folder()
    (beside / "CNN999-made-up.md").write_text(GOOD_FRONT, "utf-8")
    assert pages.pages_folder() == beside
    inside.mkdir(parents=True)
    (inside / "CNN999-made-up.md").write_text(GOOD_FRONT, "utf-8")
    assert pages.pages_folder() == inside
