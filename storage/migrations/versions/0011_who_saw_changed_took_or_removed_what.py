"""Who saw, changed, took or removed what"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("did", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("stamp", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["keys.id"], name=op.f("fk_audit_key_keys")),
        sa.PrimaryKeyConstraint("tenant_id", "seq", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_tenant_id_about"), ["tenant_id", "about"], unique=False)

    # No row has a key without a proof: whoever starts the service has one written before anything else.
    with op.batch_alter_table("words", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_words_key"), ["key"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_words_key_keys"), "keys", ["key"], ["id"])

    if op.get_bind().dialect.name == "postgresql":
        entered = "current_setting('alongside.tenant', true)"
        op.execute("ALTER TABLE audit ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE audit FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON audit USING (tenant_id = {entered} OR {entered} = '*')")


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: an audit is not thrown away by accident.")
