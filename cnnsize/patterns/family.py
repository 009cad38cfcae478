"""Families: a text with free letters and ``?`` describes many networks, its members.

A member is one assignment of all letters and ``?``. Members are counted without being sized,
and sized together: what they share is sized once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from cnnsize.faults.edit import items
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Chain, LayerNode
from cnnsize.layers.ends import Input
from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.patterns.binding import bind_member, decided
from cnnsize.patterns.choices import Choice, Choices, Values, count_words, narrowing_hints
from cnnsize.patterns.domains import open_choices
from cnnsize.patterns.engine import Run, final_state, search
from cnnsize.patterns.items import optional_key
from cnnsize.patterns.member import Member
from cnnsize.patterns.memo import Work
from cnnsize.patterns.questions import Questions
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State
from cnnsize.record import public, replace
from cnnsize.sizing.make import build
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.size import size
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, error
from cnnsize.text.english import shortened

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-not-found,import-untyped,unused-ignore]

    from cnnsize.dataset.run import Dataset, Progress
    from cnnsize.patterns.survey import Survey
    from cnnsize.pictures.figure import Figure


LARGE_HINT = "`cnnsize family` with --count, --top or --sample needs no list of the members"


@public
class Family(Questions):
    """All members of a pattern. Iterate it for the members, in the order of their letters.

    ``choices`` are the free letters and ``?`` in reading order; the last one varies fastest.
    """

    def __init__(
        self,
        architecture: ParsedArchitecture,
        input: tuple[int, int, int] | None = None,
        settings: Settings = TORCH,
        values: Mapping[str, Values] | None = None,
    ) -> None:
        self.architecture = architecture
        self.input = input
        self.settings = settings
        self.given = dict(values or {})
        try:
            self._choices = open_choices(architecture, self.given, settings.defaults)
        except ArchitectureError as failure:
            raise architecture.mapped_error(failure) from None
        self.choices: tuple[Choice, ...] = self._choices.free
        self.bound = self._choices.bound
        self.widths = (
            self._choices.widths
        )  # positions of letters that set only the depth of outputs
        self.work = Work()
        self._sizer = Sizer(self._choices, input, settings, self.work)

    def __dir__(self) -> list[str]:
        names = (
            "architecture",
            "choices",
            "count",
            "figure",
            "histogram",
            "input",
            "member",
            "pareto",
            "sample",
            "settings",
            "survey",
            "top",
        )
        return sorted([*names, "to_dict", "to_pandas", "to_parquet", *dir(object)])

    def __reduce__(self) -> tuple[Any, ...]:
        return Family, (self.architecture, self.input, self.settings, self.given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Family) and (
            (self.architecture, self.input, self.settings, self.bound, self.choices)
            == (other.architecture, other.input, other.settings, other.bound, other.choices)
        )

    def __hash__(self) -> int:
        return hash((self.architecture, self.input))

    def __repr__(self) -> str:
        members = "1 member" if self.members == 1 else f"{count_words(self.members)} members"
        return f"<Family of {members}: {shortened(str(self.architecture))!r}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from cnnsize.html.notebook import family_bundle  # late: only notebooks need it

        return family_bundle(self)

    def survey(self) -> Survey:
        """Return how many members are valid, which, and why the others are not.

        Raises ArchitectureError where the members take too much work.
        """
        from cnnsize.patterns.survey import survey_of  # late: to list members needs none

        return survey_of(self)

    def figure(
        self, kind: str | None = None, *, width: int | None = None, title: str | None = None
    ) -> Figure:
        """Return a figure of the members, or of a sample of many, whose ``svg()`` is a picture and whose ``save(path)`` writes it.

        ``kind`` is ``"grid"``, a cell for each member with a line where valid members end;
        ``"scatter"``, the parameters of the members against their MACs; or ``"family"``, both, which
        is the default. ``width`` is a width in px, and ``title`` replaces the name. Raises ValueError
        for an unknown kind, and ArchitectureError for members that are too much work to size.
        """
        from cnnsize.pictures.figure import family_figure  # late: only where one is asked for
        from cnnsize.pictures.request import Request

        return family_figure(self, kind, Request(width=width), title)

    def to_dict(self) -> dict[str, Any]:
        """Return the survey of all members as plain data: the ``family`` of the JSON report."""
        return self.survey().to_dict()

    def to_pandas(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each member: its letters and its numbers.

        Raises ImportError if pandas is not installed.
        """
        from cnnsize.frame import data_frame  # late: needs pandas

        return data_frame(member.to_dict(text=False) for member in self)

    def to_parquet(
        self,
        path: str | PathLike[str],
        *,
        jobs: int | None = None,
        where: str | None = None,
        valid: bool = False,
        text: bool = False,
        scheduler: str | None = None,
        progress: Progress | None = None,
    ) -> Dataset:
        """Write a row for each member to the Parquet files of a folder, and return a summary.

        ``path`` is the folder. If an earlier call with the same arguments was interrupted or killed,
        only what is missing is computed. There is no limit to the number of members, and memory
        does not grow with it. ``jobs`` is the number of processes, by default one for each core;
        ``scheduler`` is the address of the scheduler of a Dask cluster that computes instead of them.
        ``where`` is a condition, as in ``"params < 5M"``, ``valid`` keeps valid members only, and
        ``text`` adds a column with the text of each. ``progress`` is called with the number of
        members that are done, and their total.

        Raises DatasetError where the folder holds something else or another run is writing it, where
        pyarrow or Dask is not installed, and where a number does not fit 64 bits; ValueError for a
        condition and for fewer than one job; ArchitectureError where no member can be sized; and OSError.
        """
        from cnnsize.dataset.question import question_of  # late: few callers write files
        from cnnsize.dataset.run import write_dataset
        from cnnsize.sizing.arguments import require_optional_text

        require_optional_text("where", where)
        require_optional_text("scheduler", scheduler)
        question = question_of(self, where=where, valid=valid, text=text)
        return write_dataset(
            question, fspath(path), jobs=jobs, scheduler=scheduler, progress=progress
        )

    def clear_caches(self) -> None:
        """Empty the caches with which members are sized faster."""
        self._sizer.clear()

    # -- how many ----------------------------------------

    @property
    def members(self) -> int:
        """The number of members: the product of the numbers of values."""
        return self._choices.count

    @property
    def engine(self) -> tuple[Choices, Sizer]:
        """The choices, and the sizer that sizes what members share once."""
        return self._choices, self._sizer

    def member_with(self, choices: tuple[int, ...]) -> Member:
        """Return the member with these choices."""
        state = final_state(self._choices, self._sizer, choices)
        return self.member(self._choices.number_of(choices), choices, state)

    def too_much_work(self, reason: str) -> ArchitectureError:
        """Return the error about members that take too much work."""
        span = self.architecture.chain.span
        message = f"a family of {count_words(self.members)} members is too much to check: {reason}"
        hints = (*narrowing_hints(self.choices), LARGE_HINT)
        return error("CNN009", message, span, help=hints)

    def mapped(self, failure: ArchitectureError) -> ArchitectureError:
        """Return an error with spans of the text as the user wrote it."""
        return self.architecture.mapped_error(failure)

    # -- all members ----------------------------------------

    @property
    def start(self) -> Volume | None:
        """The input that all members share; None where it has letters, or there is none."""
        if self.input is not None:
            return Volume(*self.input)
        node = self.architecture.chain.items[0].node
        if not isinstance(node, LayerNode) or node.kind != "INPUT":
            return None
        if node.shape is None:
            return Volume(*self.settings.defaults.input)
        try:
            layer = build(node, self.bound, self.settings.defaults)
        except ArchitectureError:
            return None
        return layer.volume if isinstance(layer, Input) else None

    def __iter__(self) -> Iterator[Member]:
        """Iterate over the members in order, in memory that does not grow with their number."""
        return (member for run in self.runs() for member in self.members_of(run))

    def runs(self, limit: int | None = None) -> Iterator[Run]:
        """Iterate over all members in order; those that fail early and alike are one run.

        Raises ArchitectureError where they take more than ``limit`` units of work.
        """
        work = self.work
        work.allow(limit)
        allowed = work.limit
        try:
            for run in search(self._choices, self._sizer):
                work.done += 1 + len(run.choices) // 8
                if allowed is not None and work.done > allowed:
                    raise self.too_much_work(f"the limit was reached after {run.first:,} of them")
                yield run
        except ArchitectureError as failure:
            raise self.mapped(failure) from None

    def members_of(self, run: Run) -> Iterator[Member]:
        """Iterate over the members of a run. Raises ArchitectureError as ``runs`` does."""
        yield self.member(run.first, run.choices, run.state)
        for number in range(run.first + 1, run.first + run.length):
            self.work.done += 1
            if self.work.exceeded:
                reason = f"the limit was reached after {number:,} of them"
                raise self.mapped(self.too_much_work(reason))
            yield self.member(number, self._choices.values_of(number), run.state)

    def choices_of(self, number: int) -> tuple[int, ...]:
        """Return the choices of the member with this number."""
        return self._choices.values_of(number)

    def member(self, number: int, choices: tuple[int, ...], state: State) -> Member:
        """Return the member that ends in a state."""
        if state.dead:
            return Member(self, number, choices, False, None, None, None, None, None, state.causes)
        return Member(
            self,
            number,
            choices,
            state.valid,
            state.volume,
            state.params,
            state.macs,
            state.activations,
            state.view.receptive_field,
            state.causes,
        )

    # -- one member ----------------------------------------

    def sized(self, choices: tuple[int, ...]) -> Network:
        """Size one member. Raises ArchitectureError where a layer cannot be made."""
        letters, _ = self._choices.environment(choices)
        # ``sized`` would refuse letters that occur only in items that are left out
        try:
            return Network.from_record(
                size(self._decided(choices), self.input, letters, self.settings)
            )
        except ArchitectureError as failure:
            raise self.mapped(failure) from None

    def sized_beginning(self, choices: tuple[int, ...]) -> Network | None:
        """Size one member up to the top-level item in which a layer cannot be made.

        Returns None where that is the first item.
        """
        letters, _ = self._choices.environment(choices)
        member = self._decided(choices)
        network: SizedNetwork | None = None
        # a binary search for the longest beginning of the chain that can be sized
        sized, failed = 0, len(member.chain.items)
        while failed - sized > 1:
            middle = (sized + failed) // 2
            chain = Chain(member.chain.items[:middle], member.chain.span)
            beginning = replace(member, statement=member.statement._replace(chain=chain))
            try:
                network, sized = size(beginning, self.input, letters, self.settings), middle
            except ArchitectureError:
                failed = middle
        return None if network is None else Network.from_record(network)

    def decided_like(
        self, choices: tuple[int, ...], changed: ParsedArchitecture
    ) -> ParsedArchitecture:
        """Return a changed text of the pattern with its ``?`` decided as those of one member.

        Raises ArchitectureError where it has more or fewer of them.
        """
        _, included = self._choices.environment(choices)
        keys = sorted(optional_key(item) for item in items(changed) if item.suffix.optional)
        if len(keys) != len(included):
            raise error("CNN008", "another number of `?`", changed.chain.span)
        return decided(
            changed, {key: included[old] for key, old in zip(keys, sorted(included), strict=True)}
        )

    def architecture_of(self, choices: tuple[int, ...]) -> ParsedArchitecture:
        """Return one member as a network of its own, its letters replaced by their values."""
        letters, included = self._choices.environment(choices)
        return bind_member(self.architecture, letters, included)

    def diagnostics_of(self, choices: tuple[int, ...]) -> tuple[Diagnostic, ...]:
        """Return what is wrong with one member, with spans of the pattern."""
        try:
            return self.sized(choices).diagnostics
        except ArchitectureError as failure:
            return (failure.diagnostic,)

    def _decided(self, choices: tuple[int, ...]) -> ParsedArchitecture:
        """Return the pattern with every ``?`` decided; letters keep their names."""
        _, included = self._choices.environment(choices)
        return decided(self.architecture, included) if included else self.architecture
