"""Checks: rules that a condition cannot express, because they look at several layers.

A page names its check by key, and a test verifies that each key has its page. A check says where
the rule is violated, with facts that the message may use besides those of the layer.
"""

from __future__ import annotations

from cnnsize.lint.checks.cost import over_budget, stride_skips_input
from cnnsize.lint.checks.hit import Check
from cnnsize.lint.checks.pattern import outside_pattern
from cnnsize.lint.checks.receptive_field import dilation_gridding
from cnnsize.lint.checks.sizing import (
    indivisible_input,
    large_map_into_fc,
    long_stage,
    many_hidden_fc,
)
from cnnsize.lint.checks.structure import (
    activation_before_maxpool,
    activation_on_logits,
    adjacent_pools,
    dropout_on_output,
    missing_nonlinearity,
    repeated_activation,
    repeated_norm,
    spatial_after_flatten,
)
from cnnsize.lint.checks.training import bias_before_norm, dropout_before_norm

CHECKS: dict[str, Check] = {
    "outside_pattern": Check(outside_pattern, {"found": "word", "wanted": "word"}),
    "indivisible_input": Check(
        indivisible_input,
        {
            "strides": "integer",
            "side": "integer",
            "left": "integer",
            "near": "word",
            "axis": "word",
        },
    ),
    "long_stage": Check(long_stage, {"count": "integer"}),
    "many_hidden_fc": Check(many_hidden_fc, {"hidden": "integer"}),
    "large_map_into_fc": Check(
        large_map_into_fc, {"map_W": "integer", "map_H": "integer", "map_D": "integer"}
    ),
    "spatial_after_flatten": Check(spatial_after_flatten, {"other": "word"}),
    "missing_nonlinearity": Check(missing_nonlinearity, {"other": "word"}),
    "repeated_activation": Check(repeated_activation, {"other": "word"}),
    "activation_on_logits": Check(activation_on_logits, {"other": "word"}),
    "adjacent_pools": Check(adjacent_pools, {"other": "word"}),
    "activation_before_maxpool": Check(
        activation_before_maxpool, {"values": "integer", "fewer": "integer"}
    ),
    "dropout_on_output": Check(dropout_on_output, {"other": "word"}),
    "repeated_norm": Check(repeated_norm, {"other": "word"}),
    "stride_skips_input": Check(stride_skips_input, {"skipped": "integer", "share": "number"}),
    "over_budget": Check(over_budget, {"over": "word"}),
    "dilation_gridding": Check(
        dilation_gridding, {"holes": "integer", "reach": "integer", "rates": "word"}
    ),
    "bias_before_norm": Check(bias_before_norm),
    "dropout_before_norm": Check(dropout_before_norm),
}
