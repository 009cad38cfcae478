"""The language server: it keeps the open texts checked, and answers an editor.

A text is checked once for all questions about it, shortly after the last key. An answer that a later
edit has overtaken is not sent. Nothing but the protocol may be written to stdout.
"""

from __future__ import annotations

import asyncio
import sys

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from cnnsize.lsp import actions, completion, layers, words
from cnnsize.lsp.checked import CheckedText, extension_for
from cnnsize.lsp.diagnostics import diagnostics
from cnnsize.lsp.settings import CONFIG_FILES, SettingsCache
from cnnsize.rewriting.fmt import format_text
from cnnsize.version import __version__

DELAY = 0.06  # seconds after the last key before a text is checked

NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook=types.NotebookDocumentFilterNotebookType(notebook_type="jupyter-notebook"),
            cells=[
                types.NotebookCellLanguage(language="python"),
                types.NotebookCellLanguage(language="markdown"),
            ],
        )
    ]
)


class CnnServer(LanguageServer):
    """The server with the texts that it has checked."""

    def __init__(self) -> None:
        # The editor sends whole texts: what is a line break is for us to decide.
        super().__init__(
            "cnnsize",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            notebook_document_sync=NOTEBOOKS,
        )
        self.settings = SettingsCache()
        self.texts: dict[str, CheckedText] = {}
        self.waiting: dict[str, asyncio.TimerHandle] = {}
        self.problems: set[str] = set()  # of configurations, which are reported once

    def checked(self, uri: str) -> CheckedText:
        """Return a text, checked in its present state."""
        document = self.workspace.get_text_document(uri)
        path = path_of(document)
        settings = self.settings.of_file(path)
        if settings.problem and settings.problem not in self.problems:
            self.problems.add(settings.problem)
            self.show(types.MessageType.Warning, f"cnnsize: {settings.problem}")
        known = self.texts.get(uri)
        if known is None or known.text != document.source or known.settings is not settings:
            name = f"{path or 'text'}"
            extension = extension_for(document.language_id, path)
            if not name.endswith(extension):
                name += extension
            encoding = types.PositionEncodingKind(self.workspace.position_encoding)
            known = CheckedText(document.source, name, path, settings, encoding)
            self.texts[uri] = known
        return known

    def show(self, kind: types.MessageType, message: str) -> None:
        """Show a message to the user."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def check_soon(self, uri: str) -> None:
        """Check a text and publish its findings, unless another edit comes first."""
        self.forget_waiting(uri)
        loop = asyncio.get_running_loop()
        self.waiting[uri] = loop.call_later(DELAY, self.publish, uri)

    def forget_waiting(self, uri: str) -> None:
        """Cancel the check of a text that is due."""
        waiting = self.waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()

    def publish(self, uri: str) -> None:
        """Send the findings about a text."""
        self.waiting.pop(uri, None)
        document = self.workspace.get_text_document(uri)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=uri,
                version=document.version,
                diagnostics=diagnostics(self.checked(uri), uri),
            )
        )

    def close(self, uri: str) -> None:
        """Forget a text, and take its findings back."""
        self.forget_waiting(uri)
        self.texts.pop(uri, None)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
        )


def path_of(document: TextDocument) -> str | None:
    """Return the file of a text; None for an unsaved text and for a cell of a notebook."""
    return str(document.path) if document.uri.startswith("file:") else None


server = CnnServer()

# -- texts that open, change and close ----------------------------------------


@server.feature(types.INITIALIZED)
def initialized(ls: CnnServer, params: types.InitializedParams) -> None:
    """Ask the editor to report changes of configuration files, if it can."""
    workspace = ls.client_capabilities.workspace
    watching = workspace and workspace.did_change_watched_files
    if not (watching and watching.dynamic_registration):
        return
    watchers = [types.FileSystemWatcher(glob_pattern=f"**/{name}") for name in CONFIG_FILES]
    ls.client_register_capability(
        types.RegistrationParams(
            registrations=[
                types.Registration(
                    id="configuration",
                    method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                    register_options=types.DidChangeWatchedFilesRegistrationOptions(
                        watchers=watchers
                    ),
                )
            ]
        )
    )


@server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
def configuration_changed(ls: CnnServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Check all open texts with the new configuration."""
    ls.settings.clear()
    ls.problems.clear()
    for uri in list(ls.texts):
        ls.check_soon(uri)


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(ls: CnnServer, params: types.DidOpenTextDocumentParams) -> None:
    """Check a text that was opened."""
    ls.check_soon(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(ls: CnnServer, params: types.DidChangeTextDocumentParams) -> None:
    """Check a text again."""
    ls.check_soon(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def closed(ls: CnnServer, params: types.DidCloseTextDocumentParams) -> None:
    """Forget a text."""
    ls.close(params.text_document.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
def notebook_opened(ls: CnnServer, params: types.DidOpenNotebookDocumentParams) -> None:
    """Check the cells of a notebook."""
    for cell in params.cell_text_documents:
        ls.check_soon(cell.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
def notebook_changed(ls: CnnServer, params: types.DidChangeNotebookDocumentParams) -> None:
    """Check the cells that were added or changed, and forget those that were removed."""
    cells = params.change.cells
    if cells is None:
        return
    for content in cells.text_content or ():
        ls.check_soon(content.document.uri)
    if cells.structure is not None:
        for added in cells.structure.did_open or ():
            ls.check_soon(added.uri)
        for removed in cells.structure.did_close or ():
            ls.close(removed.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
def notebook_closed(ls: CnnServer, params: types.DidCloseNotebookDocumentParams) -> None:
    """Forget the cells of a notebook."""
    for cell in params.cell_text_documents:
        ls.close(cell.uri)


# -- questions ----------------------------------------


@server.feature(
    types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=actions.KINDS)
)
def code_actions(ls: CnnServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the fixes at a place."""
    only = params.context.only
    kinds = None if only is None else [str(getattr(kind, "value", kind)) for kind in only]
    uri = params.text_document.uri
    return actions.actions(ls.checked(uri), uri, params.range, kinds)


@server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
def inlay_hints(ls: CnnServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Return the volumes after the layers in a range."""
    return layers.hints(ls.checked(params.text_document.uri), params.range)


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(ls: CnnServer, params: types.HoverParams) -> types.Hover | None:
    """Return the numbers of a layer."""
    return layers.hover(ls.checked(params.text_document.uri), params.position)


@server.feature(types.TEXT_DOCUMENT_CODE_LENS)
def code_lenses(ls: CnnServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Return the totals of the networks."""
    return layers.lenses(ls.checked(params.text_document.uri))


@server.feature(
    types.TEXT_DOCUMENT_COMPLETION,
    types.CompletionOptions(trigger_characters=completion.TRIGGERS, resolve_provider=True),
)
def complete(ls: CnnServer, params: types.CompletionParams) -> list[types.CompletionItem]:
    """Return what may come next."""
    return completion.completion(ls.checked(params.text_document.uri), params.position)


@server.feature(types.COMPLETION_ITEM_RESOLVE)
def resolve_item(ls: CnnServer, item: types.CompletionItem) -> types.CompletionItem:
    """Return the text of a network of the zoo."""
    return completion.resolved(item)


@server.feature(types.TEXT_DOCUMENT_FORMATTING)
def formatting(ls: CnnServer, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """Return the edit that writes the networks in canonical form, as ``cnnsize fmt`` does."""
    checked = ls.checked(params.text_document.uri)
    result = format_text(checked.text, checked.name, unmarked=checked.document.unmarked)
    return checked.edit(result.text)


@server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def symbols(ls: CnnServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """Return the networks and blocks."""
    return words.symbols(ls.checked(params.text_document.uri))


@server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
def folding(ls: CnnServer, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """Return the networks that take several lines."""
    return words.folds(ls.checked(params.text_document.uri))


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
def definition(ls: CnnServer, params: types.DefinitionParams) -> types.Location | None:
    """Return where a block is defined."""
    uri = params.text_document.uri
    place = words.definition(ls.checked(uri), params.position)
    return None if place is None else types.Location(uri=uri, range=place)


@server.feature(types.TEXT_DOCUMENT_REFERENCES)
def references(ls: CnnServer, params: types.ReferenceParams) -> list[types.Location]:
    """Return the places of a letter or a block."""
    uri = params.text_document.uri
    checked = ls.checked(uri)
    word = words.word_at(checked, params.position)
    places = [] if word is None else words.same_words(checked, word)
    return [types.Location(uri=uri, range=place) for place in places]


@server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
def rename(ls: CnnServer, params: types.RenameParams) -> types.WorkspaceEdit:
    """Return the edits that rename a letter or a block."""
    uri = params.text_document.uri
    try:
        edits = words.rename(ls.checked(uri), params.position, params.new_name)
    except words.RenameError as error:
        raise JsonRpcInvalidParams(str(error)) from None
    return actions.workspace_edit(uri, edits)


@server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
def prepare_rename(ls: CnnServer, params: types.PrepareRenameParams) -> types.Range | None:
    """Return the range of the name at a position; None where nothing can be renamed."""
    checked = ls.checked(params.text_document.uri)
    word = words.word_at(checked, params.position)
    return None if word is None else checked.units.range(word.source, word.span)


@server.feature(
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
    types.SemanticTokensLegend(token_types=words.TOKEN_TYPES, token_modifiers=[]),
)
def semantic_tokens(ls: CnnServer, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """Return the words in the notation."""
    return words.tokens(ls.checked(params.text_document.uri))


def serve() -> None:
    """Answer an editor on stdin and stdout until it ends."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # so that no print can break the protocol
    server.start_io(stdin, stdout)
