"""cnnsize: the calculator and linter for convolutional network architectures."""

TYPE_CHECKING = False  # as in typing, which is not imported for it
if TYPE_CHECKING:
    from cnnsize.library import *  # noqa: F403
    from cnnsize.library import __all__ as __all__
    from cnnsize.version import __version__ as __version__
else:

    def __getattr__(name):
        """Imports the library when a name of it is asked for, and not before: whoever starts the
        command line listens for Ctrl-C only once this package is imported.
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
