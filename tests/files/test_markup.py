"""Networks in Markdown, in reStructuredText, and in the comments of any file."""

from __future__ import annotations

import pytest

from tests.files.extract_helpers import NET, find_networks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"```cnn\n{NET}\n```", [f"2:1 fence: {NET}"]),
        (f"~~~ cnn\n{NET}\n~~~", [f"2:1 fence: {NET}"]),
        (f"````cnn title=x\n```\n{NET}\n````", ["2:1 fence: ```", f"3:1 fence: {NET}"]),
        (f"```cnn\n{NET}", [f"2:1 fence: {NET}"]),
        (f"```cnn bad\n{NET}\n```", [f"2:1 fence bad: {NET}"]),
        (f"```cnn skip\n{NET}\n```", [f"2:1 fence skip: {NET}"]),
        (f"```{{cnn}}\n{NET}\n```", [f"2:1 fence: {NET}"]),
        (f"```{{.cnn .bad}}\n{NET}\n```", [f"2:1 fence bad: {NET}"]),
        (f"```{{code-block}} cnn\n:caption: A\n:linenos:\n\n{NET}\n```", [f"5:1 fence: {NET}"]),
        (f"- a\n\n  ```cnn\n  {NET}\n  ```", [f"4:3 fence: {NET}"]),
        (f"- ```cnn\n  {NET}\n  ```", [f"2:3 fence: {NET}"]),
        (f"10. a\n    ```cnn\n    {NET}\n    ```", [f"3:5 fence: {NET}"]),
        (f"> ```cnn\n> {NET}\n> ```", [f"2:3 fence: {NET}"]),
        (f"> - > ~~~cnn\n>   > {NET}\n", [f"2:7 fence: {NET}"]),
        ("> ```cnn\n> INPUT[4x4x3] ->\n>   FC-10\n> ```", [f"2:3 fence: {NET}"]),
        (f"1. a\n\n\t```cnn\n\t{NET}\n\t```", [f"4:2 fence: {NET}"]),
        (f"```cnn\r\n{NET}\r\n```\r\n", [f"2:1 fence: {NET}"]),
        (f"<!-- cnnsize: {NET} -->", [f"1:15 marker: {NET}"]),
        ("<!--\ncnnsize: INPUT[4x4x3] ->\n  FC-10\n-->", [f"2:10 marker: {NET}"]),
        (f"```py\nx = 1  # cnnsize: {NET}\n```", [f"2:19 marker: {NET}"]),
        (
            f"<!-- cnnsize:off -->\n```cnn\n{NET}\n```\n<!-- cnnsize:on -->\n```cnn\n{NET}2\n```",
            [f"7:1 fence: {NET}2"],
        ),
        (f"```\n<!-- cnnsize:off -->\n```\n```cnn\n{NET}\n```", [f"5:1 fence: {NET}"]),
        (f"```{{code-block}} cnn\n---\ncaption: A -> B\n---\n{NET}\n```", [f"5:1 fence: {NET}"]),
        (f"````{{note}}\n```cnn\n{NET}\n```\n````", [f"3:1 fence: {NET}"]),
        (
            f"> `````{{tab-set}}\n> ````{{tab-item}} A\n> ```cnn bad\n> {NET}\n> ```\n> ````\n> `````",
            [f"4:3 fence bad: {NET}"],
        ),
        (f"```cnn{{1,2}}\n{NET}\n```", [f"2:1 fence: {NET}"]),
        (f'```cnn title="a bad one to skip"\n{NET}\n```', [f"2:1 fence: {NET}"]),
        (f"{{/* cnnsize: {NET} */}}", [f"1:14 marker: {NET}"]),
        (f"{{/* cnnsize:off */}}\n```cnn\n{NET}\n```\n{{/* cnnsize:on */}}", []),
        (f"---\na: |\n  ```cnn\n  {NET}\n---\n```cnn\n{NET}\n```", [f"7:1 fence: {NET}"]),
        (f'!!! note "A"\n\n    ```cnn\n    {NET}\n    ```', [f"4:5 fence: {NET}"]),
        (
            f'=== "A"\n\n    Text.\n\n    ??? tip\n\n        ```cnn bad\n        {NET}\n        ```\n',
            [f"8:9 fence bad: {NET}"],
        ),
        # these hold no network for us
        (f"Such as\n\n    ```cnn\n    {NET}\n    ```", []),
        (f"````md\n```cnn\n{NET}\n```\n````", []),
        (f"    ```cnn\n    {NET}\n    ```", []),
        (f"<!--\n```cnn\n{NET}\n```\n-->", []),
        (f"````{{code-block}} md\n```cnn\n{NET}\n```\n````", []),
        (f"````{{python}}\n```cnn\n{NET}\n```\n````", []),
        (f"```{{cnn}}\n:table:\n\n{NET}\n```", [f"4:1 fence: {NET}"]),
        (f"```{{cnn}}\n:bad:\n{NET}\n```", [f"3:1 fence bad: {NET}"]),
        (f"```cnnx\n{NET}\n```", []),
        (f"```python cnn\n{NET}\n```", []),
        ("```mermaid\nstateDiagram\n  INPUT --> CONV\n```", []),
        ("```cs\nFunc<int, int> f = INPUT => FC(INPUT);\n```", []),
        (
            "Write `# cnnsize: INPUT[4x4x3] -> FC-10` or `<!-- cnnsize: INPUT[4x4x3] -> FC-10 -->`.",
            [],
        ),
        ("# cnnsize: INPUT[4x4x3] -> FC-10", []),  # a heading
    ],
)
def test_markdown(text: str, expected: list[str]) -> None:
    assert find_networks(text, "a.md", ()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f".. code-block:: cnn\n\n   {NET}\n", [f"3:4 directive: {NET}"]),
        (f".. code:: cnn\n   :name: x\n\n   {NET}\n\nprose -> {NET}", [f"4:4 directive: {NET}"]),
        (f".. code-block:: cnn bad\n\n   {NET}", [f"3:4 directive bad: {NET}"]),
        (f".. code-block:: cnn\n   :class: skip\n\n   {NET}", [f"4:4 directive skip: {NET}"]),
        (f"- .. code-block:: cnn\n\n     {NET}", [f"3:6 directive: {NET}"]),
        (
            f"   .. sourcecode:: cnn\n\n      INPUT[4x4x3]\n        -> FC-10\n      {NET}\n   x",
            [f"3:7 directive: {NET}", f"5:7 directive: {NET}"],
        ),
        (f".. note::\n\n   .. code-block:: cnn\n\n      {NET}", [f"5:7 directive: {NET}"]),
        (f".. cnn::\n   :table:\n\n   {NET}\n", [f"4:4 directive: {NET}"]),
        (f".. cnn::\n   :name: x\n   :bad:\n\n   {NET}\n", [f"5:4 directive bad: {NET}"]),
        (f".. note::\n\n   .. cnn::\n\n      {NET}\n", [f"5:7 directive: {NET}"]),
        (f".. cnnx::\n\n   {NET}", []),
        (f".. cnnsize: {NET}", [f"1:13 marker: {NET}"]),
        (f".. cnnsize:off\n\n.. code-block:: cnn\n\n   {NET}\n\n.. cnnsize:on\n", []),
        (f"Such as::\n\n  .. code-block:: cnn\n\n     {NET}", []),
        (f".. code-block:: rst\n\n   .. code-block:: cnn\n\n      {NET}", []),
        (f".. a comment\n   .. code-block:: cnn\n\n      {NET}", []),
    ],
)
def test_rst(text: str, expected: list[str]) -> None:
    assert find_networks(text, "a.rst", ()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"# cnnsize: {NET}", [f"1:12 marker: {NET}"]),
        (f"#cnnsize:{NET}", [f"1:10 marker: {NET}"]),
        (f"  // cnnsize: net = {NET}", [f"1:15 marker: net = {NET}"]),
        (f"/* cnnsize: {NET} */ int x;", [f"1:13 marker: {NET}"]),
        ("/**\n * cnnsize: INPUT[4x4x3] ->\n *   FC-10\n */", [f"2:13 marker: {NET}"]),
        ("# cnnsize: INPUT[4x4x3] ->\n#   FC-10\n# and so on", [f"1:12 marker: {NET}"]),
        ("# cnnsize: INPUT[4x4x3]\n#   -> FC-10", [f"1:12 marker: {NET}"]),
        (
            f"-- cnnsize: {NET}\n% cnnsize: {NET}\n; cnnsize: {NET}",
            [f"1:13 marker: {NET}", f"2:12 marker: {NET}", f"3:12 marker: {NET}"],
        ),
        (f"cnnsize: {NET}", [f"1:10 marker: {NET}"]),
        (f"<a><!-- cnnsize: {NET} --></a>", [f"1:18 marker: {NET}"]),
        (f"{{# cnnsize: {NET} #}}", [f"1:13 marker: {NET}"]),
        (f"f();// cnnsize: {NET}", [f"1:17 marker: {NET}"]),
        (
            f"! cnnsize: {NET}\n:: cnnsize: {NET}\n#' cnnsize: {NET}",
            [f"1:12 marker: {NET}", f"2:13 marker: {NET}", f"3:13 marker: {NET}"],
        ),
        (
            f"// cnnsize: INPUT[4x4x3] ->\n// cnnsize: {NET}",
            ["1:13 marker: INPUT[4x4x3] ->", f"2:13 marker: {NET}"],
        ),
        (
            f"<# cnnsize: {NET} #>\n--[[ cnnsize: {NET} ]]\n<%-- cnnsize: {NET} --%>",
            [f"1:13 marker: {NET}", f"2:15 marker: {NET}", f"3:15 marker: {NET}"],
        ),
        (f"<?php // cnnsize: {NET} ?>", [f"1:19 marker: {NET}"]),
        ('a: "cnnsize: INPUT[4x4x3] -> FC-10"', [f"1:14 marker: {NET}"]),
        ("# cnnsize: INPTU[4x4x3] -> CONV3-8", ["1:12 marker: INPTU[4x4x3] -> CONV3-8"]),
        (
            "# cnnsize: ignore[CNN101]\n# cnnsize is a tool -> INPUT\n# see cnnsize: INPUT[4x4x3] -> FC",
            [],
        ),
        ("INPUT -> OUTPUT\nstate INPUT[idle] -> CONV\n", []),
    ],
)
def test_comments_of_any_file(text: str, expected: list[str]) -> None:
    assert find_networks(text, "a.c", ()) == expected
