"""Python: its statements, expressions, built-in functions and imports, within the bounds of ``machine``.

``statements`` and ``expressions`` have one function for each node of the syntax tree.
``assignments``, ``methods``, ``builtin_functions``, ``function_calls``, ``records``, ``copies``,
``command_line`` and ``lightning`` are what they call. ``imports`` and ``siblings`` follow an import to the file beside.
``top`` runs the top of a file, and ``forgetting`` lists what a skipped statement may have changed.
"""
