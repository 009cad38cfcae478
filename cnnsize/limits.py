"""Every bound in one place: what a user types may be refused, but never hang or fill the memory."""

MAX_TEXT = 1_000_000  # characters of one architecture
MAX_ITEMS = 25_000  # layers, groups and joins written in one architecture
MAX_NESTING = 64  # brackets within brackets, blocks within blocks
MAX_BLOCKS = 1_000  # block definitions in one document
MAX_INTEGER = 10**18 - 1  # any written number, any side of a volume, any repeat
MAX_STEPS = (
    5_000  # volumes walked beside the layers written out; equal passes of a repeat are walked once
)
MAX_KINDS = 100_000  # layers in one unrolled list
UNROLL_ONE = 2_000  # a repeat of more layers keeps one pass in a listing
UNROLL_ALL = 5_000  # and so do smaller ones when the whole listing would be longer
MAX_PASSES = 32  # passes watched for the receptive field to grow by equal steps
MAX_PHASES = 1024  # positions told apart behind upsampling, for the receptive field
FAMILY_PHASES = 256  # and for that of the members of a family
MAX_FIELD_WORK = 50_000  # positions times layers, for the whole network; at least MIN_PHASES always
MIN_PHASES = 16
FIX_STEPS = 20_000  # layers walked again to prove the fixes of one network
FAMILY_FIX_STEPS = 60_000  # and of all causes of a family together
MAX_FILE = 20_000_000  # bytes of one file
MAX_FAMILY_PROOFS = 4_000  # members that are sized to verify the fixes of one family
MAX_FIXED = 1_000  # findings of one report whose fixes are worked out
MAX_PAGE = 1_000_000  # bytes of one rule page
MAX_MODULES = 10_000  # layers of a model in torch, every pass of a repeat counted
FREE_REPEAT = range(4)  # how often a repeat happens whose letter nobody bound
MAX_MEMBERS = 1_000_000  # members of a family that are looked at one by one
MAX_FAMILY_WORK = 300_000  # to check one family: layers sized and added up, members looked at
MAX_KEPT = 20_000  # stretches of a family that are remembered, so that memory stays flat
MAX_SORTED = 100_000  # members that are sorted in memory
MAX_CAUSES = 32  # reasons to fail that are told apart, each with its members
MAX_MATCH_STEPS = 120_000  # places of a pattern that are tried against a network
MAX_MATCH_CHOICES = 1_000  # letters and ``?`` of a pattern that is matched
MAX_SOLUTIONS = 1_000  # ways in which a network follows a pattern
MAX_INPUT_STEPS = 60_000  # layers that are walked to find which inputs fit
