"""All limits: whatever a user types may be refused, but must not hang or fill the memory."""

MAX_TEXT = 1_000_000  # characters of one architecture
MAX_ITEMS = 25_000  # layers, groups and joins written in one architecture
MAX_NESTING = 64  # brackets within brackets, blocks within blocks
MAX_ROWS = 2_000  # rows of a table that a framework printed
MAX_BLOCKS = 1_000  # block definitions in one document
MAX_INTEGER = 10**18 - 1  # any written number, any side of a volume, any repeat
# Volumes computed besides those of the layers as written; equal iterations are computed once.
MAX_STEPS = 5_000
MAX_KINDS = 100_000  # layers in one unrolled list
UNROLL_ONE = 2_000  # a repeat with more layers is listed as one iteration
UNROLL_ALL = 5_000  # and so are smaller ones if the whole list would be longer
MAX_PASSES = 32  # iterations followed before the receptive field has to grow by equal steps
MAX_PHASES = 1024  # distinct positions after upsampling, for the receptive field
FAMILY_PHASES = 256  # the same for the members of a family
MAX_FIELD_WORK = 50_000  # positions x layers of a network, but never below MIN_PHASES
MIN_PHASES = 16
FIX_STEPS = 20_000  # layers sized again to verify the fixes of one network
FAMILY_FIX_STEPS = 60_000  # the same for all causes of a family together
MAX_FILE = 20_000_000  # bytes of one file
MAX_FAMILY_PROOFS = 4_000  # members sized to verify the fixes of one family
MAX_FIXED = 1_000  # findings of one report for which fixes are searched
MAX_PAGE = 1_000_000  # bytes of one rule page
MAX_MODULES = 10_000  # layers of a PyTorch model, with repeats unrolled
FREE_REPEAT = range(4)  # repetitions of a repeat whose letter has no value
MAX_MEMBERS = 1_000_000  # members of a family that are visited one by one
MAX_FAMILY_WORK = 300_000  # layers sized and members visited to check one family
MAX_KEPT = 20_000  # cached results of one family
MAX_SORTED = 100_000  # members sorted in memory
MAX_CAUSES = 32  # distinct causes of errors in one family
MAX_MATCH_STEPS = 120_000  # comparisons of a layer with a layer of a pattern
MAX_MATCH_CHOICES = 1_000  # letters and ``?`` in a pattern for matching
MAX_SOLUTIONS = 1_000  # assignments of one match
MAX_INPUT_STEPS = 60_000  # layers sized to find the inputs that fit
