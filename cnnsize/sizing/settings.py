"""What a caller may choose, and how severe a fault is under these settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnsize.layers.base import STANDARD, Defaults
from cnnsize.layers.volume import Fault
from cnnsize.record import Record
from cnnsize.text.codes import CORE, Severity

if TYPE_CHECKING:
    pass


class CostBudget(NamedTuple):
    """The most that a network may cost; None sets no bound."""

    params: int | None = None
    macs: int | None = None
    memory: int | None = None  # bytes of all activations, 4 each, one input


class Settings(Record):
    """What a caller may choose: default sizes, whose rules for padding hold, and what rules need to
    know.
    """

    defaults: Defaults = STANDARD
    target: str = "torch"  # or "tensorflow", for P=same with a stride
    rounding: str = (
        "torch"  # "strict": every remainder is an error; "floor": rows that go unread are a warning
    )
    hardware: str | None = None  # "nvidia": channels in eights
    loss: str | None = None  # "cross-entropy": it takes the softmax itself
    budget: CostBudget | None = None
    pattern: str | None = None  # what networks have to look like; None: as CS231n draws them


TORCH = Settings()


def severity(fault: Fault, settings: Settings) -> Severity:
    """How bad a fault is: TensorFlow pads P=same with a stride in its own way, torch refuses it;
    and who says that sizes round down has been told.
    """
    if fault.code == "CNN109" and settings.target == "tensorflow":
        return "warning"
    if fault.code == "CNN101" and settings.rounding == "floor":
        return "warning"
    return CORE[fault.code][1]
