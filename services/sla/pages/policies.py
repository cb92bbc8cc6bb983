"""The policies: which are in use where, each in words, two compared, and an amended one tried on past cases."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from services.sla.domain.periods import period_of
from services.sla.domain.sheets import decoded
from services.sla.pages.common import Sla, Viewing, money, noted, show
from services.sla.pages.policy_sections import sections
from services.sla.pages.policy_words import place_of, said
from services.sla.usecases.trials import begin_trial, trial
from shared.kernel.errors import Code, InvalidDocument, Refused
from shared.policy.compare import Difference, differences, leaves_of
from shared.policy.library import DEFAULT_POLICY
from shared.policy.model import Policy
from shared.room.room import Room
from shared.web.console import GROUP, Viewer, allowed
from shared.web.listing import Column, Listing, asked, export_of, exported
from shared.web.phrases import phrase

router = APIRouter()

PATH = "/ledger/policies"
COMPARE, TRY = f"{PATH}/compare", f"{PATH}/try"
MOST_FILE, MOST_SHOWN = 500_000, 200
TOO_LARGE = phrase("文件过大：最多 %(n)s KB", n=MOST_FILE // 1000)
ENTRY = re.compile(r"[a-z_]+(?:\[[^\]]*\])?")
TONES = {"现行": "good", "已被替代": "", "尚未生效": "info"}


@router.get(PATH)
async def policies(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    form = export_of(request)
    today = room.clock.now().astimezone(viewer.zone).date()

    rows = [_line(room, viewer, one, today) for one in room.policies.all()]
    list_ = Listing(
        title="制度", path=PATH,
        columns=[
            Column("名称", lambda row: row["name"], href=lambda row: f"{PATH}/{row['id']}?version={row['version']}"),
            Column("文件", lambda row: row["document"], kind="fixed"),
            Column("编号", lambda row: row["id"]),
            Column("版本（生效日期）", lambda row: row["version"], kind="fixed"),
            Column("状态", lambda row: row["standing"], kind="tag", tone=lambda row: TONES[row["standing"]]),
            Column("适用项目", lambda row: row["bound"]),
            Column("内容", lambda row: row["rules"]),
        ],
        rows=rows, query=asked(request), empty="没有制度。", live=False,
    )  # fmt: skip
    if form:
        await noted(room, viewer, "policies", {}, form)
        return exported(list_, form, "policies")
    return show(request, "policies.html", viewer, list=list_, note=None, tries=viewer.holds(GROUP))


def _line(room: Room, viewer: Viewer, policy: Policy, today: date) -> dict[str, Any]:
    replaced = "已被替代" if policy.effective_from <= today else "尚未生效"
    return {
        "id": policy.id, "name": policy.name, "document": policy.document, "version": policy.version,
        "standing": "现行" if room.policies.in_force(policy.id, today) is policy else replaced,
        "bound": _bound(viewer, policy.id),
        "rules": phrase(
            "%(steps)s 步骤、%(clocks)s 时限、%(penalties)s 扣罚",
            steps=len(policy.step), clocks=len(policy.clock), penalties=len(policy.penalty),
        ),
    }  # fmt: skip


def _bound(viewer: Viewer, policy_id: str) -> str:
    return "、".join(one.name for one in viewer.directory.projects if (one.policy or DEFAULT_POLICY) == policy_id)


def _version(room: Room, name: str) -> Policy:
    """`id` in its latest version, or `id@version`. Raises Refused(not_found)."""
    policy_id, _, version = name.partition("@")
    versions = room.policies.versions(policy_id)
    found = next((one for one in reversed(versions) if version in ("", one.version)), None)
    if found is None:
        raise Refused(Code.not_found, "没有这项制度或这个版本")
    return found


@router.get(COMPARE)
async def compare(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "a", "b")
    options = [(f"{one.id}@{one.version}", f"{one.name} {one.version}") for one in room.policies.all()]
    rows: list[dict[str, str]] = []
    if "a" in query and "b" in query:
        rows = _compared(_version(room, query["a"]), _version(room, query["b"]))
    rows.sort(key=lambda row: (row["part"], row["whose"]))
    form = export_of(request)
    list_ = Listing(
        title="制度比较", path=COMPARE,
        columns=[
            Column("部分", lambda row: row["part"], kind="fixed"),
            Column("条目", lambda row: row["whose"]),
            Column("内容", lambda row: row["what"]),
            Column("前者", lambda row: row["before"]),
            Column("后者", lambda row: row["after"]),
            Column("位置", lambda row: row["place"]),
        ],
        rows=rows if form else rows[:MOST_SHOWN], query=query, total=len(rows), live=False,
        empty="两者没有不同。" if "b" in query else "请选择两项制度或同一制度的两个版本。",
    )  # fmt: skip
    if form:
        await noted(room, viewer, "policies.compare", query, form)
        return exported(list_, form, "policies-compared")
    return show(request, "policy_compare.html", viewer, list=list_, options=options, most=MOST_SHOWN)


def _compared(before: Policy, after: Policy) -> list[dict[str, str]]:
    """A rule that only one of the two has is one row."""
    entries: dict[str, list[Difference]] = {}
    for one in differences(before, after):
        entries.setdefault(ENTRY.match(one.place)[0], []).append(one)  # type: ignore[index]
    kept = {place: dict(leaves_of(policy)) for place, policy in (("before", before), ("after", after))}
    rows = []
    for entry, many in entries.items():
        alone = entry.endswith("]") and not all(
            any(place.startswith(entry) for place in sides) for sides in kept.values()
        )  # fmt: skip
        for one in many[:1] if alone else many:
            part, whose, what = place_of(one.place, after, before)
            there, gone = ("有", "—") if one.after is None else ("—", "有")
            rows.append(
                {"part": part, "whose": whose, "what": "整项" if alone else what,
                 "place": entry if alone else one.place,
                 "before": there if alone else said(one.before), "after": gone if alone else said(one.after)}
            )  # fmt: skip
    return rows


@router.get(TRY)
async def try_form(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(GROUP)
    return _form(request, viewer, room)


def _form(
    request: Request, viewer: Viewer, room: Room, problems: Sequence[str] = (), given: dict[str, str] | None = None
) -> Response:
    period = period_of("last_month", None, room.clock.now().astimezone(viewer.zone).date())
    values = given or {"first": period.first.isoformat(), "last": period.last.isoformat()}
    status = 422 if problems else 200
    return show(request, "policy_try.html", viewer, status=status, problems=problems, given=values, found=None)


@router.post(TRY)
async def tried(request: Request, viewer: Viewing, room: Sla) -> Response:
    """Begins a trial; where it takes longer than a second, its page shows how far it is."""
    viewer.require(GROUP)
    async with request.form(max_files=1, max_fields=4, max_part_size=MOST_FILE) as form:
        file = form.get("file")
        given = {name: str(form.get(name, ""))[:20] for name in ("first", "last")}
        try:
            if not isinstance(file, UploadFile) or not file.filename:
                raise Refused(Code.field_missing, "请选择修订后的制度文件（TOML）", field="file")
            name = file.filename[:100]
            content = await file.read(MOST_FILE + 1)
            if len(content) > MOST_FILE:
                raise Refused(Code.field_invalid, TOO_LARGE, field="file")
            text = decoded(content, name)
            begun = await begin_trial(room, viewer.actor, text, name, given["first"], given["last"])
        except InvalidDocument as invalid:
            return _form(request, viewer, room, invalid.problems, given)
        except Refused as refused:
            return _form(request, viewer, room, [_plain(refused.detail)], given)
    return RedirectResponse(f"{TRY}/{begun}", 303)


def _plain(detail: str) -> str:
    return detail.removeprefix("from: ").removeprefix("to: ").replace("from", "起始日期")


@router.get(TRY + "/{trial_id}")
async def result(request: Request, trial_id: UUID, viewer: Viewing, room: Sla) -> Response:
    viewer.require(GROUP)
    found = await trial(room, viewer.actor, trial_id)
    here = f"{TRY}/{trial_id}"
    sums = [
        Column("现行扣罚", lambda row: money(row["charged"]), kind="num"),
        Column("修订后", lambda row: money(row["amended"]), kind="num"),
        Column("差额", lambda row: money(row["difference"]), kind="num"),
        Column("现行百分比", lambda row: _share(row["charged_percent"]), kind="num"),
        Column("修订后百分比", lambda row: _share(row["amended_percent"]), kind="num"),
    ]
    company = Column("公司", lambda row: row["company"] or "未定")
    lists = {
        "companies": Listing("按公司", here, [company, Column("人数", lambda row: row["people"], kind="num"), *sums],
                             found["companies"], {"table": "companies"}, live=False, empty="没有差别。"),
        "people": Listing("按人员", here, [Column("姓名", lambda row: row["person_name"]), company, *sums],
                          found["people"], {"table": "people"}, live=False, empty="没有差别。"),
    }  # fmt: skip
    form = export_of(request)
    if form:
        table = "companies" if request.query_params.get("table") == "companies" else "people"
        await noted(room, viewer, "policies.try", {"trial": str(trial_id)}, form)
        return exported(lists[table], form, f"trial-{table}")
    given = {"first": found["first_day"].isoformat(), "last": found["last_day"].isoformat()}
    return show(request, "policy_try.html", viewer, problems=(), given=given, found=found, tables=lists, here=here)


def _share(percent: int) -> str:
    return f"{percent}%" if percent else ""


@router.get(PATH + "/{policy_id}")
async def policy(request: Request, policy_id: str, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    version = request.query_params.get("version", "")[:20]
    found = _version(room, f"{policy_id}@{version}" if version else policy_id)
    versions: list[Any] = room.policies.versions(policy_id)
    return show(
        request, "policy.html", viewer, policy=found, sections=sections(found, viewer.directory), versions=versions,
        bound=_bound(viewer, policy_id), tries=viewer.holds(GROUP),
    )  # fmt: skip
