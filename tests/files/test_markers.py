"""Which markers are read as networks, at the limits that keep their search linear."""

from __future__ import annotations

import pytest

from cnnsize.files.extract import markers
from cnnsize.files.extract.markers import MAX_GAP, MAX_LENGTH, MAX_LINE

NET = "INPUT[4x4x3] -> FC-10"


def read(text: str) -> list[str]:
    """Return the texts of the networks that markers announce."""
    return [excerpt.text for excerpt in markers.find(text)]


@pytest.mark.parametrize("arrow", ["->", "→", "=>"])
def test_an_arrow_and_a_layer_are_at_most_a_gap_apart(arrow: str) -> None:
    for before, between, is_network in (
        (MAX_GAP, MAX_GAP - 1, True),
        (MAX_GAP + 1, 1, False),
        (1, MAX_GAP, False),
    ):
        rest = f"{'a' * before}{arrow}{'b' * between} CONV3-4"
        assert read(f"# cnnsize:{rest}\n") == ([rest] if is_network else [])
    # the last of several arrows is the one that counts
    rest = f"a {arrow} {'b' * 150} {arrow} {'c' * 150} FC-2"
    assert read(f"# cnnsize: {rest}\n") == [rest]


def test_words_that_follow_no_arrow_are_no_network() -> None:
    assert read("# cnnsize: conv a b\n# cnnsize: CONV -> x\n# cnnsize: a -> convolve\n") == [
        "CONV -> x"
    ]


def test_a_comment_in_a_comment_is_a_network_of_its_own_in_a_line_of_usual_length() -> None:
    both = f"# cnnsize: {NET} # cnnsize: INPUT[5x5x3] -> FC-2\n"
    assert read(f"{both}\n") == [NET, "INPUT[5x5x3] -> FC-2"]
    blanks = " " * MAX_LINE
    assert read(f"# cnnsize: {NET} {blanks}# cnnsize: INPUT[5x5x3] -> FC-2\n\n") == [NET]
    closed = f"/* cnnsize: {NET} */"  # a line of minified code may have any number of them
    assert read(f"{closed}{blanks}{closed}\n") == [f"{NET} "] * 2


def test_a_comment_of_many_lines_ends_where_its_statement_does() -> None:
    lines = "\n".join(["# -> RELU"] * 9)
    (network,) = read(f"# cnnsize: {NET}\n{lines}\n# INPUT[5x5x3] -> FC-2\n")
    assert network.count("RELU") == 9
    assert "5x5" not in network


def test_the_end_of_a_comment_is_looked_for_once() -> None:
    text = f"/* cnnsize: {NET}\n" * 3
    assert read(f"{text}*/ /* cnnsize: {NET}\n") == [NET] * 4
    far = f"/* cnnsize: {NET}\n{'x' * MAX_LENGTH} */"
    assert read(far) == [NET]
