"""The command line: flags in, exit status out.

Exit status: 0 when nothing is wrong (notes are fine), 1 for errors or warnings in an architecture
(--fail-on sets the lowest severity that counts), 2 for wrong usage, empty input, a configuration
that cannot be used, or an internal error. Results go to stdout, messages about the run to stderr.
"""

from __future__ import annotations

import errno
import os
import sys

from cnnsize.cli.errors import echo
from cnnsize.cli.plain import is_plain_check
from cnnsize.text.terminal import safe


def main() -> None:
    """Run the command line. No input ends in a traceback."""
    if sys.stdout is None or sys.stderr is None:
        raise SystemExit(2)  # there is nowhere to print to
    if hasattr(sys.stdout, "reconfigure"):  # the same line ends on every system
        sys.stdout.reconfigure(newline="\n")
    try:
        if is_plain_check(sys.argv):
            from cnnsize.cli.checking import check_once  # late: other commands need it not

            check_once(tuple(sys.argv[2:]))
        from cnnsize.cli.commands import cli  # late: a plain check needs no click

        cli.main(prog_name="cnnsize")
    except (SystemExit, KeyboardInterrupt):
        raise
    except OSError as error:
        windows_closed_pipe = os.name == "nt" and error.errno == errno.EINVAL
        if isinstance(error, BrokenPipeError) or windows_closed_pipe:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(1) from None
        message = f"cnnsize: cannot write the output: {error.strerror or error}\n"
        os.write(2, message.encode("utf-8", "replace"))
        os._exit(2)  # a normal exit would try to write the buffered rest, and fail again
    except Exception as error:
        if os.environ.get("CNNSIZE_DEBUG"):
            raise
        echo(
            f"cnnsize: internal error: {type(error).__name__}: {safe(str(error))[:300]}\n"
            "please report this with the input; CNNSIZE_DEBUG=1 shows the traceback\n",
            to_stderr=True,
        )
        raise SystemExit(2) from None
