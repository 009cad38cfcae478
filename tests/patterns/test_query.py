"""Queries: members selected by conditions, sorted, and listed up to an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cnnsize.files.document import Document
from cnnsize.patterns.query import QueryError, chosen_members
from cnnsize.patterns.survey import Survey
from cnnsize.render.family import csv_lines, text_lines
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from tests.patterns.families import family


def test_members_are_selected_by_a_condition_and_sorted() -> None:
    survey = Survey(family("INPUT -> [CONV -> RELU]*N -> POOL? -> FC"))
    members = chosen_members(
        survey,
        valid=True,
        limit=2,
        sort="params",
        reverse=True,
        where="receptive_field >= 5 and not POOL",
    )
    assert [member.words for member in members] == ["N = 3, without POOL", "N = 2, without POOL"]
    for where, sort in (
        ("prams < 3", None),
        ("params", None),
        (None, "prams"),
        ("().__class__", None),
    ):
        with pytest.raises(QueryError):
            chosen_members(survey, sort=sort, where=where)


def test_a_name_with_two_meanings_is_refused_in_a_condition() -> None:
    survey = Survey(family("INPUT -> [CONV]*D -> [CONV]*N -> POOL? -> POOL? -> FC where D in 1..2"))
    members = chosen_members(
        survey, sort="POOL2", reverse=True, where="N == 1 and POOL2 and not POOL"
    )
    assert [member.words for member in members] == [
        f"D = {depth}, N = 1, without POOL, with POOL?2" for depth in (1, 2)
    ]
    for where, sort in (("D == 1", None), (None, "D")):
        with pytest.raises(
            QueryError,
            match="'D' is ambiguous: it is a letter or a `\\?` of the pattern and also another fact",
        ):
            chosen_members(survey, sort=sort, where=where)


def stopping(members: int) -> Callable[[int, int], None]:
    """Return a ``Progress`` that acts as if Ctrl-C were pressed after so many members."""

    def progress(done: int, total: int) -> None:
        if done >= members:
            raise KeyboardInterrupt

    return progress


def interrupted_lines(lines: Iterator[str]) -> list[str]:
    """Return the lines before the interruption that must come."""
    printed: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        printed.extend(lines)
    return printed


def test_what_was_sized_before_an_interruption_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsize.patterns.survey.PROGRESS_SECONDS", 0.0)
    pattern = family("INPUT -> [CONV -> RELU]*N -> POOL? -> FC where N in 0..9")
    for sort, numbers in ((None, [0, 2, 4]), ("params", [4, 2, 0])):
        members = chosen_members(
            Survey(pattern), stopping(6), sort=sort, reverse=sort is not None, where="not POOL"
        )
        rows = interrupted_lines(csv_lines(pattern, members))
        assert rows[1:] == [
            ",".join(row)
            for row in (
                [str(number // 2), "0", *rows[1 + index].split(",")[2:]]
                for index, number in enumerate(numbers)
            )
        ]
        members = chosen_members(
            Survey(pattern), stopping(6), sort=sort, reverse=sort is not None, where="not POOL"
        )
        assert [row.split()[0] for row in interrupted_lines(text_lines(pattern, members))] == [
            "N",
            *(str(number // 2) for number in numbers),
        ]


def test_one_interruption_ends_all_families_of_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsize.patterns.survey.PROGRESS_SECONDS", 0.0)
    text = "a = INPUT -> [CONV]*N -> FC  # cnnsize: ignore[CNN006]\nb = INPUT -> [POOL]*N -> FC  # cnnsize: ignore[CNN101]\n"
    documents = [Document(text, "nets.cnn"), Document(f"```cnn bad\n{text}```\n", "nets.md")]
    interrupted = report(read_documents(documents), progress=stopping(2))
    assert [(result.name, result.interrupted) for result in interrupted.architectures] == [
        ("a", True)
    ]


def test_progress_is_reported_for_slow_members_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr("cnnsize.patterns.survey.PROGRESS_SECONDS", 0.0)
    Survey(family("INPUT -> [CONV]*N -> FC")).run(lambda done, total: calls.append((done, total)))
    assert calls == [(done, 4) for done in range(1, 5)]
