"""One number of a published network is changed: all help can be read, and every fix repairs."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.rewriting.changes import edit_text, find_changes
from cnnsize.zoo import index, text_of
from tests.faults.test_help_lines import check_line
from tests.helpers import examples

MAX_LENGTH = 700  # of a text; longer ones take seconds to check
COMMENT = re.compile(r"#[^\n]*")
NETWORKS = sorted({COMMENT.sub("", text_of(name)) for name in index()})
TEXTS = [text for text in NETWORKS if len(text) < MAX_LENGTH]
INPUTS_COME_LAST = re.compile(r"fits: (?:input |--input )\d|exact: .*input")


def errors(report: cnnsize.Report) -> Counter[str]:
    return Counter(d.code for d in report.diagnostics if d.severity != "info")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Draw the text of a network with another number in one place."""
    text = draw(st.sampled_from(TEXTS))
    number = draw(st.sampled_from(list(re.finditer(r"\d+", text))))
    value = int(number[0])
    changes = [value + 1, value - 1, 2 * value, value // 2, value + value // 3, 1, 3, 5]
    changed = draw(st.sampled_from([each for each in changes if 0 <= each != value]))
    return f"{text[: number.start()]}{changed}{text[number.end() :]}"


@pytest.mark.slow
@examples(150)
@given(damaged())
def test_the_help_of_a_damaged_network_holds(text: str) -> None:
    report = cnnsize.check(text)
    for diagnostic in report.diagnostics:
        for number, line in enumerate(diagnostic.help, 1):
            check_line(text, diagnostic, line)
            assert number == len(diagnostic.help) or not INPUTS_COME_LAST.match(line)
    all_sized = all(result.output is not None for result in report.architectures)
    for change in find_changes(text, report, unsafe=True):
        changed = edit_text(text, [change])
        after, code = errors(cnnsize.check(changed)), change.diagnostic.code
        if change.diagnostic.severity != "info" and all_sized:
            assert after[code] < errors(report)[code], f"{change.fix.message}: {changed}"
