"""Somebody can ask to be called"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("to_id", sa.String(length=32), nullable=False),
        sa.Column("words_id", sa.String(length=32), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_calls_tenant_id_person_id_people"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "to_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_calls_tenant_id_to_id_people"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calls_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_calls_tenant_id_person_id"), ["tenant_id", "person_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_calls_tenant_id_to_id"), ["tenant_id", "to_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        entered = "current_setting('alongside.tenant', true)"
        op.execute("ALTER TABLE calls ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE calls FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON calls USING (tenant_id = {entered} OR {entered} = '*')")


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: who waits for a call is not thrown away by accident.")
