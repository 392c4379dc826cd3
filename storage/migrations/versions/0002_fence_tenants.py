"""Fence each tenant's rows in PostgreSQL, and note whose delivery was seen"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FENCED = (
    "asks",
    "challenges",
    "consents",
    "conversations",
    "digests",
    "drafts",
    "lines",
    "messages",
    "modules",
    "pairs",
    "parts",
    "people",
    "posts",
    "programmes",
    "rounds",
    "turns",
    "words",
)


def upgrade() -> None:
    # Which deliveries have been seen matters for minutes: a claim without a tenant is worth no guess at it.
    op.drop_table("claims")
    op.create_table(
        "claims",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_claims_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "platform", "key", name=op.f("pk_claims")),
    )
    if op.get_bind().dialect.name == "postgresql":
        entered = "current_setting('alongside.tenant', true)"
        for table in FENCED:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY tenant ON {table} USING (tenant_id = {entered} OR {entered} = '*')")


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: a fence is not taken down by accident.")
