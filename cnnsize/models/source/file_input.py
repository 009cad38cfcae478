"""An input that is given for a whole file, and the networks of the file that it is not for."""

from __future__ import annotations

from cnnsize.models.source.errors import MismatchError
from cnnsize.models.source.evidence import Evidence, mentioned
from cnnsize.models.source.input_comments import (
    COMMENT,
    comments_about,
    declared_input,
    input_comments,
)
from cnnsize.models.source.nets import calls_in
from cnnsize.models.source.read import (
    Reading,
    Request,
    UnreadableSourceError,
    UnreadNetwork,
    may_hold_network,
    opened,
    parsed,
    read_net_with,
)
from cnnsize.models.source.values.number import depends_on_default
from cnnsize.models.source.values.objects import NotReadError
from cnnsize.text.english import counted


def on_own_input(reading: Reading, text: str, request: Request) -> tuple[Reading, str]:
    """Read a network again without an input that is for another one, and say why.

    Of several networks of a file, an input is for those whose first layer takes its depth. Where a
    default says what the first layer takes, the rest is checked with that depth.
    """
    declared, error = reading.declared, first_mismatch(reading)
    if declared is None or error is None:
        return reading, ""
    machine, net = reading.machine, reading.torch_net
    own: Evidence | None = declared._replace(depth=None)
    if declared.is_for_file and not reading.is_alone:
        own = declared_input(input_comments(text, reading.tree), machine, net, request.inputs)
        own = None if own is None or own.is_for_file else own
        reading = reading._replace(others=mentioned(machine, calls_in(reading.tree)))
    elif not depends_on_default(error.expected):
        return reading, ""
    network = read_net_with(request.values, machine, net, text, own, reading.others, claims=False)
    size = f"{declared.width}x{declared.height}x{declared.depth}"
    unit = "channel" if error.code == "CNN120" else "value"
    takes = f"its first layer takes {counted(error.expected, unit)}"
    reason = f"{declared.source} {size} is not used: {takes}"
    if own is not None and own.source == declared.source:
        reason = f"{declared.source} {size} is used without its depth: {takes} by default"
    return reading._replace(network=network, declared=own), reason


def first_mismatch(reading: Reading) -> MismatchError | None:
    """Return the error that the first layer with weights takes something else than the input."""
    network = reading.network
    error = network.error if isinstance(network, UnreadNetwork) else None
    has_run = any(node.parameters for node in reading.machine.nodes)
    is_first = isinstance(error, MismatchError) and error.layer is not None and not has_run
    return error if is_first and isinstance(error, MismatchError) else None


def input_comment_problems(text: str, request: Request) -> list[tuple[int, str]]:
    """Return the comments that say the input of no network, or none that can be read.

    Each is its line and why. Of a file of which one network is read, another may be the one.
    """
    if "cnnsize:" not in text or COMMENT.search(text) is None:
        return []
    try:
        comments = input_comments(text, parsed(text))
        used = []
        if may_hold_network(text):
            _, machine, nets = opened(text, request.path, None)
            used = [comments_about(comments, machine, net) for net in nets]
    except (UnreadableSourceError, NotReadError, RecursionError):
        return []
    return list(comments.problems(used))
