"""The errors of data sets."""

from __future__ import annotations

from cnnsize.record import public

MISSING = "a Parquet data set is written with the package pyarrow: pip install 'cnnsize[parquet]'"


@public
class DatasetError(ValueError):
    """A data set that cannot be written; the message says why, and what to do."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatasetError) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)
