"""Plain data as a pandas DataFrame: one row for each dict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-not-found,import-untyped,unused-ignore]

VOLUMES = frozenset({"input", "output", "out"})
PAIRS = frozenset(
    {
        "kernel",
        "stride",
        "padding",
        "dilation",
        "remainder",
        "receptive_field",
        "jump",
        "receptive_padding",
        "smallest_receptive_field",
    }
)


def data_frame(records: Iterable[dict[str, Any]]) -> DataFrame:
    """Return a DataFrame with a row for each record. Raises ImportError if there is no pandas.

    Integers stay integers where some are missing: the columns are of pandas' nullable types.
    """
    try:
        from pandas import DataFrame
    except ImportError:
        raise ImportError(
            "to_pandas() needs pandas, which is not installed: pip install pandas. "
            "to_dict() returns the same numbers without it."
        ) from None
    return DataFrame([row(record) for record in records]).convert_dtypes()


def row(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of the JSON report as a flat row: one number or word in each column.

    A volume becomes three columns (``out_W``, ``out_H``, ``out_D``), a pair two, and the volumes that
    a layer receives one text. Places in the text are left out.
    """
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if key in VOLUMES or key in PAIRS:
            axes = "WHD" if key in VOLUMES else "WH"
            numbers = value or (None,) * len(axes)
            flat |= {f"{key}_{axis}": number for axis, number in zip(axes, numbers, strict=True)}
        elif key == "in":
            flat[key] = ", ".join("x".join(map(str, volume or ["?"])) for volume in value)
        elif key in ("values", "location"):
            flat |= value
        elif not isinstance(value, (list, dict)):
            flat[key] = value
    return flat
