"""Queries: members selected by conditions, sorted, and listed up to an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cnnsize.files.document import Document
from cnnsize.patterns.listing import Listing, chosen_members
from cnnsize.patterns.query import QueryError
from cnnsize.patterns.survey import Survey
from cnnsize.render.family import csv_lines, overview, text_lines
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from cnnsize.text.terminal import Style
from tests.patterns.families import family


def test_members_are_selected_by_a_condition_and_sorted() -> None:
    listing = Listing(family("INPUT -> [CONV -> RELU]*N -> POOL? -> FC"))
    members = chosen_members(
        listing,
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
            chosen_members(listing, sort=sort, where=where)


def test_a_name_with_two_meanings_is_refused_in_a_condition() -> None:
    listing = Listing(
        family("INPUT -> [CONV]*D -> [CONV]*N -> POOL? -> POOL? -> FC where D in 1..2")
    )
    members = chosen_members(
        listing, sort="POOL2", reverse=True, where="N == 1 and POOL2 and not POOL"
    )
    assert [member.words for member in members] == [
        f"D = {depth}, N = 1, without POOL, with POOL?2" for depth in (1, 2)
    ]
    for where, sort in (("D == 1", None), (None, "D")):
        with pytest.raises(
            QueryError,
            match="'D' is ambiguous: it is a letter or a `\\?` of the pattern and also another fact",
        ):
            chosen_members(listing, sort=sort, where=where)


def test_a_condition_may_use_the_titles_of_the_list() -> None:
    listing = Listing(family("INPUT -> [CONV -> RELU]*N -> FC where N in 0..5"))
    by_title = chosen_members(listing, where="RF > 5 and MACs < 1G", sort="RF", reverse=True)
    by_name = chosen_members(
        listing, where="receptive_field > 5 and macs < 1G", sort="receptive_field", reverse=True
    )
    assert [member.words for member in by_title] == [member.words for member in by_name] != []
    letters = Listing(family("INPUT -> [CONV -> RELU]*RF -> FC where RF in 0..5"))
    assert [member.words for member in chosen_members(letters, where="RF == 5")] == ["RF = 5"]
    assert letters.family.count(where="RF == 5") == 1


def test_a_letter_with_one_value_is_a_fact_too() -> None:
    pattern = family("INPUT -> [CONV3-k -> RELU]*N -> FC where k = 8, N in 0..5")
    for where, count in (("k == 8 and N > 3", 2), ("N >= k - 3", 1), ("params < 9000 * k", 1)):
        assert len(list(chosen_members(Listing(pattern), where=where))) == count
        assert pattern.count(where=where) == count
    assert len(pattern.top(2, "k")) == 2


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("params <", "a value is missing (at character 9)"),
        ("params < 3 and", "a value is missing (at character 15)"),
        ("N = 2", "write == to compare two values (at character 3)"),
        ("rf > 3", "unknown fact 'rf'; did you mean RF? (at character 1)"),
        ("params < 3)", "invalid expression: unmatched ')' (at character 11)"),
    ],
)
def test_a_condition_that_cannot_be_read_says_what_is_wrong(where: str, message: str) -> None:
    listing = Listing(family("INPUT -> [CONV -> RELU]*N -> FC"))
    with pytest.raises(QueryError) as caught:
        chosen_members(listing, where=where)
    assert str(caught.value) == f"--where: {message}"


def test_an_unknown_fact_lists_all_facts() -> None:
    listing = Listing(family("INPUT -> [CONV -> RELU]*N -> POOL? -> FC"))
    with pytest.raises(
        QueryError, match=r"the facts are params, macs, .*, valid, N, POOL, RF, MACs"
    ):
        chosen_members(listing, where="xyzzy > 3")
    with pytest.raises(QueryError, match="unknown key 'rf'; did you mean 'RF'"):
        chosen_members(listing, sort="rf")


def test_the_overview_of_one_network_shows_it_once() -> None:
    text = overview(family("INPUT[8x8x3] -> CONV -> FC").survey(), Style(80))
    assert text.count("the only member: ") == 1 and "smallest" not in text
    text = overview(family("INPUT[8x8x3] -> [CONV]*N -> FC").survey(), Style(80))
    assert "smallest" in text and "largest" in text


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
    monkeypatch.setattr("cnnsize.patterns.listing.PROGRESS_SECONDS", 0.0)
    pattern = family("INPUT -> [CONV -> RELU]*N -> POOL? -> FC where N in 0..9")
    for sort, numbers in ((None, [0, 2, 4]), ("params", [4, 2, 0])):
        members = chosen_members(
            Listing(pattern), stopping(6), sort=sort, reverse=sort is not None, where="not POOL"
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
            Listing(pattern), stopping(6), sort=sort, reverse=sort is not None, where="not POOL"
        )
        assert [row.split()[0] for row in interrupted_lines(text_lines(pattern, members))] == [
            "N",
            *(str(number // 2) for number in numbers),
        ]


def test_one_interruption_ends_all_families_of_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsize.patterns.counting.verdicts.PROGRESS_SECONDS", 0.0)
    text = "a = INPUT -> [CONV]*N -> FC  # cnnsize: ignore[CNN006]\nb = INPUT -> [POOL]*N -> FC  # cnnsize: ignore[CNN101]\n"
    documents = [Document(text, "nets.cnn"), Document(f"```cnn bad\n{text}```\n", "nets.md")]
    interrupted = report(read_documents(documents), progress=stopping(0))
    assert [(result.name, result.interrupted) for result in interrupted.architectures] == [
        ("a", True)
    ]


def test_progress_is_reported_for_slow_members_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr("cnnsize.patterns.listing.PROGRESS_SECONDS", 0.0)
    listing = Listing(family("INPUT -> [CONV]*N -> FC"))
    list(listing.members(lambda done, total: calls.append((done, total))))
    assert calls == [(done, 4) for done in range(1, 5)]


def test_progress_of_a_survey_grows_up_to_all_members(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr("cnnsize.patterns.counting.verdicts.PROGRESS_SECONDS", 0.0)
    survey = Survey(family("INPUT -> [CONV]*N -> [POOL?]*M -> FC"))
    survey.run(lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls) and {total for _, total in calls} == {32}
    assert calls[0] == (0, 32) and calls[-1][0] < 32
