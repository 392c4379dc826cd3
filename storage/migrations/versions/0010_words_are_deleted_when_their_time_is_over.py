"""Words are deleted when their time is over, and that is said ahead"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ANNOUNCED = timedelta(days=30)


def upgrade() -> None:
    op.create_table(
        "deletions",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["programmes.tenant_id", "programmes.id"],
            name=op.f("fk_deletions_tenant_id_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deletions")),
    )
    if op.get_bind().dialect.name == "postgresql":
        entered = "current_setting('alongside.tenant', true)"
        op.execute("ALTER TABLE deletions ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE deletions FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON deletions USING (tenant_id = {entered} OR {entered} = '*')")
    # For the programmes that are there already: the first of a month that can still be announced in time.
    month = (datetime.now(UTC) + ANNOUNCED + timedelta(days=31)).replace(day=1)
    first = month.replace(hour=10, minute=0, second=0, microsecond=0)
    zone = "+00" if op.get_bind().dialect.name == "postgresql" else ".000000"
    said = {"deletion_at": first, "deletion_due_at": first - ANNOUNCED}
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        for name, at in said.items():
            default = f"{at:%Y-%m-%d %H:%M:%S}{zone}"
            batch_op.add_column(
                sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=default)
            )
        batch_op.add_column(sa.Column("deletion_before", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_programmes_deletion_due_at"), ["deletion_due_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: what was promised to be deleted would be kept.")
