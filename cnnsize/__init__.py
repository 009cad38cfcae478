"""Calculator and linter for architectures of convolutional neural networks.

    >>> import cnnsize
    >>> net = cnnsize.parse("INPUT[32x32x3] -> CONV3-16 -> RELU -> POOL2 -> FC-10")
    >>> sized = net.sized()
    >>> sized.params
    41418
    >>> str(sized.output)
    '1x1x10'

``parse`` reads a network, ``load`` returns a published one, and ``check`` lints. Volumes are
W x H x D. Text that is no network raises ``ArchitectureError``.
"""

TYPE_CHECKING = False  # type checkers take it for that of typing, whose import would take time
if TYPE_CHECKING:
    from cnnsize.library import *  # noqa: F403
    from cnnsize.library import __all__ as __all__
    from cnnsize.version import __version__ as __version__
else:

    def __getattr__(name):
        """Import the library when one of its names is first used.

        The command line handles Ctrl-C only once this package is imported, so the import is short.
        """
        from importlib import import_module

        library = import_module("cnnsize.version" if name == "__version__" else "cnnsize.library")
        if name == "__version__":
            return globals().setdefault(name, library.__version__)
        if name not in ("__all__", *library.__all__):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals().setdefault(name, getattr(library, name))

    def __dir__():
        from cnnsize.library import __all__

        return sorted({*globals(), *__all__})
