"""sealed"""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    # Only PostgreSQL counts characters: there it is a change of the catalogue, no row is written anew.
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "message",
            "address",
            existing_type=sa.String(length=200),
            type_=sa.Text(),
            existing_nullable=True,
            schema="notify",
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "message",
            "address",
            existing_type=sa.Text(),
            type_=sa.String(length=200),
            existing_nullable=True,
            schema="notify",
        )
