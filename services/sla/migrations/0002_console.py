"""console"""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Json, UtcDateTime

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "ended_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_session")),
        schema="sla",
    )
    op.create_table(
        "register",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("company", sa.String(length=100), nullable=True),
        sa.Column("department", sa.String(length=100), nullable=True),
        sa.Column("project_id", sa.String(length=100), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("items", Json, nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
        schema="sla",
    )
    op.create_index(op.f("ix_register_kind"), "register", ["kind"], unique=False, schema="sla")
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.String(length=100), nullable=False),
        sa.Column("report", sa.String(length=60), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("recipients", Json, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("summary", Json, nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.Column("rows", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "policy_id", "report", "zone", "period", "scope", name=op.f("uq_report_policy_id_report_zone_period_scope")
        ),
        schema="sla",
    )
    op.create_index(op.f("ix_report_at"), "report", ["at"], unique=False, schema="sla")
    op.create_index(op.f("ix_report_scope"), "report", ["scope"], unique=False, schema="sla")
    op.create_table(
        "report_run",
        sa.Column("policy_id", sa.String(length=100), nullable=False),
        sa.Column("report", sa.String(length=60), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", "report", "zone", "period", name=op.f("pk_report_run")),
        schema="sla",
    )
    op.create_table(
        "trial",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("policy_id", sa.String(length=100), nullable=False),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("rows", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        schema="sla",
    )
    op.create_index(op.f("ix_trial_made_at"), "trial", ["made_at"], unique=False, schema="sla")
    op.create_index("ix_audit_at", "audit", ["at", "id"], unique=False, schema="sla")
    op.add_column("case", sa.Column("kind", sa.String(length=60), nullable=True), schema="sla")
    op.add_column("case", sa.Column("company", sa.String(length=100), nullable=True), schema="sla")
    op.add_column("case", sa.Column("department", sa.String(length=100), nullable=True), schema="sla")
    op.add_column("case", sa.Column("liable", sa.String(length=200), nullable=True), schema="sla")
    op.add_column("case", sa.Column("state", sa.String(length=60), nullable=True), schema="sla")
    op.add_column("case", sa.Column("registered_at", UtcDateTime(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("issued_at", UtcDateTime(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("due_at", UtcDateTime(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("done_at", UtcDateTime(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("slow_due_at", UtcDateTime(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("closed_at", UtcDateTime(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("handling_minutes", sa.Integer(), nullable=True), schema="sla")
    op.add_column(
        "case", sa.Column("merged", sa.Boolean(), server_default=sa.text("(false)"), nullable=False), schema="sla"
    )
    op.add_column(
        "case", sa.Column("on_the_spot", sa.Boolean(), server_default=sa.text("(false)"), nullable=False), schema="sla"
    )
    op.add_column("case", sa.Column("satisfaction", sa.Integer(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("stars", sa.Integer(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("rated_officer", sa.String(length=200), nullable=True), schema="sla")
    op.add_column("case", sa.Column("registered_on", sa.Date(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("due_on", sa.Date(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("closed_on", sa.Date(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("rated_on", sa.Date(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("runs", sa.Text(), nullable=True), schema="sla")
    op.add_column("case", sa.Column("confined_to", sa.String(length=300), nullable=True), schema="sla")
    op.create_index(op.f("ix_case_closed_on"), "case", ["closed_on"], unique=False, schema="sla")
    op.create_index(op.f("ix_case_confined_to"), "case", ["confined_to"], unique=False, schema="sla")
    op.create_index(op.f("ix_case_due_on"), "case", ["due_on"], unique=False, schema="sla")
    op.create_index(
        "ix_case_open_company",
        "case",
        ["company"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_case_open_department",
        "case",
        ["department"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_case_open_due",
        "case",
        ["due_at", "complaint_id"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_case_open_liable",
        "case",
        ["liable"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_case_open_project",
        "case",
        ["project_id"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_case_rated_on"), "case", ["rated_on"], unique=False, schema="sla")
    op.create_index(op.f("ix_case_registered_on"), "case", ["registered_on"], unique=False, schema="sla")
    op.create_index(
        "ix_case_slow",
        "case",
        ["slow_due_at", "complaint_id"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("slow_due_at IS NOT NULL"),
        sqlite_where=sa.text("slow_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_fact_groups",
        "fact",
        ["name"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("name IN ('working_group_formed', 'working_group_ended')"),
        sqlite_where=sa.text("name IN ('working_group_formed', 'working_group_ended')"),
    )
    # What pages, lists and reports read stands beside each case now: the next tick computes it from the facts.
    case = sa.table("case", sa.column("next_change_at", UtcDateTime()), schema="sla")
    op.execute(case.update().values(next_change_at=sa.func.now()))


def downgrade() -> None:
    op.drop_index(
        "ix_fact_groups",
        table_name="fact",
        schema="sla",
        postgresql_where=sa.text("name IN ('working_group_formed', 'working_group_ended')"),
        sqlite_where=sa.text("name IN ('working_group_formed', 'working_group_ended')"),
    )
    op.drop_index(
        "ix_case_slow",
        table_name="case",
        schema="sla",
        postgresql_where=sa.text("slow_due_at IS NOT NULL"),
        sqlite_where=sa.text("slow_due_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_case_registered_on"), table_name="case", schema="sla")
    op.drop_index(op.f("ix_case_rated_on"), table_name="case", schema="sla")
    op.drop_index(
        "ix_case_open_project",
        table_name="case",
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.drop_index(
        "ix_case_open_liable",
        table_name="case",
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.drop_index(
        "ix_case_open_due",
        table_name="case",
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.drop_index(
        "ix_case_open_department",
        table_name="case",
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.drop_index(
        "ix_case_open_company",
        table_name="case",
        schema="sla",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.drop_index(op.f("ix_case_due_on"), table_name="case", schema="sla")
    op.drop_index(op.f("ix_case_confined_to"), table_name="case", schema="sla")
    op.drop_index(op.f("ix_case_closed_on"), table_name="case", schema="sla")
    op.drop_column("case", "confined_to", schema="sla")
    op.drop_column("case", "runs", schema="sla")
    op.drop_column("case", "rated_on", schema="sla")
    op.drop_column("case", "closed_on", schema="sla")
    op.drop_column("case", "due_on", schema="sla")
    op.drop_column("case", "registered_on", schema="sla")
    op.drop_column("case", "rated_officer", schema="sla")
    op.drop_column("case", "stars", schema="sla")
    op.drop_column("case", "satisfaction", schema="sla")
    op.drop_column("case", "on_the_spot", schema="sla")
    op.drop_column("case", "merged", schema="sla")
    op.drop_column("case", "handling_minutes", schema="sla")
    op.drop_column("case", "closed_at", schema="sla")
    op.drop_column("case", "slow_due_at", schema="sla")
    op.drop_column("case", "done_at", schema="sla")
    op.drop_column("case", "due_at", schema="sla")
    op.drop_column("case", "issued_at", schema="sla")
    op.drop_column("case", "registered_at", schema="sla")
    op.drop_column("case", "state", schema="sla")
    op.drop_column("case", "liable", schema="sla")
    op.drop_column("case", "department", schema="sla")
    op.drop_column("case", "company", schema="sla")
    op.drop_column("case", "kind", schema="sla")
    op.drop_index("ix_audit_at", table_name="audit", schema="sla")
    op.drop_index(op.f("ix_trial_made_at"), table_name="trial", schema="sla")
    op.drop_table("trial", schema="sla")
    op.drop_table("report_run", schema="sla")
    op.drop_index(op.f("ix_report_scope"), table_name="report", schema="sla")
    op.drop_index(op.f("ix_report_at"), table_name="report", schema="sla")
    op.drop_table("report", schema="sla")
    op.drop_index(op.f("ix_register_kind"), table_name="register", schema="sla")
    op.drop_table("register", schema="sla")
    op.drop_table("ended_session", schema="sla")
