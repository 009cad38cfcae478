"""Fixers: functions that propose fixes of a violation, by key.

A fixer only proposes edits. ``verify`` applies each, parses, sizes and lints the text again, and
drops what does not fix the violation or adds another one. A safe fix must also keep the output, the
parameters and the multiply-adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnsize.lint.fixers.cost import checkerboard_deconv, stride_skips_input, unaligned_channels
from cnnsize.lint.fixers.language import channels_first_input
from cnnsize.lint.fixers.receptive_field import without_dilation
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.lint.fixers.sizing import (
    even_kernel,
    indivisible_input,
    large_deep_kernel,
    shrinking_conv,
    unusual_pool,
)
from cnnsize.lint.fixers.structure import (
    activation_before_maxpool,
    adjacent_pools,
    conv_on_1x1,
    missing_nonlinearity,
    remove_layer,
    repeated_activation,
)
from cnnsize.lint.fixers.training import bias_before_norm, softmax_on_one_unit

FIXERS: dict[str, Callable[[FixRequest], Iterator[Proposal]]] = {
    "channels_first_input": channels_first_input,
    "indivisible_input": indivisible_input,
    "shrinking_conv": shrinking_conv,
    "large_deep_kernel": large_deep_kernel,
    "even_kernel": even_kernel,
    "unusual_pool": unusual_pool,
    "missing_nonlinearity": missing_nonlinearity,
    "repeated_activation": repeated_activation,
    "activation_on_logits": remove_layer,
    "adjacent_pools": adjacent_pools,
    "activation_before_maxpool": activation_before_maxpool,
    "conv_on_1x1": conv_on_1x1,
    "dropout_on_output": remove_layer,
    "repeated_norm": remove_layer,
    "unaligned_channels": unaligned_channels,
    "stride_skips_input": stride_skips_input,
    "checkerboard_deconv": checkerboard_deconv,
    "dilation_gridding": without_dilation,
    "dilation_exceeds_map": without_dilation,
    "bias_before_norm": bias_before_norm,
    "dropout_before_norm": remove_layer,
    "softmax_before_loss": remove_layer,
    "softmax_on_one_unit": softmax_on_one_unit,
}
