"""The settings of a caller, and the severity of a fault under these settings."""

from __future__ import annotations

from cnnsize.layers.base import STANDARD, Defaults
from cnnsize.layers.volume import Fault
from cnnsize.record import Record
from cnnsize.text.codes import CORE, Severity


class CostBudget(Record):
    """The largest cost that a network may have; None sets no limit."""

    params: int | None = None
    macs: int | None = None
    memory: int | None = None  # bytes of all activations, 4 each, for one input


class Settings(Record):
    """Default sizes, the framework whose padding applies, and what optional rules need to know."""

    defaults: Defaults = STANDARD
    target: str = "torch"  # or "tensorflow", for P=same with a stride
    # "torch": unread input is an error; "strict": unread padding too; "floor": both are warnings
    rounding: str = "torch"
    hardware: str | None = None  # "nvidia": channels in multiples of eight
    loss: str | None = None  # "cross-entropy": the loss applies the softmax itself
    budget: CostBudget | None = None
    pattern: str | None = None  # the pattern that networks must match; None: the one of CS231n


TORCH = Settings()


def severity(fault: Fault, settings: Settings) -> Severity:
    """Return the severity of a fault.

    TensorFlow has its own padding for P=same with a stride, which torch refuses; and a caller who
    chose ``rounding="floor"`` knows that sizes are rounded down. Both are warnings then.
    """
    if fault.code == "CNN109" and settings.target == "tensorflow":
        return "warning"
    if fault.code == "CNN101" and settings.rounding == "floor":
        return "warning"
    return CORE[fault.code][1]
