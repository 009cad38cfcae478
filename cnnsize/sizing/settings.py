"""The settings of a caller, and the severity of a fault under these settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from cnnsize.layers.base import STANDARD, Defaults
from cnnsize.layers.volume import Fault
from cnnsize.record import Record, public, replace
from cnnsize.text.codes import CORE, Severity
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

Target = Literal["torch", "tensorflow"]
Rounding = Literal["torch", "strict", "floor"]
WORDS: dict[str, tuple[str | None, ...]] = {
    "target": ("torch", "tensorflow"),
    "rounding": ("torch", "strict", "floor"),
    "hardware": (None, "nvidia"),
    "loss": (None, "cross-entropy"),
}


@public
class CostBudget(Record):
    """The largest cost that a network may have; None sets no limit."""

    params: int | None = None
    macs: int | None = None
    memory: int | None = None  # bytes of all activations, 4 each, for one input


@public
class Settings(Record):
    """Default sizes, the framework whose padding applies, and what optional rules need to know."""

    defaults: Defaults = STANDARD
    target: Target = "torch"  # of P=same with a stride
    # "torch": unread input is an error; "strict": unread padding too; "floor": both are warnings
    rounding: Rounding = "torch"
    hardware: str | None = None  # "nvidia": channels in multiples of eight
    loss: str | None = None  # "cross-entropy": the loss applies the softmax itself
    budget: CostBudget | None = None
    pattern: str | None = None  # the pattern that networks must match; None: the one of CS231n

    if not TYPE_CHECKING:

        def __init__(self, *positional: Any, **named: Any) -> None:
            super().__init__(*positional, **named)
            _require_record("defaults", self.defaults, Defaults)
            if self.budget is not None:
                _require_record("budget", self.budget, CostBudget)
            for field, words in WORDS.items():
                _require_word(field, getattr(self, field), words)


def _require_record(field: str, value: object, expected: type) -> None:
    """Raise TypeError unless a field of the settings has a record of its own class."""
    if not isinstance(value, expected):
        name = expected.__name__
        raise TypeError(f"{field} must be a cnnsize.{name}, not {type(value).__name__}")


def _require_word(field: str, value: object, words: tuple[str | None, ...]) -> None:
    """Raise ValueError unless a field of the settings has one of its words."""
    if value in words:
        return
    similar = nearest(str(value), [word for word in words if word], 1)
    hint = f"; did you mean {similar[0]!r}?" if similar else ""
    raise ValueError(f"{field} must be {alternatives(map(repr, words))}, not {value!r}{hint}")


TORCH = Settings()


def for_models(settings: Settings) -> Settings:
    """Return settings for a model of a framework, which runs with its remainders.

    They are warnings, as with ``rounding="floor"``.
    """
    return replace(settings, rounding="floor") if settings.rounding == "torch" else settings


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
