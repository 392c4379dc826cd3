"""Words by mail, where a programme lets them; and no row says any more that somebody was shown whom to ring"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Off for every programme, and no choice that was made before counts for mail.
    for table, name in (("programmes", "words_by_mail"), ("parts", "by_mail")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT set_config('alongside.tenant', '*', true)")
    op.execute("DELETE FROM posts WHERE kind = 'care'")
    op.execute("DELETE FROM outbox WHERE kind = 'care'")


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: nothing would say which words went out by mail.")
