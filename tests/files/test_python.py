"""Networks in Python: docstrings, comments and literals."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.files.extract_helpers import NET, find_networks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'x = "{NET}"', [f"1:6 string: {NET}"]),
        (f"x = r'''{NET}'''", [f"1:9 string: {NET}"]),
        (f'x = f"{NET}"', [f"1:7 string: {NET}"]),
        ('x = ("INPUT[4x4x3] -> "  # first\n     "FC-10")', [f"1:7 string: {NET}"]),
        ('x = "INPUT[4x4x3] -> " \\\n    "FC-10"', [f"1:6 string: {NET}"]),
        ('x = "INPUT[4x4x3] -> \\\n  FC-10"', [f"1:6 string: {NET}"]),
        ('x = "INPUT[4x4x3] \\u2192 FC-10"', ["1:6 string: INPUT[4x4x3] → FC-10"]),
        ('x = "é𝄞" " INPUT[4x4x3] \\\n-> FC-10"', [f"1:12 string: {NET}"]),
        (
            f'x = """\nnet = {NET}  # why\n{NET}\n"""',
            [f"2:1 string: net = {NET}", f"3:1 string: {NET}"],
        ),
        (f'raise E("use {NET}, which fits")', [f"1:14 string: {NET}"]),
        (f'"""Doc.\n\nWe use {NET}.\n"""', [f"3:8 string: {NET}"]),
        (f"# we use {NET}.", [f"1:10 comment: {NET}"]),
        ("# INPUT[4x4x3] ->\n# FC-10\n# done", [f"1:3 comment: {NET}"]),
        # more is added at run time, or there is no concrete network
        ('x = f"INPUT[4x4x3] -> FC-{n}"', []),
        ('x = "INPUT[4x4x3] -> " f"FC-{n}"', []),
        ('x = "INPUT[4x4x3] -> FC-%d" % n', []),
        ('x = "INPUT[4x4x3] -> FC-{}".format(n)', []),
        ('x = "INPUT[4x4x3] -> " + "FC-10"', []),
        ('x = "INPUT[4x4x3] -> FC-10" + tail', []),
        ('x = "INPUT -> FC"', []),
        ('x = "INPUT[NxNx3] -> FC"', []),
        ('x = "INPUT[4x4x3] -> ..."', []),
        ('x = b"INPUT[4x4x3] -> FC-10"', []),
        ("x = INPUT[4, 4] -> y", []),
    ],
)
def test_python_literals_and_comments(text: str, expected: list[str]) -> None:
    assert find_networks(text, "a.py") == expected
    assert find_networks(text, "a.py", ()) == []


def test_docstrings_hold_blocks_and_markers() -> None:
    text = dedent(f'''\
        class Net:
            """A net.

            ```cnn
            {NET}
            ```

            .. code-block:: cnn bad

                {NET}

            cnnsize: {NET}
            """

            text = """
            ```cnn
            {NET}
            ```
            """
        # cnnsize: {NET}
        y = "# cnnsize: {NET}"
        ''')
    assert find_networks(text, "a.py", ()) == [
        f"5:5 fence: {NET}",
        f"10:9 directive bad: {NET}",
        f"12:14 marker: {NET}",
        f"20:12 marker: {NET}",
    ]


@pytest.mark.parametrize(
    "broken", ["x = (\n", "if:\n  y\n z\n", "print 'x'\n", "'''\n", "\tx\n  y\n"]
)
def test_networks_before_broken_python_are_found(broken: str) -> None:
    assert find_networks(f"# cnnsize: {NET}\n{broken}", "a.py")[0] == f"1:12 marker: {NET}"


def test_a_marker_between_literals_in_a_row() -> None:
    assert find_networks(f'x = (\n  "a"\n  # cnnsize: {NET}\n  "b"\n)\n', "a.py") == [
        f"3:14 marker: {NET}"
    ]
