"""The live page: ``cnnsize serve`` and ``cnnsize page``.

``answer`` says what the page shows about a text. Two back ends call it: ``server``, on this machine, and
Pyodide in the browser, for the folder that ``static`` writes. ``web`` holds the page itself.
"""
