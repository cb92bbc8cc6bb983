"""sealed"""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("complaint", sa.Column("customer_terms", sa.Text(), nullable=True), schema="dispatch")


def downgrade() -> None:
    op.drop_column("complaint", "customer_terms", schema="dispatch")
