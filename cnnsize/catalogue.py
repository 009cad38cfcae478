"""All rules as a table. Written by ``python -m cnnsize.rulebook`` from the pages in ``rules/``: change those."""

from __future__ import annotations

from cnnsize.rule import Rule

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule('CNN001', 'syntax-error', 'error', True, 'none', 'core'),
    Rule('CNN002', 'unknown-layer', 'error', True, 'unsafe', 'core'),
    Rule('CNN003', 'unknown-option', 'error', True, 'unsafe', 'core'),
    Rule('CNN004', 'out-of-range', 'error', True, 'none', 'core'),
    Rule('CNN005', 'missing-input', 'error', True, 'none', 'core'),
    Rule('CNN006', 'assumed-size', 'info', True, 'none', 'core'),
    Rule('CNN008', 'missing-value', 'error', True, 'none', 'core'),
    Rule('CNN009', 'too-large', 'error', True, 'none', 'core'),
    Rule('CNN101', 'fractional-output', 'error', True, 'unsafe', 'core'),
    Rule('CNN102', 'kernel-larger-than-input', 'error', True, 'unsafe', 'core'),
    Rule('CNN103', 'pooled-away', 'error', True, 'unsafe', 'core'),
    Rule('CNN104', 'indivisible-groups', 'error', True, 'unsafe', 'core'),
    Rule('CNN105', 'oversized-pool-padding', 'error', True, 'unsafe', 'core'),
    Rule('CNN108', 'declared-shape-mismatch', 'error', True, 'unsafe', 'core'),
    Rule('CNN109', 'same-padding-with-stride', 'error', True, 'unsafe', 'core'),
    Rule('CNN207', 'unusual-pool', 'warning', True, 'unsafe', 'layer',
         layers=('POOL',),
         local=lambda f: f['S'] > 1 and (f['F'], f['S']) not in ((2, 2), (3, 2)),
         message=lambda f: 'a ' + str(f['F']) + 'x' + str(f['F']) + ' window at stride ' + str(f['S']) + ' keeps one value in ' + str(f['S'] ** 2),
         label=lambda f: format(float(1 - 1 / f['S'] ** 2), '.0%') + ' of the volume is discarded',
         note=lambda f: '2x2 at stride 2 and 3x3 at stride 2 are the two that are in use; larger ones lose too much',
         fixer='unusual_pool',
         names=('F', 'S')),
    Rule('CNN302', 'missing-nonlinearity', 'warning', True, 'unsafe', 'layer',
         layers=('CONV', 'TCONV', 'FC'),
         message=lambda f: 'nothing bends between this ' + (f['kind']) + ' and the ' + (f['other']) + ' before it',
         label=lambda f: 'two linear maps in a row are one',
         check='missing_nonlinearity',
         fixer='missing_nonlinearity',
         names=('kind', 'other')),
    Rule('CNN303', 'repeated-activation', 'warning', True, 'safe', 'layer',
         message=lambda f: (f['kind']) + ' right behind ' + (f['other']),
         label=lambda f: ('does nothing: what comes in is not negative' if f['kind'] == 'RELU' and f['other'] == 'RELU' else 'one of the two'),
         check='repeated_activation',
         fixer='repeated_activation',
         names=('kind', 'other')),
    Rule('CNN401', 'fc-dominates-parameters', 'info', True, 'none', 'layer',
         layers=('FC',),
         local=lambda f: f['params'] > 10000000,
         rest=lambda f: 2 * f['params'] > f['total_params'],
         message=lambda f: 'this FC holds ' + format(float(f['params'] / f['total_params']), '.0%') + ' of all parameters',
         label=lambda f: str(f['W']) + '*' + str(f['H']) + '*' + str(f['D_in']) + '*' + str(f['K']) + ' = ' + format(f['params'], ',') + ' of ' + format(f['total_params'], ','),
         help=lambda f: 'GAP in front of it, or a smaller map, takes most of them away',
         names=('W', 'H', 'D_in', 'K', 'params', 'total_params')),
    Rule('CNN702', 'arrow-style', 'info', True, 'safe', 'text',
         message=lambda f: ('an arrow is' if f['count'] == 1 else 'arrows are') + ' not written ` -> `',
         label=lambda f: ('here' if f['count'] == 1 else 'here and elsewhere'),
         check='arrow_style',
         names=('count',)),
    Rule('CNN901', 'unused-suppression', 'warning', True, 'safe', 'core'),
    Rule('CNN902', 'unknown-suppression', 'warning', True, 'unsafe', 'core'),
)
# fmt: on
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
