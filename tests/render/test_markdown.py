"""Pages in Markdown on a terminal: readable on light and dark, and code as it is."""

from __future__ import annotations

import re

import pytest

from cnnsize.lint.pages import all_pages
from cnnsize.render.markdown import formatted
from cnnsize.render.topics import all_topics, rule_markdown

# bold, italic and underline, and two colours that are dark on light and light on dark
CODES = {"0", "1", "3", "1;4", "4;35", "4", "1;33", "35"}
LONG = "x" * 100


def plain(text: str) -> list[str]:
    return re.sub(r"\x1b(\[[\d;]*m|\]8;[^\x1b]*\x1b\\\\)", "", text).split("\n")


def test_code_is_printed_as_it_is() -> None:
    lines = plain(formatted(f"text\n\n```python\nif a:\n    b\n```\n\n```\n{LONG}\n| ^\n```", 80))
    assert lines == ["text", "", "  if a:", "      b", "", f"  {LONG}", "  | ^"]


def test_code_as_wide_as_the_page_is_not_moved() -> None:
    line = "y" * 79
    assert plain(formatted(f"```\n{line}\nz\n```", 80)) == [f" {line}", " z"]


@pytest.mark.parametrize("width", [80, 120])
def test_no_page_has_a_background_or_a_dim_text(width: int) -> None:
    pages = [topic.markdown() for topic in all_topics()] + [*map(rule_markdown, all_pages())]
    for page in pages:
        text = formatted(page, width)
        assert set(re.findall(r"\x1b\[([\d;]*)m", text)) <= CODES
        assert all(line == line.rstrip() for line in text.split("\n"))
