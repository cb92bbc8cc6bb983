"""A1, A5, D5: the directory as it is after a post changes hands, or after somebody says who acts for him. Pure."""

from datetime import datetime

from services.dispatch.domain.places import scopes_of, units_of
from shared.kernel.errors import Code, Refused
from shared.org.model import POST_LABELS, Absence, Assignment, Directory, Post


def handed_over(
    directory: Directory,
    post: Post,
    scope: str,
    unit: str | None,
    *,
    to: str,
    since: datetime,
    now: datetime,
    from_person: str | None = None,
) -> Directory:
    """The post held by `to` from the instant on, and by its holder until then; a vacant one is simply filled.

    Raises Refused for what the directory does not know, for an instant before the holder of now began, and where
    several hold the post and none is named.
    """
    if scope not in scopes_of(directory, post):
        raise Refused(Code.field_invalid, f"没有设{POST_LABELS[post]}的单位 {scope}", field="scope")
    units = units_of(directory, post, scope)
    if (unit is not None) != bool(units) or (units and unit not in units):
        known = f"，须为 {'、'.join(sorted(units))} 之一" if units else ""
        raise Refused(
            Code.field_invalid, f"{POST_LABELS[post]}没有 {unit or '未注明的'} 部门或分管领域{known}", field="unit"
        )
    if directory.person(to) is None:
        raise Refused(Code.field_invalid, f"没有人员 {to}", field="to")
    terms = [one for one in directory.assignments if (one.post, one.scope, one.unit) == (post, scope, unit)]
    if from_person is not None:
        terms = [one for one in terms if one.person == from_person]
        if not terms:
            name = directory.name_of(from_person)
            raise Refused(Code.field_invalid, f"{name}没有担任{POST_LABELS[post]}", field="person")
    current, then = _term(directory, terms, now), _term(directory, terms, since)
    if current is not None and current.since is not None and since <= current.since:
        raise Refused(
            Code.field_invalid,
            f"交接时间须晚于{directory.name_of(current.person)}的到任时间 {current.since.isoformat()}",
            field="from",
        )
    if then is None:
        later = [one.since for one in terms if one.since is not None and one.since > since]
        begun = Assignment(post=post, scope=scope, unit=unit, person=to, since=since, until=min(later, default=None))
        return directory.with_changes(assignments=_after(directory.assignments, terms, begun))
    if then.since is not None and since <= then.since:
        raise Refused(Code.field_invalid, f"{directory.name_of(then.person)}正于此时到任", field="from")
    if then.person == to or to in directory.holders(post, scope, unit, since):
        raise Refused(Code.field_invalid, f"{directory.name_of(to)}已担任{POST_LABELS[post]}", field="to")
    ended = then.model_copy(update={"until": since})
    begun = then.model_copy(update={"person": to, "since": since})
    assignments: list[Assignment] = []
    for one in directory.assignments:
        assignments += [ended, begun] if one is then else [one]
    return directory.with_changes(assignments=assignments)


def with_absence(directory: Directory, absence: Absence) -> Directory:
    """The directory with the absence; entered again under the same beginning, it replaces what was said before.

    Raises Refused for what the directory does not know, and for an absence that ends before it begins.
    """
    for field, person in (("person", absence.person), ("delegate", absence.delegate)):
        if directory.person(person) is None:
            raise Refused(Code.field_invalid, f"没有人员 {person}", field=field)
    if absence.person == absence.delegate:
        raise Refused(Code.field_invalid, "不能委托给本人", field="delegate")
    if absence.until is not None and absence.until <= absence.since:
        raise Refused(Code.field_invalid, "结束时间须晚于开始时间", field="until")
    others = [one for one in directory.absences if (one.person, one.since) != (absence.person, absence.since)]
    return directory.with_changes(absences=[*others, absence])


def _term(directory: Directory, terms: list[Assignment], at: datetime) -> Assignment | None:
    covering = [one for one in terms if one.covers(at)]
    if len(covering) > 1:
        names = "、".join(directory.name_of(one.person) for one in covering)
        raise Refused(Code.field_missing, f"该岗位现由 {names} 担任，须注明由谁移交", field="person")
    return covering[0] if covering else None


def _after(assignments: list[Assignment], terms: list[Assignment], begun: Assignment) -> list[Assignment]:
    """Beside the post's other terms, so that the order of posts stays as it was."""
    if not terms:
        return [*assignments, begun]
    index = assignments.index(terms[-1]) + 1
    return [*assignments[:index], begun, *assignments[index:]]
