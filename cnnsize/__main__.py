"""The command line: ``cnnsize`` and ``python -m cnnsize``."""

import os
import sys


def main() -> None:
    """Run the command line. Ctrl-C ends it with one line, even during its imports."""
    try:
        from cnnsize.cli import main as run  # here, so that Ctrl-C is handled

        run()
    except KeyboardInterrupt:
        sys.stderr.write("cnnsize: interrupted\n")
        raise SystemExit(130) from None


def ignore_current_folder() -> None:
    """Remove the current folder from the path of imports.

    ``python -m`` puts it first, and a click.py in it would be imported instead of the real one.
    """
    try:
        here = os.getcwd()
    except OSError:  # the folder was deleted
        return
    if not sys.flags.safe_path and sys.path[:1] == [here]:
        del sys.path[0]


if __name__ == "__main__":
    ignore_current_folder()
    main()
