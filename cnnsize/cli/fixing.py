"""``cnnsize check --fix``, ``--diff`` and ``--add-ignore``: checks that change files."""

from __future__ import annotations

from cnnsize.cli.arguments import Inputs, write_back
from cnnsize.cli.errors import echo, warn
from cnnsize.cli.options import Options
from cnnsize.cli.output import write, write_bytes
from cnnsize.cli.reports import selection_of
from cnnsize.files.document import Document
from cnnsize.record import replace
from cnnsize.report.make import report as make_report
from cnnsize.report.result import Report
from cnnsize.report.texts import parsed, read_documents
from cnnsize.rewriting.fix import apply_fixes
from cnnsize.rewriting.fmt import unified_diff
from cnnsize.rewriting.ignore import add_ignores
from cnnsize.text.terminal import safe


def fix_inputs(inputs: Inputs, options: Options, *, unsafe: bool, diff: bool) -> Inputs:
    """Apply fixes, write the new texts to their files or to stdout, and return them as inputs.

    With ``diff``, print the changes instead, and exit.
    """
    documents: list[Document] = []
    unreadable = list(inputs.unreadable)
    diffs: list[str] = []
    for document in inputs.documents:
        name = document.file or "<string>"

        def check_text(text: str, document: Document = document) -> Report:
            return check_document(replace(document, text=text), options)

        result = apply_fixes(document.text, check_text, unsafe=unsafe)
        if diff:
            diffs.append(unified_diff(document.text, result.text, name))
            continue
        if document.path is None:
            is_complete = document.file is not None or result.text.endswith("\n")
            write_bytes(document.to_bytes(result.text if is_complete else result.text + "\n"))
        elif result.text != document.text:
            failure = write_back(document, result.text)
            if failure is not None:
                unreadable.append(failure)
                documents.append(document)
                continue
        documents.append(replace(document, text=result.text))
        if result.fixed:
            echo(f"fixed {len_findings(len(result.fixed))} in {safe(name)}\n", to_stderr=True)
    if diff:
        write("".join(diffs), options)
        warn(unreadable)
        raise SystemExit(2 if unreadable else 1 if any(diffs) else 0)
    return Inputs(documents, inputs.strings, unreadable, inputs.may_be_empty)


def ignore_findings(inputs: Inputs, options: Options) -> Inputs:
    """Write suppression comments to the files, and return their new texts as inputs."""
    documents: list[Document] = []
    unreadable = list(inputs.unreadable)
    for document in inputs.documents:
        if document.path is None:
            documents.append(document)
            continue

        def check_text(text: str, document: Document = document) -> Report:
            return check_document(replace(document, text=text), options)

        result = add_ignores(document, check_text)
        failure = write_back(document, result.text) if result.suppressed else None
        if failure is not None:
            unreadable.append(failure)
            documents.append(document)
            continue
        documents.append(replace(document, text=result.text))
        if result.suppressed:
            count = len_findings(result.suppressed)
            echo(f"suppressed {count} in {safe(document.file or '')}\n", to_stderr=True)
        if result.left:
            left = f"{document.file}: {len_findings(result.left)} cannot be suppressed by a comment"
            warn([left])
    return Inputs(documents, inputs.strings, unreadable, inputs.may_be_empty)


def len_findings(count: int) -> str:
    """Return ``1 finding`` or ``2 findings``."""
    return f"{count:,} finding{'' if count == 1 else 's'}"


def check_document(document: Document, options: Options) -> Report:
    """Return the report on one document, with fixes for all of its findings."""
    texts = read_documents([document], fixes=len(document.text))
    if options.name is not None:
        named = [own for own in parsed(texts.architectures) if own.name == options.name]
        texts = texts.only([*named])
    return make_report(
        texts,
        input=options.input,
        values=options.values,
        settings=options.settings,
        selection=selection_of(options),
        fixes=len(document.text),
    )
