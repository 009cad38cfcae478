"""The name and severity of every code.

Written by ``python -m cnnsize.lint.rulebook`` from the pages in ``rules/``: change those instead.
"""

from __future__ import annotations

from typing import Literal

Severity = Literal["error", "warning", "info"]

# CORE are the codes that the parser and sizing raise themselves; their pages have the scope core.
CORE: dict[str, tuple[str, Severity]] = {
    "CNN001": ("syntax-error", "error"),
    "CNN002": ("unknown-layer", "error"),
    "CNN003": ("unknown-option", "error"),
    "CNN004": ("out-of-range", "error"),
    "CNN005": ("missing-input", "error"),
    "CNN006": ("assumed-size", "info"),
    "CNN008": ("missing-value", "error"),
    "CNN009": ("too-large", "error"),
    "CNN101": ("fractional-output", "error"),
    "CNN102": ("kernel-larger-than-input", "error"),
    "CNN103": ("pooled-away", "error"),
    "CNN104": ("indivisible-groups", "error"),
    "CNN105": ("oversized-pool-padding", "error"),
    "CNN106": ("add-shape-mismatch", "error"),
    "CNN107": ("cat-shape-mismatch", "error"),
    "CNN108": ("declared-shape-mismatch", "error"),
    "CNN109": ("same-padding-with-stride", "error"),
    "CNN127": ("shape-comment-drift", "info"),
    "CNN128": ("architecture-drift", "warning"),
    "CNN901": ("unused-suppression", "warning"),
    "CNN902": ("unknown-suppression", "warning"),
    "CNN903": ("not-bad", "error"),
}
OTHER: dict[str, tuple[str, Severity]] = {
    "CNN007": ("channels-first-input", "warning"),
    "CNN110": ("uneven-padding", "info"),
    "CNN201": ("indivisible-input", "info"),
    "CNN202": ("shrinking-conv", "info"),
    "CNN203": ("large-deep-kernel", "info"),
    "CNN204": ("large-first-kernel", "info"),
    "CNN205": ("even-kernel", "warning"),
    "CNN206": ("large-conv-stride", "warning"),
    "CNN207": ("unusual-pool", "warning"),
    "CNN208": ("padded-pool", "info"),
    "CNN209": ("overlapping-pool", "info"),
    "CNN210": ("long-stage", "info"),
    "CNN211": ("many-hidden-fc", "info"),
    "CNN212": ("large-map-into-fc", "info"),
    "CNN301": ("spatial-after-flatten", "error"),
    "CNN302": ("missing-nonlinearity", "warning"),
    "CNN303": ("repeated-activation", "warning"),
    "CNN304": ("activation-on-logits", "warning"),
    "CNN305": ("adjacent-pools", "warning"),
    "CNN306": ("activation-before-maxpool", "info"),
    "CNN307": ("conv-on-1x1", "warning"),
    "CNN309": ("dropout-on-output", "warning"),
    "CNN310": ("repeated-norm", "warning"),
    "CNN311": ("zero-repetition", "warning"),
    "CNN401": ("fc-dominates-parameters", "info"),
    "CNN402": ("unaligned-channels", "info"),
    "CNN404": ("stride-skips-input", "warning"),
    "CNN405": ("checkerboard-deconv", "warning"),
    "CNN406": ("aliased-downsampling", "info"),
    "CNN407": ("representational-bottleneck", "info"),
    "CNN408": ("over-budget", "warning"),
    "CNN501": ("unproductive-conv", "info"),
    "CNN502": ("receptive-field-too-small", "info"),
    "CNN503": ("dilation-gridding", "warning"),
    "CNN504": ("dilation-exceeds-map", "warning"),
    "CNN601": ("bias-before-norm", "info"),
    "CNN602": ("dropout-before-norm", "warning"),
    "CNN603": ("softmax-before-loss", "warning"),
    "CNN604": ("softmax-on-one-unit", "error"),
    "CNN605": ("high-dropout", "warning"),
    "CNN606": ("elementwise-dropout-on-maps", "info"),
    "CNN607": ("deep-without-norm", "info"),
    "CNN608": ("batch-norm-of-one-value", "info"),
    "CNN701": ("layer-case", "info"),
    "CNN702": ("arrow-style", "info"),
    "CNN703": ("layer-alias", "info"),
    "CNN704": ("redundant-brackets", "info"),
    "CNN705": ("unrolled-repetition", "info"),
    "CNN801": ("outside-pattern", "info"),
}
CODES: dict[str, tuple[str, Severity]] = {**CORE, **OTHER}
