"""The style sheet of a report: light, dark and printed."""

STYLE_SHEET = """\
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --dim: #57606a; --rule: #d0d7de;
  --panel: #f4f6f8; --error: #b23c00; --warning: #8a5a00; --info: #0a5397; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --dim: #9aa4af;
  --rule: #3d444d; --panel: #161b22; --error: #ff9466; --warning: #f0bc4a; --info: #79b8f5; } }
body { margin: 0; color: var(--ink); background: var(--paper);
  font: 15px/1.5 Helvetica, Arial, "Liberation Sans", sans-serif; }
main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
footer { color: var(--dim); padding-bottom: 2rem; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
a { color: var(--info); }
pre, code { font: 13px/1.45 Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }
pre { overflow-x: auto; padding: .6rem .8rem; background: var(--panel); border-radius: 6px; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--rule); vertical-align: top;
  font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; }
th[align=right], td[align=right], td.number { text-align: right; white-space: nowrap; }
tfoot td { font-weight: 600; }
td code { white-space: pre-wrap; }
tr.bad td, p.bad { color: var(--error); }
details { border: 1px solid var(--rule); border-radius: 6px; margin: 1rem 0; padding: 0 1rem; }
summary { cursor: pointer; padding: .6rem 0; font-weight: 600; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; }
.finding { border-left: 4px solid var(--info); padding-left: 1rem; margin: 1.2rem 0; }
.finding p { margin: .4rem 0; }
.finding.error { border-color: var(--error); }
.finding.warning { border-color: var(--warning); }
@media print { details { border: 0; padding: 0; } pre { white-space: pre-wrap; } }
"""
