"""``python -m cnnsize`` is the same as ``cnnsize``."""

import os
import sys


def main() -> None:
    """The console script. Ctrl-C ends it in one line, also while it still imports."""
    try:
        from cnnsize.cli import main as run  # here, where an interruption is heard

        run()
    except KeyboardInterrupt:
        sys.stderr.write("cnnsize: interrupted\n")
        raise SystemExit(130) from None


def leave_the_folder() -> None:
    """Python puts the current folder first for -m: a click.py that lies there is somebody else's
    program.
    """
    try:
        here = os.getcwd()
    except OSError:  # it is gone
        return
    if not sys.flags.safe_path and sys.path[:1] == [here]:
        del sys.path[0]


if __name__ == "__main__":
    leave_the_folder()
    main()
