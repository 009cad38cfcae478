"""A Sphinx extension: the directive ``cnn`` shows networks, and a fault in them is a warning.

Add ``"cnnsize.sphinx"`` to ``extensions`` in ``conf.py``. With ``sphinx-build -W``, a network that
does not work out fails the build. cnnsize itself never imports this module, nor Sphinx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from cnnsize.lexer import CnnLexer
from cnnsize.pictures.kinds import known_kind
from cnnsize.render.family import overview
from cnnsize.render.table import table
from cnnsize.render.text import finding_text
from cnnsize.report.check import check
from cnnsize.text.terminal import Style
from cnnsize.version import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from cnnsize.report.result import Report
    from cnnsize.text.diagnostic import Diagnostic

STYLE = Style(width=100)  # fixed, so that pages do not depend on the terminal of the build
logger = logging.getLogger(__name__)


def _kind(argument: str | None) -> str | None:
    """Return the kind of figure of an option; None where it names none."""
    kind = (argument or "").strip()
    return known_kind(kind) if kind else None


class CnnDirective(SphinxDirective):
    """Show the text of networks, with their tables for ``:table:`` and pictures for ``:figure:``.

    Errors and warnings of cnnsize become warnings of Sphinx at their line and column, of type
    ``cnnsize`` and with their code as subtype, as ``suppress_warnings`` names them. ``:bad:`` announces
    a network with a fault: its findings are then shown, and a network without any is the warning.
    """

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "table": directives.flag,
        "figure": _kind,
        "alt": directives.unchanged_required,
        "bad": directives.flag,
        "name": directives.unchanged,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the code, of the tables and of the findings that were announced."""
        self.assert_has_content()
        text = "\n".join(self.content)
        report = check(text)
        faults = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity != "info"]
        code = self._block(text, "cnn")
        self.add_name(code)
        result: list[nodes.Node] = [code]
        if "table" in self.options:
            result += [self._block(table, "text") for table in _tables(report)]
        if "figure" in self.options:
            result += self._images(report)
        elif "alt" in self.options:
            self._complain("the option :alt: describes a picture; add :figure:", "figure")
        if "bad" not in self.options:
            for fault in faults:
                self._warn(fault)
        elif faults:
            result += [self._block(finding_text(fault, STYLE), "text") for fault in faults]
        else:
            self._complain("the network has no fault, but is marked with :bad:", "CNN903")
        return result

    def _block(self, text: str, language: str) -> nodes.literal_block:
        """Return a block of code, in the place of the directive."""
        block = nodes.literal_block(text, text, language=language)
        block["classes"] += ["cnnsize", *self.options.get("class", [])]
        self.set_source_info(block)
        return block

    def _images(self, report: Report) -> list[nodes.Node]:
        """Return a picture of each network or family; one that cannot be drawn is a warning."""
        images: list[nodes.Node] = []
        for result in report.architectures:
            survey = result.family
            subject = result.network if survey is None else survey.family
            if subject is None:
                self._complain(
                    f"{result.name or 'the text'} has no figure: it has errors", "figure"
                )
                continue
            try:
                figure = subject.figure(self.options["figure"])
            except ValueError as error:
                self._complain(str(error), "figure")
                continue
            image = nodes.image(uri=figure.data_uri())
            image["alt"] = self.options.get("alt", figure.name)
            image["classes"] += ["cnnsize", *self.options.get("class", [])]
            self.set_source_info(image)
            images.append(image)
        return images

    def _complain(self, message: str, subtype: str) -> None:
        """Report a misused option as a warning at the directive."""
        logger.warning(
            "cnnsize: %s", message, location=self.get_location(), type="cnnsize", subtype=subtype
        )

    def _warn(self, fault: Diagnostic) -> None:
        """Report a fault as a warning at its place in the document."""
        self.env.note_reread()  # so that the next build reports it too, of an unchanged document
        path, line, column = self._place(fault)
        logger.warning(
            "%s[%s] %s",
            fault.severity,
            fault.code,
            fault.summary,
            location=f"{path}:{line}:{column}",
            type="cnnsize",
            subtype=fault.code,
        )

    def _place(self, fault: Diagnostic) -> tuple[str, int, int]:
        """Return the path, the line and the column of a fault in its document, from 1.

        ``content_offset`` counts lines of the document in reStructuredText, and lines after the
        directive in MyST. By how much the content was indented is in the file only.
        """
        index, column = fault.location.line - 1, fault.location.column
        source, _ = self.get_source_info()
        in_document = self.content_offset + index + 1
        after_directive = self.lineno + in_document
        lines = _lines_of(source)
        for line in (in_document, after_directive):
            written = lines[line - 1] if self.lineno <= line <= len(lines) else ""
            if self.content[index] in written:
                return source, line, column + written.index(self.content[index])
        is_relative = self.content_offset + 1 < self.lineno
        return source, after_directive if is_relative else in_document, column


def _lines_of(path: str) -> list[str]:
    """Return the lines of a document; none if it is no file."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _tables(report: Report) -> list[str]:
    """Return the table of each network as text, and the overview of each family."""
    texts: list[str] = []
    for result in report.architectures:
        if result.network is not None:
            texts.append(table(result.network, STYLE, advice=False))
        elif result.family is not None:
            texts.append(overview(result.family, STYLE))
    return texts


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the lexer."""
    app.add_lexer("cnn", CnnLexer)
    app.add_directive("cnn", CnnDirective)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
