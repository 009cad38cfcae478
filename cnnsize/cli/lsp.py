"""``cnnsize lsp``."""

from __future__ import annotations

from importlib.util import find_spec

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.help import Command

MISSING = "pygls is not installed; install it with: pip install 'cnnsize[lsp]'"


@click.command(cls=Command)
@click.option("--stdio", is_flag=True, hidden=True, help="The default, which some editors ask for.")
@click.option(
    "--textmate", is_flag=True, help="Print a TextMate grammar of the notation as JSON, and exit."
)
def lsp(stdio: bool, textmate: bool) -> None:
    """Run the language server for editors, on stdin and stdout.

    It shows findings while you type, with their fixes, the volume after each layer, the numbers of a
    layer, and the totals of each network; it completes, formats and renames. It reads .cnn files and
    the networks in Markdown, reStructuredText, Python and notebooks. `cnnsize guide editors` has the
    settings for VS Code, Neovim, Helix, Zed, Emacs and Sublime Text.
    """
    if textmate:
        import json

        from cnnsize.lsp.textmate import grammar

        click.echo(json.dumps(grammar(), indent=2))
        return
    if find_spec("pygls") is None:
        fail(MISSING)
    from cnnsize.lsp.server import serve  # late: the protocol's classes are slow to import

    raise SystemExit(serve())
