"""Checks of a network in source.

``refusals`` decides which refusals of a framework are certain enough to report. ``every_input`` proves
faults for all sizes of the input, from ``growth``, how the maps grow with it. ``registration`` compares
the layers that a network holds with those that it runs. ``elsewhere`` moves a finding about an
imported file to the import. ``wording`` has the message and the fixes of each rule.
"""
