"""Run by Alembic for every room; all that differs comes in `config.attributes`."""

from alembic import context

from shared.db.migrations import run_environment

run_environment(context)
