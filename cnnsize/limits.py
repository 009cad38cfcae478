"""Every bound in one place: what a user types may be refused, but never hang or fill the memory."""

MAX_TEXT = 1_000_000  # characters of one architecture
MAX_ITEMS = 25_000  # layers, groups and joins written in one architecture
MAX_NESTING = 64  # brackets within brackets, blocks within blocks
MAX_BLOCKS = 1_000  # block definitions in one document
MAX_INTEGER = 10**18 - 1  # any written number, any side of a volume, any repeat
MAX_STEPS = 50_000  # volumes walked; equal passes of a repeat are walked once
MAX_KINDS = 100_000  # layers in one unrolled list
UNROLL_ONE = 10_000  # a repeat of more layers keeps one pass in a listing
UNROLL_ALL = 20_000  # and so do smaller ones when the whole listing would be longer
MAX_PASSES = 256  # passes watched for the receptive field to grow by equal steps
MAX_PHASES = 4096  # positions told apart behind upsampling, for the receptive field
MAX_FIELD_WORK = 400_000  # positions times layers, for the whole network; at least MIN_PHASES always
MIN_PHASES = 64
FIX_STEPS = 20_000  # layers walked again to prove fixes of one fault
MAX_FILE = 20_000_000  # bytes of one file
MAX_FIXED = 1_000  # findings of one report whose fixes are worked out
MAX_PAGE = 1_000_000  # bytes of one rule page
MAX_MODULES = 10_000  # layers of a model in torch, every pass of a repeat counted
