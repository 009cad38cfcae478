"""``cnnsize serve`` and ``cnnsize page``."""

from __future__ import annotations

import os

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.flags import Count
from cnnsize.cli.help import Command


@click.command(cls=Command)
@click.argument("source", required=False, metavar="[STRING|FILE]")
@click.option(
    "--port",
    type=Count(0, 65535),
    default=0,
    metavar="N",
    help="Port of 127.0.0.1; by default any that is free.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def serve(source: str | None, port: int, no_browser: bool) -> None:
    """Show a live page: type a network, and see its numbers, findings, fixes and pictures.

    It begins with the network STRING, or with one of the zoo. With a FILE the page follows its
    networks, also those of PyTorch or Keras source, and shows them anew when it is saved. The page is
    for this machine only, and needs nothing from the internet. Ctrl-C ends it.
    """
    from cnnsize.cli.python_files import TARGET  # late, so that --help is quick
    from cnnsize.files.document import is_file_argument
    from cnnsize.page.follow import FollowedFile
    from cnnsize.page.server import PageServer

    follow, text = None, source or ""
    target = TARGET.fullmatch(text)
    if target is not None and os.path.isfile(target["path"]):
        follow, text = FollowedFile(target["path"], target["name"]), ""
    elif is_file_argument(text):
        if not os.path.isfile(text):
            is_folder = os.path.isdir(text)
            fail(f"{text}: {'a folder; name one of its files' if is_folder else 'no such file'}")
        follow, text = FollowedFile(text), ""
    try:
        server = PageServer(port)
    except OSError as error:
        fail(f"port {port} cannot be used: {error.strerror}")
    server.site = server.site._replace(text=text, follow=follow)
    click.echo(f"{server.url}  (Ctrl-C ends it)")
    if not no_browser:
        import webbrowser  # late: only where one is opened

        webbrowser.open(server.url)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo(err=True)


@click.command(cls=Command)
@click.argument("folder")
@click.option(
    "--pyodide",
    default=os.path.join("node_modules", "pyodide"),
    show_default=True,
    metavar="FOLDER",
    help="The npm package of Pyodide, which runs Python in a browser.",
)
def page(folder: str, pyodide: str) -> None:
    """Write the live page as a FOLDER of files for a web site, such as that of a course.

    It runs in the browser of each reader, and asks no server but the one that has the files.
    """
    from cnnsize.files.write import WriteRefusedError
    from cnnsize.page.static import PageError, write_page

    try:
        names = write_page(folder, pyodide)
    except PageError as error:
        fail(str(error))
    except WriteRefusedError as error:
        fail(f"{folder}: {error}")
    except OSError as error:
        fail(f"{error.filename or folder}: {error.strerror}")
    size = sum(os.path.getsize(os.path.join(folder, *name.split("/"))) for name in names)
    click.echo(
        f"{folder}: {len(names)} files, {size / 1e6:.1f} MB; deliver them with any web server"
    )
