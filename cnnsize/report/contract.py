"""The schema of the JSON reports, which ``cnnsize schema`` prints.

Only this module and the rules of a team import pydantic, which takes longer than a whole check.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Span = tuple[int, int]
Pair = tuple[int, int]
Volume = tuple[int, int, int]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class Position(_Strict):
    """Line and column, 1-based code points."""

    line: int
    column: int


class LayerSchema(_Strict):
    """One layer in forward order. Volumes are [W, H, D], pairs [W, H]; null is unknown."""

    kind: str
    text: str
    canonical: str = Field(
        description="the text in canonical form, with letters replaced by their values"
    )
    path: str = Field(
        description="place of the layer: 3.2.0 is item 3, iteration 2, item 0, all counted from 0"
    )
    span: Span = Field(description="code points in the text of the architecture, end exclusive")
    count: int = Field(description="more than 1 if this iteration represents so many equal ones")
    in_: list[Volume | None] = Field(alias="in", description="one volume for each input branch")
    out: Volume | None
    params: int | None
    macs: int | None = Field(description="multiply-adds with weights")
    activations: int | None
    kernel: Pair | None
    stride: Pair | None
    padding: Pair | None = Field(description="left and top")
    dilation: Pair | None
    groups: int | None
    remainder: Pair | None = Field(description="remainder of (W - F_eff + 2P) / S, along W and H")
    receptive_field: Pair | None
    jump: tuple[int | str, int | str] | None = Field(
        description="a fraction such as '1/2' after upsampling"
    )
    receptive_padding: Pair | None
    smallest_receptive_field: Pair | None = Field(
        description="along the path with the smallest one; receptive_field is the largest"
    )
    misaligned: bool = Field(
        description="true for a join whose branches are centred on different input cells"
    )


class Memory(_Strict):
    """Predicted bytes for one training step, or for one forward pass of inference."""

    train: bool
    batch: int
    dtype: str
    optimizer: str | None
    parameters: int
    buffers: int
    gradients: int
    optimizer_state: int
    activations: int = Field(description="training: saved by autograd; inference: peak activations")
    total: int = Field(description="sum of the above, without workspace")
    available: int | None = Field(description="the value of --memory")
    largest_batch: int | None = Field(
        description="largest batch that fits into the available bytes; "
        "0 if one input does not fit, null if any batch fits"
    )


class Member(_Strict):
    """One network of a family."""

    index: int = Field(description="number of the member, from 0, in the order of the listing")
    values: dict[str, int | bool] = Field(
        description="the value of each letter, and for each ? whether its item is present"
    )
    valid: bool
    output: Volume | None
    params: int | None
    macs: int | None
    flops: int | None
    activations: int | None
    memory_bytes: int | None
    receptive_field: Pair | None
    text: str | None = Field(
        default=None, description="the member as an architecture without letters"
    )


class Choice(_Strict):
    name: str
    optional: bool = Field(description="true for a ?, whose item is absent (0) or present (1)")
    count: int
    lowest: int
    highest: int


class Cause(_Strict):
    code: str
    members: int = Field(description="number of members that fail for this cause")
    example: Member = Field(description="the smallest of these members")


class Family(_Strict):
    """All members of a family. Ranges are [lowest, highest] over the valid members."""

    members: int
    looked_at: int = Field(
        description="number of members checked; less than members if the user interrupted"
    )
    valid: int
    choices: list[Choice]
    boundary: list[str] = Field(
        description="which members are valid, and why the others are not, in words"
    )
    causes: list[Cause]
    smallest: Member | None = Field(description="the valid member with the fewest parameters")
    largest: Member | None
    params: tuple[int, int] | None
    macs: tuple[int, int] | None
    flops: tuple[int, int] | None
    activations: tuple[int, int] | None
    memory_bytes: tuple[int, int] | None
    receptive_field: tuple[Pair, Pair] | None


class Architecture(_Strict):
    name: str | None
    text: str = Field(description="the statement, after the blocks that it calls, one per line")
    file: str | None
    line: int
    input: Volume | None
    output: Volume | None
    inputs: list[Volume] | None = Field(
        default=None, description="all inputs, input first; absent where there is only one"
    )
    outputs: list[Volume | None] | None = Field(
        default=None,
        description="output, then those of each OUTPUT{...} in the order of the text; "
        "absent where there is only one",
    )
    valid: bool
    bad: bool = Field(
        description="true in a block that is marked bad, whose diagnostics are not reported"
    )
    params: int | None
    macs: int | None
    flops: int | None = Field(description="2 x macs")
    activations: int | None = Field(
        description="values in all volumes, counted as in the VGG table of CS231n"
    )
    memory_bytes: int | None = Field(description="4 x activations")
    peak_activations: int | None = Field(
        description="most values that are alive at once in a forward pass of one input"
    )
    peak_memory_bytes: int | None = Field(description="4 x peak_activations")
    receptive_field: Pair | None = Field(description="of the last layer that outputs a feature map")
    assumed: list[str]
    canonical: str | None
    notes: list[str]
    layers: list[LayerSchema] = Field(default=[], description="absent for a family")
    memory: Memory | None = Field(
        default=None, description="only with show --train, --batch, --dtype or --memory"
    )
    family: Family | None = Field(
        default=None, description="in place of layers, if letters or ? are free"
    )


class Edit(_Strict):
    span: Span
    text: str


class Fix(_Strict):
    applicability: Literal["safe", "unsafe"]
    message: str
    edits: list[Edit]


class Cell(_Strict):
    number: int
    line: int
    column: int


class Related(_Strict):
    """A further place: in the text of the diagnostic, or in another one if it has a file."""

    span: Span
    message: str
    file: str | None = Field(default=None, description="present for a place in another text")
    location: Position | None = Field(default=None, description="present with file")
    end_location: Position | None = Field(default=None, description="present with file")


class Diagnostic(_Strict):
    code: str
    name: str
    severity: Literal["error", "warning", "info"]
    message: str
    help: str | None
    notes: list[str]
    architecture: int | None = Field(
        description="index in architectures; null for a diagnostic about the file. Its spans are "
        "offsets in the file, and so are those about a network of Python source"
    )
    layer: str | None = Field(description="the path of the layer")
    facts: dict[str, object]
    file: str | None
    span: Span
    location: Position
    end_location: Position
    cell: Cell | None = Field(
        description="the place in a notebook, by cell; null in any other file"
    )
    related: list[Related]
    fixes: list[Fix]
    url: str


class Summary(_Strict):
    architectures: int
    errors: int
    warnings: int
    infos: int


class Report(_Strict):
    """The report of ``cnnsize check --output-format json``."""

    version: str
    architectures: list[Architecture]
    diagnostics: list[Diagnostic]
    summary: Summary
    unreadable: list[str] = Field(
        default=[], description="messages about files that could not be read; absent if none"
    )


class RunLayer(_Strict):
    """One layer of a run. A layer without a module of its own has no actual shape."""

    kind: str
    text: str
    path: str
    predicted: Volume | None = Field(description="[W, H, D]")
    actual: list[int] | None = Field(description="the shape in torch: [N, C, H, W] or [N, D]")
    predicted_params: int | None
    params: int | None
    seconds: float | None = Field(
        description="time of the layer in the second forward pass; null on meta"
    )
    wrong: list[str]


class RunReport(_Strict):
    """The report of ``cnnsize run --output-format json``."""

    version: str
    ok: bool
    name: str | None
    text: str
    device: Literal["cpu", "cuda", "meta"]
    device_name: str
    torch: str
    batch: int
    dtype: str
    backward: bool
    compile: bool
    channels_last: bool
    seed: int
    findings: list[str]
    layers: list[RunLayer]
    predicted_params: int | None
    params: int
    macs: int | None = Field(
        description="multiply-adds with weights in a forward pass of one input"
    )
    predicted_saved_bytes: int | None = Field(description="saved by autograd for the backward pass")
    saved_bytes: int | None
    predicted_memory_bytes: int = Field(
        description="parameters, gradients and activations, without workspace"
    )
    memory_bytes: int | None = Field(description="measured; null where that is not possible")
    memory_of: str | None = Field(description="what memory_bytes measures")
    seconds: list[float] = Field(description="time of each timed pass over the batch")
    inputs_per_second: float | None
    flops_per_second: float | None
