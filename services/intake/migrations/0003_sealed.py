"""sealed"""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

LONGER = (
    ("complaint", "phone", 40, False),
    ("complaint", "room", 200, True),
    ("complaint", "tracking", 64, False),
    ("attachment", "name", 200, False),
)
"""A sealed value is longer than the value. Only PostgreSQL counts: there it is a change of the catalogue, no row is
written anew. SQLite knows no lengths.
"""


def upgrade() -> None:
    op.add_column("complaint", sa.Column("phone_blind", sa.String(length=64), nullable=True), schema="intake")
    op.add_column("complaint", sa.Column("room_blind", sa.String(length=64), nullable=True), schema="intake")
    op.add_column("complaint", sa.Column("tracking_blind", sa.String(length=64), nullable=True), schema="intake")
    op.create_index(op.f("ix_complaint_tracking_blind"), "complaint", ["tracking_blind"], unique=False, schema="intake")
    op.create_index(op.f("ix_complaint_phone_blind"), "complaint", ["phone_blind"], unique=False, schema="intake")
    op.create_index(
        "ix_complaint_place_blind", "complaint", ["project_id", "room_blind"], unique=False, schema="intake"
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, column, length, nullable in LONGER:
            op.alter_column(
                table,
                column,
                existing_type=sa.String(length=length),
                type_=sa.Text(),
                existing_nullable=nullable,
                schema="intake",
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, length, nullable in LONGER:
            op.alter_column(
                table,
                column,
                existing_type=sa.Text(),
                type_=sa.String(length=length),
                existing_nullable=nullable,
                schema="intake",
            )
    op.drop_index("ix_complaint_place_blind", table_name="complaint", schema="intake")
    op.drop_index(op.f("ix_complaint_phone_blind"), table_name="complaint", schema="intake")
    op.drop_index(op.f("ix_complaint_tracking_blind"), table_name="complaint", schema="intake")
    op.drop_column("complaint", "tracking_blind", schema="intake")
    op.drop_column("complaint", "room_blind", schema="intake")
    op.drop_column("complaint", "phone_blind", schema="intake")
