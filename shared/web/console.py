"""Who looks at a page, what his posts let him open, and where his day begins."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import Request

from shared.kernel.errors import Code, Refused
from shared.org.acting import posts_for
from shared.org.model import POST_LABELS, Assignment, Directory, Post
from shared.room.room import Actor, Room
from shared.web.auth import signed_in
from shared.web.edge import room_named
from shared.web.phrases import joined, phrase, words

MANAGERS = frozenset({Post.deputy_general_manager, Post.general_manager})
GROUP = MANAGERS | {Post.vice_president, Post.auditor, Post.hr_centre, Post.finance_centre}
DEPARTMENT = frozenset(
    {Post.department_head, Post.supervising_leader, Post.chairman, Post.project_general_manager}
)  # fmt: skip
OFFICER = frozenset({Post.service_officer})
EVERYBODY: frozenset[Post] = frozenset()


@dataclass(frozen=True)
class Page:
    """An entry of the menu. `posts`: who sees it; empty for everybody."""

    path: str
    title: str
    posts: frozenset[Post] = EVERYBODY


MENU: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        "受理",
        (
            Page("/intake/new", "登记投诉", OFFICER),
            Page("/orders/desk", "我的待办", OFFICER),
            Page("/intake/hand-in", "代客户反映"),
            Page("/intake/channels", "投诉渠道", OFFICER | GROUP),
            Page("/intake/referrals", "转物业公司", DEPARTMENT | GROUP),
        ),
    ),
    (
        "督办",
        (
            Page("/orders/approvals", "待我审批", MANAGERS),
            Page("/orders/mine", "我的督办", DEPARTMENT),
            Page("/cases", "投诉查询", OFFICER | DEPARTMENT | GROUP),
            Page("/orders/registers", "登记表与表单", OFFICER | GROUP),
        ),
    ),
    (
        "集团管控",
        (
            Page("/ledger/overdue", "超期与进展慢", DEPARTMENT | GROUP),
            Page("/orders/meetings", "会议与纪要", DEPARTMENT | GROUP),
            Page("/intake/recurrences", "共性问题", OFFICER | GROUP),
            Page("/intake/ratings", "窗口评价", MANAGERS | {Post.auditor}),
            Page("/ledger/findings", "稽核查处", GROUP),
            Page("/ledger/proposals", "处分建议", DEPARTMENT | GROUP),
            Page("/ledger/registers", "检查与整改", DEPARTMENT | GROUP),
        ),
    ),
    (
        "台账",
        (
            Page("/ledger/mine", "我的扣罚"),
            Page("/ledger/penalties", "扣罚台账", DEPARTMENT | GROUP),
            Page("/ledger/statements", "月度报表"),
            Page("/ledger/reports", "定期报告", OFFICER | DEPARTMENT | GROUP),
            Page("/ledger/dashboard", "统计看板", OFFICER | DEPARTMENT | GROUP),
            Page("/messages/", "消息"),
        ),
    ),
    (
        "管理",
        (
            Page("/admin/directory", "组织与岗位", GROUP),
            Page("/admin/absences", "请假与代理"),
            Page("/admin/rotations", "轮岗", OFFICER | GROUP),
            Page("/admin/accounts", "账号", MANAGERS),
            Page("/ledger/calendar", "工作日历", GROUP),
            Page("/ledger/policies", "制度"),
            Page("/admin/audit", "操作日志", MANAGERS | {Post.auditor}),
            Page("/admin/export", "数据导出", OFFICER | DEPARTMENT | GROUP),
            Page("/admin/dead", "未送达事件", MANAGERS),
        ),
    ),
)

_FIRST = (
    (OFFICER, "/orders/desk"),
    (MANAGERS, "/orders/approvals"),
    (frozenset({Post.vice_president}), "/ledger/dashboard"),
    (frozenset({Post.auditor}), "/ledger/findings"),
    (frozenset({Post.hr_centre, Post.finance_centre}), "/ledger/statements"),
    (DEPARTMENT, "/orders/mine"),
)


@dataclass(frozen=True)
class Viewer:
    """Who is signed in, with the posts he holds and those for which he acts today."""

    person: str
    name: str
    directory: Directory
    held: tuple[Assignment, ...]
    zone: ZoneInfo

    @property
    def actor(self) -> Actor:
        return Actor("person", person=self.person)

    @property
    def posts(self) -> frozenset[Post]:
        return frozenset(one.post for one in self.held)

    @property
    def projects(self) -> list[str]:
        """The projects in his own place, for forms that ask for one: an officer's, else all that he may see."""
        scopes = {one.scope for one in self.held}
        return [
            one.id
            for one in self.directory.projects
            if self.directory.group in scopes or scopes & {one.id, one.company, one.property_company}
        ]

    def holds(self, posts: Collection[Post]) -> bool:
        """Whether he holds one of the posts, or acts for somebody who does; with none asked for, anybody does."""
        return not posts or not self.posts.isdisjoint(posts)

    def require(self, posts: Collection[Post]) -> None:
        """Raises Refused(role_not_allowed) for who holds none of them."""
        if not self.holds(posts):
            held_by = joined("、", (words(POST_LABELS[post]) for post in sorted(posts)))
            only = phrase("仅限%(posts)s", posts=held_by)
            raise Refused(Code.role_not_allowed, only)

    @property
    def menu(self) -> list[tuple[str, list[Page]]]:
        """The groups of the menu with the pages he may open; a group without any is left out."""
        shown = [(title, [page for page in pages if self.holds(page.posts)]) for title, pages in MENU]
        return [(title, pages) for title, pages in shown if pages]

    @property
    def first_page(self) -> str:
        """Where his day begins."""
        return next((path for posts, path in _FIRST if self.holds(posts)), "/intake/hand-in")


async def viewer_of(request: Request, room: Room) -> Viewer:
    """Raises a 401 problem where nobody is signed in: a browser goes to the sign-in page."""
    person = await signed_in(request)
    async with room.db.read() as session:
        directory = await room.directory(session)
    held = tuple(posts_for(directory, person, room.clock.now()))
    return Viewer(person, directory.name_of(person), directory, held, ZoneInfo(directory.timezone))


def console(name: str) -> Callable[[Request], Awaitable[Viewer]]:
    """A dependency: the viewer of a page of this room."""
    room = room_named(name)

    async def viewer(request: Request) -> Viewer:
        return await viewer_of(request, room(request))

    return viewer


def allowed(path: str) -> frozenset[Post]:
    """The posts that the menu names for a page, so that page and menu cannot disagree."""
    return next(page.posts for _, pages in MENU for page in pages if page.path == path)
