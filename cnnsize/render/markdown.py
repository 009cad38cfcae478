"""Pages in Markdown, formatted for a terminal with rich."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.text import Text
from rich.theme import Theme

INDENT = 2  # of code, where it fits
# No colour of the text or of the background, so that a page can be read on light and dark alike.
THEME = Theme(
    {
        "markdown.code": "bold",
        "markdown.link": "underline",
        "markdown.link_url": "none",
        "markdown.table.border": "none",
        "markdown.table.header": "bold",
    }
)


class PlainCode(CodeBlock):
    """A block of code, printed as it is: no line is wrapped, and nothing is coloured."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = str(self.text).rstrip("\n").split("\n")
        fitting = [len(line) for line in lines if len(line) <= options.max_width]
        room = options.max_width - max(fitting, default=0)  # the terminal wraps the other lines
        margin = " " * max(0, min(INDENT, room))
        yield Text(
            "\n".join(margin + line for line in lines), no_wrap=True, overflow="ignore", end="\n"
        )


class Page(Markdown):
    """A Markdown page whose code can be copied."""

    elements = {**Markdown.elements, "fence": PlainCode, "code_block": PlainCode}  # noqa: RUF012


def formatted(markdown: str, width: int) -> str:
    """Return a page of Markdown with the escape codes of a terminal, ``width`` columns wide."""
    buffer = StringIO()
    console = Console(file=buffer, force_terminal=True, width=width, theme=THEME)
    console.print(Page(markdown), crop=False)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())
