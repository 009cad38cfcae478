"""The columns of a data set: the number and choices of each member, and its sizes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from struct import pack
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cnnsize.dataset.errors import DatasetError
from cnnsize.dataset.question import Question
from cnnsize.dataset.ranges import RangeSizer
from cnnsize.dataset.rows import FIELD, OUTPUT, SIZES, SUMS
from cnnsize.limits import MAX_BLOCK_ROWS
from cnnsize.patterns.choices import Choice, count_words
from cnnsize.patterns.domains import open_choices
from cnnsize.patterns.family import Family
from cnnsize.patterns.memo import Work
from cnnsize.patterns.query import condition_of, fact_name
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State

LARGEST = 2**63 - 1  # of a column
MANY_VALUES = 4_096  # of a letter


class MemberTables:
    """Tables of ranges of the members of a family. Not for use by several threads at once."""

    def __init__(self, question: Question) -> None:
        self.question = question
        architecture, settings = question.architecture, question.settings
        self.family = Family(architecture, question.input, settings, question.values)
        choices = open_choices(architecture, question.values, settings.defaults)
        self.choices = choices.free
        self._sizes = RangeSizer(choices, Sizer(choices, question.input, settings, Work()))
        self._condition = None
        if question.where is not None:
            self._condition = condition_of(self.family, question.where)
        self.schema = schema_of(question, self.choices)
        # of other columns, the few different values are stored once
        many = (choice.name for choice in self.choices if len(choice.values) > MANY_VALUES)
        self._growing = frozenset(("index", *SUMS, *many))  # stored as differences between rows
        if question.members > LARGEST:
            raise DatasetError(
                f"a family of {count_words(question.members)} members, whose numbers do not fit 64 bits"
            )

    def table(self, begin: int, end: int) -> Any:
        """Return the table of the members with these numbers that the question selects.

        Raises ArchitectureError where no member can be sized, and DatasetError for a number that
        does not fit.
        """
        try:
            sizes = self._sizes.columns(begin, end)
        except (OverflowError, pa.ArrowInvalid):
            raise self._overflow(begin, end) from None
        columns = dict(zip(SIZES, sizes, strict=True))
        index = columns["index"] = pa.array(range(begin, end), pa.int64())
        share = self.question.members
        for choice in self.choices:
            share //= len(choice.values)
            columns[choice.name] = choice_column(choice, share, index)
        rows = pa.table({name: columns[name] for name in self.schema.names if name in columns})
        if self.question.valid:
            rows = rows.filter(rows["valid"])
        if self._condition is not None:
            rows = rows.filter(self._holding(rows))
        if self.question.text:
            rows = rows.append_column("text", self._texts(rows))
        return rows.cast(self.schema)

    def file_bytes(self, table: Any) -> bytes:
        """Return the content of a Parquet file with a table."""
        sink = pa.BufferOutputStream()
        numbers = {field.name for field in self.schema if field.type == pa.int64()}
        pq.write_table(
            table,
            sink,
            compression="zstd",
            compression_level=1,
            use_dictionary=sorted(numbers - self._growing),
            column_encoding=dict.fromkeys(self._growing, "DELTA_BINARY_PACKED"),
        )
        return bytes(sink.getvalue())

    def _holding(self, rows: Any) -> Any:
        """Return which rows meet the condition."""
        assert self._condition is not None
        names, holds = sorted(self._condition.names), self._condition.holds
        facts = zip(*[self._fact(name, rows) for name in names], strict=True)
        if not names:  # a condition without a fact, such as 1 < 2
            facts = [()] * rows.num_rows  # type: ignore[assignment]
        flags = [holds(dict(zip(names, values, strict=True))) for values in facts]
        return pa.array(flags, pa.bool_())

    def _fact(self, name: str, rows: Any) -> list[Any]:
        """Return the values of a fact of a condition; a letter RF is no receptive field."""
        for choice in self.choices:
            if fact_name(choice.name) == name:
                return list(rows[choice.name].to_pylist())
        if name in self.family.bound:
            return [self.family.bound[name]] * rows.num_rows
        if name in ("receptive_field", "RF"):
            sides = rows["receptive_field_W"], rows["receptive_field_H"]
            return list(pc.min_element_wise(*sides).to_pylist())
        column, factor = FACTS[name]
        values = rows[column].to_pylist()
        if factor == 1:
            return list(values)
        return [None if value is None else factor * value for value in values]

    def _texts(self, rows: Any) -> Any:
        choices = zip(*[rows[choice.name].to_pylist() for choice in self.choices], strict=True)
        if not self.choices:
            choices = [()] * rows.num_rows  # type: ignore[assignment]
        texts = [str(self.family.architecture_of(tuple(map(int, values)))) for values in choices]
        return pa.array(texts, pa.string())

    def _overflow(self, begin: int, end: int) -> DatasetError:
        """Return the error for the first number that a column cannot hold."""
        # it may be that of another member of the same table
        first, last = max(0, begin - MAX_BLOCK_ROWS), end + MAX_BLOCK_ROWS
        for number, state in self._sizes.states(first, min(last, self.question.members)):
            for name, value in _numbers(state).items():
                if value > LARGEST:
                    return DatasetError(
                        f"{name} is {value:,} for member {number:,}, which does not fit the 64 bits "
                        "of a Parquet column; narrow the letters, or write csv or jsonl, whose "
                        "numbers have any size"
                    )
        raise AssertionError("no number is too large")


def _numbers(state: State) -> dict[str, int]:
    """Return the numbers of a member by their columns."""
    if state.dead or state.volume is None:
        return {}
    sums = (state.params, state.macs, state.activations)
    ends = (*state.volume, *(state.view.receptive_field or ()))
    return dict(zip((*SUMS, *OUTPUT, *FIELD), (*sums, *ends), strict=False))


FACTS: dict[str, tuple[str, int]] = {  # of a condition: the column and a factor
    **{name: (name, 1) for name in (*SUMS, "valid")},
    **{axis: (f"output_{axis}", 1) for axis in "WHD"},
    "MACs": ("macs", 1),
    "flops": ("macs", 2),
    "memory": ("activations", 4),
    "memory_bytes": ("activations", 4),
}


def schema_of(question: Question, choices: Sequence[Choice]) -> Any:
    """Return the schema of a data set; its metadata has the question.

    Raises DatasetError where a letter has the name of another column.
    """
    numbers = [*OUTPUT, *SUMS, *FIELD]
    last = [("text", pa.string())] if question.text else []
    others = {"index", "valid", "text", *numbers}
    for choice in choices:
        if choice.name in others:
            raise DatasetError(
                f"the letter {choice.name} has the name of a column of the data set; rename it"
            )
    fields = [
        pa.field("index", pa.int64(), nullable=False),
        *(
            pa.field(choice.name, pa.bool_() if choice.optional else pa.int64(), nullable=False)
            for choice in choices
        ),
        pa.field("valid", pa.bool_(), nullable=False),
        *(pa.field(name, pa.int64()) for name in numbers),
        *(pa.field(name, kind, nullable=False) for name, kind in last),
    ]
    return pa.schema(fields, {"cnnsize": json.dumps(question.to_dict())})


def choice_column(choice: Choice, share: int, index: Any) -> Any:
    """Return the values of a choice for the members of a column ``index``.

    A value is the same for ``share`` members, then the next one follows.
    """
    values, size, number = choice.values, len(choice.values), len(index)
    begin = index[0].as_py()
    if share * size <= number:  # a period that repeats
        period = b"".join([pack("=q", value) * share for value in values])
        skipped = begin % (share * size)
        times = (skipped + number) // (share * size) + 1
        data = memoryview(period * times)[8 * skipped : 8 * (skipped + number)]
        column = pa.Array.from_buffers(pa.int64(), number, [None, pa.py_buffer(data)])
    else:
        runs = range(begin // share, (begin + number - 1) // share + 1)
        distinct = pa.array([values[run % size] for run in runs], pa.int64())
        column = pc.take(distinct, pc.subtract(pc.divide(index, share), runs[0]))
    return column.cast(pa.bool_()) if choice.optional else column
