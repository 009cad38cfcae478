"""The table of extractors: which module extracts the architectures from which files.

The table names file extensions, so that a module is only imported when a file needs it: tokenize,
json and a Markdown parser cost more than a whole check.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from cnnsize.files.extract.excerpt import Excerpt

# module of this package: the extensions of the files that it reads
EXTRACTORS: dict[str, tuple[str, ...]] = {
    "markdown": (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd", ".myst"),
    "rst": (".rst", ".rest"),
    "python": (".py", ".pyi", ".pyw"),
    "notebook": (".ipynb",),
    "json_strings": (".json", ".jsonl", ".ndjson", ".geojson"),
    "yaml_toml": (".yaml", ".yml", ".toml"),
}
ANY_TEXT = "plain"  # the module for all other files
MODULES = {
    extension: module for module, extensions in EXTRACTORS.items() for extension in extensions
}
FILE_EXTENSIONS = frozenset({".cnn", ".txt", *MODULES})  # an argument that ends so names a file
CommentTest = Callable[[int], bool]


class Extractor(Protocol):
    """The functions of a module in the table."""

    def extract(self, text: str, unmarked: Collection[str] = ()) -> Iterable[Excerpt]:
        """Return the excerpts of a text with architectures.

        ``unmarked`` may hold "python" and "raw", which ask for networks that nothing marks. What an
        announcement expects of its block ("bad", "skip") comes from ``excerpt.expected``.
        """

    def comment_test(self, text: str) -> CommentTest:
        """Return a function that tells whether a comment of the format may begin at an offset.

        A module leaves this out if a comment may begin anywhere.
        """


def extension_of(name: str) -> str:
    """Return the extension of a file name in lower case, with its dot."""
    return os.path.splitext(name)[1].lower()


def extractor_for(extension: str) -> Extractor:
    """Return the module that reads files with this extension."""
    module = import_module(f"cnnsize.files.extract.{MODULES.get(extension, ANY_TEXT)}")
    return cast(Extractor, module)


def comment_test(text: str, name: str) -> CommentTest:
    """Return a function that tells whether a comment of a file may begin at an offset."""
    extractor = extractor_for(extension_of(name))
    if hasattr(extractor, "comment_test"):
        return extractor.comment_test(text)
    return lambda offset: True
