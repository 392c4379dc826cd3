"""A team's round in a channel: its question, its answers, and what the bot keeps standing of it"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROUND = ["team_rounds.tenant_id", "team_rounds.id"]


def upgrade() -> None:
    op.create_table(
        "team_rounds",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=8), nullable=False),
        sa.Column("starter", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("passed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["programmes.tenant_id", "programmes.id"],
            name=op.f("fk_team_rounds_tenant_id_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_team_rounds")),
    )
    op.create_index(op.f("ix_team_rounds_due_at"), "team_rounds", ["due_at"])
    op.create_index(op.f("ix_team_rounds_tenant_id_place"), "team_rounds", ["tenant_id", "place"])
    op.create_table(
        "team_answers",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ROUND, name=op.f("fk_team_answers_tenant_id_round_id_team_rounds")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_team_answers")),
    )
    op.create_index(op.f("ix_team_answers_tenant_id_round_id"), "team_answers", ["tenant_id", "round_id"])
    op.create_table(
        "team_posts",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("receipt", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ROUND, name=op.f("fk_team_posts_tenant_id_round_id_team_rounds")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "round_id", "about", name=op.f("pk_team_posts")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_outbox_tenant_id_person_id_people"), type_="foreignkey")
    with op.batch_alter_table("words", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.String(length=32), nullable=True)
    if op.get_bind().dialect.name == "postgresql":
        entered = "current_setting('alongside.tenant', true)"
        for table in ("team_rounds", "team_answers", "team_posts"):
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY tenant ON {table} USING (tenant_id = {entered} OR {entered} = '*')")


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: what a team answered is not thrown away by accident.")
