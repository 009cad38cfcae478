"""All limits. Any input may be refused, but none may hang the program or fill the memory."""

MAX_TEXT = 1_000_000  # characters of one architecture
MAX_ITEMS = 25_000  # layers, groups and joins written in one architecture
MAX_NESTING = 64  # brackets within brackets, blocks within blocks
MAX_ROWS = 2_000  # rows of a table that a framework printed
MAX_BLOCKS = 1_000  # block definitions in one document
MAX_INTEGER = 10**18 - 1  # any written number, any side of a volume, any repeat
# Volumes computed besides those of the layers as written; equal iterations are computed once.
MAX_STEPS = 5_000
MAX_LISTED_LAYERS = 100_000  # layers of a network that are listed one by one
MAX_UNROLLED_REPEAT = 2_000  # a repeat with more layers is shown as one iteration
MAX_UNROLLED_LAYERS = 5_000  # so are smaller repeats if there would be more layers in all
MAX_FOLLOWED_ITERATIONS = 32  # after which the receptive field must grow by equal steps
MAX_PHASES = 1024  # distinct positions after upsampling, for the receptive field
MAX_FAMILY_PHASES = 256  # the same for the members of a family
MAX_FIELD_WORK = 50_000  # positions x layers of a network, but never below MIN_PHASES
MIN_PHASES = 16
MAX_FIX_STEPS = 20_000  # layers sized again to verify the fixes of one network
MAX_FAMILY_FIX_STEPS = 60_000  # the same for all causes of a family together
MAX_FILE = 20_000_000  # bytes of one file
MAX_FAMILY_FIX_MEMBERS = 4_000  # members sized to verify the fixes of one family
MAX_FINDINGS_WITH_FIXES = 1_000  # findings of one report whose fixes are verified
MAX_FINDINGS_PER_FILE = 1_000  # that are reported
MAX_SMALL_FILE = 1_000_000  # bytes of a rule page, a configuration file or a .gitignore
MAX_MODULES = 10_000  # layers of a PyTorch model, with repeats unrolled
DEFAULT_COUNTS = range(4)  # the values of a letter that only counts repetitions
MAX_MEMBERS = 1_000_000  # members of a family that are visited one by one
MAX_FAMILY_WORK = 300_000  # layers sized and members visited to check one family
MAX_CACHED_OUTCOMES = 20_000  # entries of each cache of one family
MAX_SORTED = 100_000  # members sorted in memory
MAX_CAUSES = 32  # distinct causes of errors in one family
MAX_MATCH_STEPS = 120_000  # comparisons of a layer with a layer of a pattern
MAX_MATCH_CHOICES = 1_000  # letters and ``?`` in a pattern for matching
MAX_SOLUTIONS = 1_000  # assignments of one match
MAX_INPUT_STEPS = 60_000  # layers sized to find the inputs that fit
MAX_HELP_INPUT_STEPS = 24_000  # the same for the help of one faulty network: half a second
MAX_REPORT_INPUT_STEPS = 120_000  # the same for all faulty networks of a report together
