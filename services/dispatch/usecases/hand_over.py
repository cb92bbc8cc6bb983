"""directory.hand_over (A1): a post changes hands at an instant; whoever held it then answers for what fell to him."""

from typing import Any

from pydantic import AwareDatetime, Field

from services.dispatch.domain.handover import handed_over
from services.dispatch.usecases.group_office import require_group_office
from services.dispatch.usecases.import_directory import import_directory, one_version_at_a_time
from shared.kernel.data import CommandData
from shared.org.model import Post
from shared.room.commands import parse
from shared.room.room import Command, Tx


class HandOver(CommandData):
    """`person` is who hands over, where several hold the post."""

    post: Post
    scope: str
    unit: str | None = None
    person: str | None = None
    to: str
    since: AwareDatetime = Field(alias="from")


async def hand_over(tx: Tx, command: Command) -> dict[str, Any]:
    """For the group service centre's deputy and general manager, and for who runs the installation."""
    await one_version_at_a_time(tx)
    directory = await tx.directory()
    require_group_office(tx, command, directory)
    data = parse(HandOver, command.data)
    changed = handed_over(
        directory,
        data.post,
        data.scope,
        data.unit,
        to=data.to,
        since=data.since,
        now=tx.now,
        from_person=data.person,
    )
    return {"directory": await import_directory(tx, changed)}
