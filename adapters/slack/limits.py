"""What Slack takes, in characters unless another unit is named. From its reference of blocks, views and methods."""

BLOCKS = 50
"""Blocks of a message."""

TEXT = 3_000
"""One text of a section, and as much as we put into one text of a rich text block, whose limit is not documented."""

WHOLE = 12_000
"""All texts of a message: beyond about 13,200 Slack answers msg_blocks_too_long."""

FALLBACK = 4_000
"""The text beside the blocks: longer ones are cut by Slack, in the middle of a word."""

CONTEXT = 2_000
HEADER = 150
LABEL = 2_000
"""The label and the hint of an input."""

OPTION = 75
"""The text of an option, a button, and what describes an option."""

BUTTONS = 25
"""Elements of one row of buttons."""

INPUT = 3_000
"""What fits into one box of a modal."""

MODAL_TITLE = 24
MODAL_BLOCKS = 100
HOME_BLOCKS = 100
METADATA = 3_000
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
VALUE = 2_000
"""What a button carries."""
