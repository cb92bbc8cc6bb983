"""Bad input by name: a document that cannot run is refused with file, key and reason, all problems at once."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from shared.kernel.errors import InvalidDocument
from shared.policy.library import load_policy, parse_policy

FOLDER = files("shared.policy") / "documents"
TEXTS = {name: (FOLDER / f"{name}.toml").read_text(encoding="utf-8") for name in (
    "developer-complaints", "group-after-sales", "service-industry", "finance", "project-office")}  # fmt: skip
Edit = Callable[[str], str]


def changed(old: str, new: str, times: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, times)

    return edit


def with_more(more: str) -> Edit:
    return lambda text: f"{text}\n{more}\n"


def refused(policy: str, *edits: Edit) -> list[str]:
    text = TEXTS[policy]
    for edit in edits:
        text = edit(text)
    with pytest.raises(InvalidDocument) as caught:
        parse_policy(text, file="own.toml")
    assert all(line.startswith("own.toml: ") for line in caught.value.problems)
    return [line.removeprefix("own.toml: ") for line in caught.value.problems]


DISPATCH = "developer-complaints"
GROUP = "group-after-sales"
MORE_CLOCK = '[[clock]]\nid = "own"\ntype = "span"\nname = "x"\nclause = "000"\nlength = { hours = 1 }\n'
LIABLE = 'liable = [{ post = "officer" }]\n'
START = 'start = [{ on = "complaint_registered" }]\n'
STOP = 'stop = [{ on = "complaint_replied" }]\n'

CASES = [
    # what is wrong, document, edit, key, a part of the reason
    ("unknown key", DISPATCH, changed('document = "000"', 'document = "000"\ncolour = "red"'), "colour", "Extra"),
    ("unknown key in a step", DISPATCH, changed('by = ["officer"]', 'by = ["officer"]\nwho = "me"'),
     "step complaint.classify.who", "Extra"),
    ("unknown key in a clock", DISPATCH, changed("early_stop = true", "early_stop = true\npause = true"),
     "clock dispatch.pause", "Extra"),
    ("clock without a start", DISPATCH, with_more(MORE_CLOCK + STOP + LIABLE), "clock own.start", "Field required"),
    ("clock without an end", DISPATCH, with_more(MORE_CLOCK + START + LIABLE), "clock own.stop", "Field required"),
    ("clock with an empty start", DISPATCH, with_more(MORE_CLOCK + "start = []\n" + STOP + LIABLE),
     "clock own.start", "at least 1"),
    ("clock with an empty end", DISPATCH, with_more(MORE_CLOCK + START + "stop = []\n" + LIABLE), "clock own.stop",
     "at least 1"),
    ("clock nothing in the policy can end", DISPATCH,
     with_more(MORE_CLOCK + START + 'stop = [{ on = "visit_recorded" }]\n' + LIABLE), "clock own: stop",
     "none of the steps that would bring it about: visit.record"),
    ("clock nothing in the policy can start", DISPATCH,
     with_more(MORE_CLOCK + 'start = [{ on = "claim_raised" }]\n' + STOP + LIABLE), "clock own: start", "claim.raise"),
    ("clock without a length", DISPATCH, with_more((MORE_CLOCK + START + STOP + LIABLE).replace(
        "length = { hours = 1 }", "length = {}")), "clock own.length", "exactly one unit"),
    ("clock with two lengths", DISPATCH, with_more((MORE_CLOCK + START + STOP + LIABLE).replace(
        "hours = 1", "hours = 1, days = 2")), "clock own.length", "exactly one unit"),
    ("clock of no length", DISPATCH, changed("length = { days = 7 }", "length = { days = 0 }"),
     "clock followup.length.days", "greater than 0"),
    ("clock nobody is liable for", DISPATCH, with_more(MORE_CLOCK + START + STOP + "liable = []"),
     "clock own.liable", "at least 1"),
    ("last holder ends", DISPATCH, with_more(
        MORE_CLOCK + START + STOP + 'liable = [{ post = "officer", until = "order_dispatched" }]'),
     "clock own: liable", "the last holder must not end"),
    ("unknown clock kind", DISPATCH, with_more(MORE_CLOCK.replace('"span"', '"spiral"') + START + STOP + LIABLE),
     "clock own", "spiral"),
    ("extension nobody can grant", DISPATCH, with_more(
        MORE_CLOCK + "extended = { days = 2 }\n" + START + STOP + LIABLE), "clock own: extended", "extension.grant"),
    ("unknown fact", DISPATCH, changed('on = "complaint_replied"', 'on = "complaint_answered"'),
     "clock reply.invalid: stop: fact", "complaint_answered is not one of"),
    ("a fact has no such instant", DISPATCH, changed(
        'start = [{ on = "complaint_registered" }]', 'start = [{ on = "complaint_registered", at = "contact_end" }]'),
     "clock reply.invalid: start: at", "carries no instant contact_end"),
    ("a fact does not tell that", DISPATCH, changed('when = { purpose = "followup" }', 'when = { aim = "followup" }'),
     "clock followup: stop: when", "aim is not one of"),
    ("unknown post", DISPATCH, changed('by = ["officer"]', 'by = ["clerk"]'), "step complaint.classify: by",
     "clerk is not one of"),
    ("unknown post of a clock", DISPATCH, changed(LIABLE, 'liable = [{ post = "boss" }]\n'),
     "clock reply.invalid: liable", "boss is not one of"),
    ("unknown post of a rule", DISPATCH, changed('post = "first_department_head"', 'post = "head"'), "liable: post",
     "head is not one of"),
    ("unknown clock of a penalty", GROUP, changed('clock = "visit"', 'clock = "call"'), "penalty visit.missed: clock",
     "call is not one of"),
    ("unknown clock of a reminder", GROUP, changed('"chairman"]\nclock = "completion"', '"chairman"]\nclock = "x"'),
     "reminder reminder.daily: clock", "x is not one of"),
    ("unknown command", DISPATCH, changed('command = "order.dispatch"', 'command = "order.send"'), "step",
     "order.send is not one of"),
    ("a call for no known purpose", GROUP, changed("by_purpose = { callback", "by_purpose = { chat"),
     "step customer.call: by_purpose", "chat is not one of"),
    ("a caller who may not call", GROUP, changed('{ callback = ["officer"]', '{ callback = ["auditor"]'),
     "step customer.call: by_purpose.callback", "auditor is not one of"),
    ("a purpose nobody calls for", GROUP, changed('{ callback = ["officer"]', "{ callback = []"),
     "step customer.call: by_purpose.callback", "nobody could call"),
    ("a purpose of what is no call", GROUP, changed(
        'command = "order.submit"', 'command = "order.submit"\nby_purpose = { plan = ["officer"] }'),
     "step order.submit: by_purpose", "only customer.call"),
    ("help that can never be done", GROUP, changed('"cooperation.done"', '"penalty.waive"'), "step",
     "cooperation.done is missing"),
    ("departments asked for nothing", GROUP, changed('text = "请无条件配合第一责任部门处理本投诉"', 'text = " "'),
     "cooperation: text", "what is asked of them"),
    ("a report that names nobody", GROUP, changed(
        'on = "cooperation_reported"\nmeasure', 'on = "order_issued"\nmeasure'),
     "proposal cooperation.refused: on", "names no person"),
    ("a report to nobody's post", GROUP, changed('of = "slow"\nto = ["deputy_general_manager"]',
     'of = "slow"\nto = ["mayor"]'), "report slow_daily: to", "mayor is not one of"),
    ("a list narrowed by the channel", GROUP, changed('case = { severity = ["major", "group", "common"] }\nto',
     'case = { channel = ["phone"] }\nto'), "report leftover_monthly: case", "kind, category and severity only"),
    ("an unknown clock of the handling", GROUP, changed('clock = "completion"\nslow', 'clock = "handling"\nslow'),
     "watch: clock", "handling is not one of"),
    ("severely late by the calendar", GROUP, changed("severe = { days = 7 }", "severe = { working_days = 5 }"),
     "watch: severe", "minutes, hours or days"),
    ("a register that nobody's post enters", GROUP, changed(
        'by = ["vice_president"]\nabout', 'by = ["mayor"]\nabout'),
     "register_kind special_rectification: by", "mayor is not one of"),
    ("unknown state", DISPATCH, changed('to = "dispatched"', 'to = "sent"'), "step order.dispatch: state",
     "sent is not one of"),
    ("unknown first state", DISPATCH, changed('initial_state = "registered"', 'initial_state = "new"'),
     "initial_state", "new is not one of"),
    ("unknown kind of case", DISPATCH, changed('case = { kind = ["paid_repair"] }', 'case = { kind = ["repair"] }'),
     "clock transfer.paid_repair: case.kind", "repair is not one of"),
    ("unknown validity of a case", DISPATCH, changed('validity = ["valid", "unset"]', 'validity = ["true"]'),
     "step order.dispatch: case.validity", "true is not one of"),
    ("unknown severity", DISPATCH, changed('severity = "major"\nclause', 'severity = "grave"\nclause'),
     "severity_rule grave", "grave is not one of"),
    ("a severity rule that never holds", DISPATCH, changed(
        'flags = ["lawsuit", "media"]\nat_least = { people_count = 3, loss_amount = 20000 }', ""),
     "severity_rule major", "never holds"),
    ("unknown mandatory field", DISPATCH, changed("customer.address|customer.room", "customers.room"),
     "record.required", "customers.room is not one of"),
    ("a step nobody may do", DISPATCH, changed('by = ["officer"]', "by = []"), "step complaint.classify.by",
     "at least 1"),
    ("a step only the system may do", DISPATCH, changed('by = ["officer"]', 'by = ["system"]'),
     "step complaint.classify: by", "nobody can do it"),
    ("correcting closed cases by somebody else", DISPATCH,
     changed('by_closed = ["deputy_general_manager", "general_manager"]', 'by_closed = ["auditor"]'),
     "step complaint.correct: by_closed", "auditor is not one of"),
    ("another step narrowed in closed cases", DISPATCH,
     changed('by = ["officer"]\n', 'by = ["officer"]\nby_closed = ["officer"]\n'),
     "step complaint.classify: by_closed", "only complaint.correct asks for it"),
    ("closing without a ground", "project-office",
     lambda text: text[: text.index("[[ground]]")] + text[text.index("# ---- clocks") :], "step closure.close",
     "nobody can do it"),
    ("deciding claims without authority", "service-industry",
     lambda text: text[: text.index("# our reading: the document leaves")] + text[text.index("# ---- clocks") :],
     "step claim.decide", "nobody can do it"),
    ("no way in", DISPATCH, changed('command = "complaint.register"', 'command = "complaint.rate_window"'), "step",
     "complaint.register is missing"),
    ("a category without a department", DISPATCH, changed('first = "chief_engineer"\n', ""),
     "category planning_design.first", "Field required"),
    ("a category with an empty department", DISPATCH, changed('first = "chief_engineer"', 'first = ""'),
     "category planning_design.first", "at least 1"),
    ("a negative amount", GROUP, changed("amount = { yuan = 100 }", "amount = { yuan = -100 }"),
     "penalty order.submit.late.amount.yuan", "greater than or equal to 0"),
    ("a negative bracket", GROUP, changed("last = 7, yuan = 100", "last = 7, yuan = -100"),
     "penalty completion.late.brackets 0.yuan", "greater than or equal to 0"),
    ("a percentage above 100", GROUP, changed("percent = 20", "percent = 120"), "penalty visit.missed.amount.percent",
     "less than or equal to 100"),
    ("an amount with fen", GROUP, changed("amount = { yuan = 100 }", "amount = { yuan = 99.5 }"),
     "penalty order.submit.late.amount.yuan", "integer"),
    ("overlapping brackets", GROUP, changed("first = 8, last = 15, yuan = 200", "first = 7, last = 15, yuan = 200"),
     "penalty completion.late", "without gap or overlap: day 7"),
    ("a gap between brackets", GROUP, changed("first = 8, last = 15, yuan = 200", "first = 9, last = 15, yuan = 200"),
     "penalty completion.late", "without gap or overlap: day 9"),
    ("overlapping tiers", GROUP, changed("up_to_yuan = 10000", 'up_to_yuan = 10000\npost = "chairman"\n\n'
                                         "[[claim_tier]]\nup_to_yuan = 10000"), "claim_tier", "overlaps the tier"),
    ("a tier behind an unlimited one", GROUP, with_more('[[claim_tier]]\nup_to_yuan = 50000\npost = "leader"'),
     "claim_tier", "leader, up to 50000 yuan, overlaps"),
    ("amounts nobody may decide", "service-industry", changed('[[claim_tier]]\npost = "chairman"', ""), "claim_tier",
     "nobody may decide the largest amounts of a minor case"),
    ("a state no step reaches", DISPATCH, changed('  { id = "closed", name', '  { id = "lost", name = "丢失" },\n'
                                                  '  { id = "closed", name'), "states lost", "no step reaches it"),
    ("a state no step leaves", DISPATCH, lambda text: text.replace(', "transferred", "replied"]', ', "replied"]'),
     "states transferred", "no step leaves it towards a closed state"),
    ("a state that is there twice", DISPATCH, changed('id = "replied", name', 'id = "transferred", name'),
     "states transferred", "is there twice"),
    ("a clock that is there twice", DISPATCH, changed('id = "dispatch"', 'id = "followup"'), "clock followup",
     "is there twice"),
    ("rules that leave a case to nobody", DISPATCH, changed(
        'post = "first_department_head"', 'post = "first_department_head"\nseverity = ["major"]'), "liable",
     "the last rule must fit every case"),
    ("a session that ends before it starts", DISPATCH, changed('end = "12:00"', 'end = "08:00"'),
     "calendar.sessions 08:30", "ends at 08:00, before it starts"),
    ("sessions that overlap", DISPATCH, changed('start = "14:00"', 'start = "11:00"'), "calendar.sessions 11:00",
     "starts before the session before it has ended at 12:00"),
    ("no sessions", DISPATCH, changed('[{ start = "08:30", end = "12:00" }, { start = "14:00", end = "17:30" }]', "[]"),
     "calendar.sessions", "at least 1"),
    ("a session at no time of day", DISPATCH, changed('end = "12:00"', 'end = "25:00"'),
     "calendar.sessions 0.end", "hour must be in"),
    ("unknown time zone", DISPATCH, changed('"Asia/Shanghai"', '"Asia/Atlantis"'), "timezone", "Asia/Atlantis"),
    ("unknown call", DISPATCH, changed('needs_call = "any"', 'needs_call = "fax"'), "ground customer_delay: needs_call",
     "fax is not one of"),
    ("unknown post of an escalation", "project-office", changed('post = "deputy_general_manager" #', 'post = "cs" #'),
     "escalation customer_service: post", "cs is not one of"),
    ("a message on an unknown fact", "finance", changed('on = "complaint_transferred"\nto', 'on = "sent"\nto'),
     "reminder complaint.transferred: on: fact", "sent is not one of"),
    ("no date", DISPATCH, changed("effective_from = 2020-01-01", 'effective_from = "soon"'), "effective_from", "date"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "edit", "key", "reason"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_it_is_refused_by_key_and_reason(policy: str, edit: Edit, key: str, reason: str) -> None:
    problems = refused(policy, edit)
    assert any(line.startswith(f"{key}: ") and reason in line for line in problems), problems


def test_all_problems_are_told_at_once() -> None:
    problems = refused(
        DISPATCH,
        changed('by = ["officer"]', 'by = ["clerk"]'),
        changed('to = "dispatched"', 'to = "sent"'),
        changed('needs_call = "any"', 'needs_call = "fax"'),
    )
    told = [line.split(":")[0] for line in problems]
    assert {"step complaint.classify", "step order.dispatch", "ground customer_delay"} <= set(told)


def test_what_is_not_toml_or_not_there_is_refused_with_the_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("id = [", encoding="utf-8")
    latin = tmp_path / "latin.toml"
    latin.write_bytes("name = 'Ärger'".encode("latin-1"))
    for path in (broken, latin, tmp_path / "missing.toml", tmp_path):
        with pytest.raises(InvalidDocument) as caught:
            load_policy(path)
        assert caught.value.problems[0].startswith(f"{path}: ")


def test_an_empty_document_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_policy("", file="empty.toml")
    assert "empty.toml: record: Field required" in caught.value.problems


SECRET = 'visible_to = ["leader", "general_manager"]\nwaits = ["closure.close"]\n'


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (changed(SECRET, SECRET.replace("leader", "employee")), "confidential whistleblowing: visible_to"),
        (changed(SECRET, SECRET.replace("closure.close", "order.issue")), "confidential whistleblowing: waits"),
        (changed('case = { kind = ["whistleblowing"] }', "case = {}"), "nobody else would see any case"),
        (changed('case = { kind = ["whistleblowing"] }', 'case = { channel = ["letter"] }'), "names no kind"),
    ],
)
def test_a_rule_of_confidence_that_hides_too_much_or_reaches_nobody_is_refused(edit: Edit, reason: str) -> None:
    assert any(reason in line for line in refused("finance", edit))


def test_a_promise_to_customers_names_a_clock_with_a_length() -> None:
    told = '\n[told]\nclause = "004§5"\nnext = "我们将核实"\nclock = "{}"\n'
    assert refused("finance", with_more(told.format("nothing")))
    assert any("length" in line for line in refused("finance", with_more(told.format("suggestion.answer"))))
