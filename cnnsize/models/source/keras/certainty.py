"""What is known about the input of a network of Keras that is refused."""

from __future__ import annotations

from cnnsize.models.source.errors import RefusedError, StatedError
from cnnsize.models.source.evidence import Evidence
from cnnsize.models.source.findings.finding import Circumstances, inputs_before
from cnnsize.models.source.keras.state import state_of
from cnnsize.models.source.machine import Machine

MOST_ROWS = 4  # of an input that may rather have as many channels, in channels_first


def circumstances(
    machine: Machine, error: RefusedError, declared: Evidence | None
) -> Circumstances | None:
    """Return what is known about the input; None where Keras may not refuse the network."""
    if isinstance(error, StatedError) and error.statement.numbers is None:
        return Circumstances("", is_given=True, is_called=True, has_letters=False, is_run=True)
    state = state_of(machine)
    sources = inputs_before(machine, error.tensors)
    if not sources or (declared is not None and len(sources) > 1):
        return None
    if declared is None and any(may_be_channels_first(machine, source) for source in sources):
        return None
    is_open = declared is None and bool(state.open.intersection(sources) or state.values)
    return Circumstances(
        state.sources[sources[0]] if declared is None else declared.source,
        is_given=not is_open,
        is_called=True,
        has_letters=False,  # a size that depends on one is never refused
        is_run=True,
    )


def may_be_channels_first(machine: Machine, index: int) -> bool:
    """Return whether the rows of an input may be channels, as Keras 1 has them in some settings."""
    volume = machine.nodes[index].volume
    is_last = machine.order == "NHWC"
    return is_last and volume is not None and volume.H <= MOST_ROWS < min(volume.W, volume.D)
