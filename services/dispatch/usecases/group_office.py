"""Who may change the directory: the group service centre's deputy general manager and general manager."""

from shared.kernel.errors import Code, Refused
from shared.org.acting import acts_as
from shared.org.model import Directory, Post
from shared.room.room import Command, Tx

OFFICES = (Post.deputy_general_manager, Post.general_manager)


def require_group_office(tx: Tx, command: Command, directory: Directory) -> None:
    """Raises Refused for anybody else; the system is who runs the installation. Notes for whom a delegate acts."""
    actor = command.actor
    if actor.kind == "system":
        return
    people = [person for post in OFFICES for person in directory.holders(post, directory.group, None, tx.now)]
    entitled = acts_as(directory, actor.person or "", people, tx.now) if actor.kind == "person" else None
    if entitled is None:
        raise Refused(Code.role_not_allowed, f"{command.name}: 只允许集团售后服务中心副总经理、总经理操作")
    if entitled != actor.person:
        tx.noted["on_behalf_of"] = entitled
