"""The pages of rules about Python source: their examples are reported as marked, and PyTorch agrees."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from cnnsize.files.document import Document
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.pages import Page, all_pages
from cnnsize.lint.selection import RuleChoice, resolve_selection
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.sizing.settings import TORCH

PAGES = [page for page in all_pages() if page.scope == "code"]
EXPECT = re.compile(r"^# expect (CNN\d{3}) at (\d+):(\d+)\n")


class Example(NamedTuple):
    """The source in a fence, and the (code, line, column) above a bad one."""

    page: Page
    text: str
    expected: tuple[str, int, int] | None


def examples(page: Page) -> list[Example]:
    """Return the examples of a page; the line of an expectation counts in the fence."""
    result = []
    for info, text in re.findall(r"^```python( bad)?\n(.*?)^```$", page.body, re.M | re.S):
        match = EXPECT.match(text)
        assert bool(info) == bool(match), page.file
        expected = (match[1], int(match[2]), int(match[3])) if match else None
        result.append(Example(page, text, expected))
    return result


def checked(example: Example) -> Report:
    choice = RuleChoice("page", extend_select=(example.page.code,))
    selection = resolve_selection([choice], TORCH, BY_CODE)
    document = Document(example.text, "net.py", named=True, models=True)
    return report(read_documents([document]), selection=selection)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_a_page_has_a_bad_and_a_good_example(page: Page) -> None:
    shown = examples(page)
    assert [example.expected is not None for example in shown] == [True, False]


@pytest.mark.parametrize(
    "example",
    [example for page in PAGES for example in examples(page)],
    ids=lambda example: f"{example.page.code} {'bad' if example.expected else 'good'}",
)
def test_an_example_is_reported_as_marked(example: Example) -> None:
    diagnostics = checked(example).diagnostics
    found = [(item.code, *item.location) for item in diagnostics]
    assert found == ([] if example.expected is None else [example.expected])
    for item in diagnostics:
        offered = {fix.applicability for fix in item.fixes}
        assert offered == ({example.page.fix} if example.page.fix != "none" else set())
