"""What stands in a chat: who may read there, and how it was drawn"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("parts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_chats", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("look", sa.LargeBinary(length=32), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: words that were kept out of a chat would be shown there.")
