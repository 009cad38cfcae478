"""``cnnsize lsp``: what ``check``, ``show`` and ``fmt`` say, in an editor, while somebody types.

``server`` speaks the protocol. Every other module answers one question about a ``CheckedText``, which
is a text of the editor with its report; ``units`` converts between places as the editor counts them
and as we do. Only ``cnnsize lsp`` imports this package, because lsprotocol is slow to import.
"""
