"""The channel in which a programme's weekly pages are announced"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=8), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["programmes.tenant_id", "programmes.id"],
            name=op.f("fk_announcements_tenant_id_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "programme_id", name=op.f("pk_announcements")),
    )
    if op.get_bind().dialect.name == "postgresql":
        entered = "current_setting('alongside.tenant', true)"
        op.execute("ALTER TABLE announcements ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE announcements FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON announcements USING (tenant_id = {entered} OR {entered} = '*')")


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: nothing would say where weekly pages are announced.")
