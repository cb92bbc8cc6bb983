import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest

from services.__main__ import main
from services.dispatch.domain import demo
from shared.bus.port import Message
from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.room.consume import bury

DEMO = Path(demo.__file__).parents[1] / demo.DEMO_FILE
POLICY = Path(__file__).parents[2] / "shared" / "policy" / "documents" / "group-after-sales.toml"
LETTER = UUID("01a200bd-6515-7a96-b307-ff0c5e6d88ae")


class Told:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def ccrm(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CCRM_DATA_DIR", str(tmp_path / "var"))

    def call(*args: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["ccrm", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        told = capfd.readouterr()
        return Told(code if isinstance(code, int) else int(code is not None), told.out, told.err)

    return call


def test_a_directory_is_imported_once_however_often_it_is_given(ccrm) -> None:  # type: ignore[no-untyped-def]
    first = ccrm("directory", "import", str(DEMO))
    assert (first.status, first.out.split("：")[0]) == (0, "组织机构第 1 版已生效")
    assert ccrm("directory", "import", str(DEMO)).out == first.out


def test_accounts_are_opened_for_those_who_have_none_and_told_once(ccrm) -> None:  # type: ignore[no-untyped-def]
    ccrm("directory", "import", str(DEMO))
    first = ccrm("directory", "accounts")
    people = dict(line.split("\t") for line in first.out.splitlines())
    assert "wang.min" in people
    assert len(set(people.values())) == len(people)
    assert ccrm("directory", "accounts").out == ""


def test_a_bad_directory_is_refused_line_by_line_and_nothing_is_imported(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    bad = tmp_path / "bad.yaml"
    text = (
        DEMO.read_text(encoding="utf-8")
        .replace("chairman: chen.wei", "colour: red")
        .replace("kind: property", "kind: x", 1)
    )
    bad.write_text(text, encoding="utf-8")
    told = ccrm("directory", "import", str(bad))
    assert told.status == 1
    lines = told.err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith(f"{bad}:") and line.split(":")[1].isdecimal() for line in lines)
    assert ccrm("directory", "accounts").status == 1, "nothing was imported, so nobody can have an account"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"[1, 2]", b"a: [", b"group: {id: x}\ncompanies: 5"])
def test_a_file_that_is_no_directory_is_refused_in_words(ccrm, tmp_path: Path, content: bytes) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    told = ccrm("directory", "import", str(file))
    assert told.status == 1
    assert told.err.startswith(str(file))
    assert "Traceback" not in told.err


def test_a_missing_file_is_told_by_name(ccrm) -> None:  # type: ignore[no-untyped-def]
    told = ccrm("directory", "import", "/nowhere/x.yaml")
    assert (told.status, told.err.startswith("/nowhere/x.yaml")) == (1, True)


def test_a_policy_is_checked(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert ccrm("policy", "check", str(POLICY)).status == 0
    bad = tmp_path / "bad.toml"
    bad.write_text(POLICY.read_text(encoding="utf-8").replace("initial_state", "initial_mood"), encoding="utf-8")
    told = ccrm("policy", "check", str(bad))
    assert told.status == 1
    assert f"{bad}: initial_mood" in told.out + told.err


@pytest.mark.parametrize("args", [("serve", "kitchen"), ("migrate", "kitchen"), ("dead", "list", "--room", "kitchen")])
def test_an_unknown_room_is_told_with_those_there_are(ccrm, args: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    told = ccrm(*args)
    assert (told.status, told.err.strip()) == (2, "没有名为 kitchen 的服务；有 intake、dispatch、sla、notify")


def test_migrating_twice_is_migrating_once(ccrm) -> None:  # type: ignore[no-untyped-def]
    first = ccrm("migrate")
    assert (first.status, first.out.count("\n")) == (0, 4)
    assert ccrm("migrate").out == first.out


# ---- dead letters


def _bury(data_dir: Path, body: str) -> None:
    from services.notify.app import build

    async def work() -> None:
        clock = SystemClock()
        db = Database(f"sqlite:///{data_dir / 'notify.db'}", "notify")
        room = build(db, clock, Ids(clock), built_in())
        await bury(room, Message(LETTER, "dispatch.order_issued.v1", body, LETTER), "cannot be understood\nat all")
        await db.close()

    asyncio.run(work())


def test_a_dead_letter_is_listed_shown_and_stays_while_it_fails(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ccrm("migrate")
    assert ccrm("dead", "list").out == ""
    customer = {"name": "张先生", "phone": "+8613800000001"}
    told = {"a": 1, "tracking": "q" * 43, "customer": customer, "to": "13900000002"}
    _bury(tmp_path / "var", json.dumps(told))
    listed = ccrm("dead", "list", "--room", "notify").out.rstrip("\n").split("\t")
    assert listed[:3] == [str(LETTER), "notify", "dispatch.order_issued.v1"]
    assert listed[4] == "cannot be understood"
    assert ccrm("dead", "list", "--room", "sla").out == ""
    shown = ccrm("dead", "show", str(LETTER)).out
    assert json.loads(shown.split("body:\n")[1]) == {"a": 1, "tracking": "***", "customer": "***", "to": "139****0002"}
    again = ccrm("dead", "replay", str(LETTER))
    assert again.status == 1
    assert str(LETTER) in again.err
    assert ccrm("dead", "list").out != ""


def test_replaying_wants_to_know_which(ccrm) -> None:  # type: ignore[no-untyped-def]
    assert ccrm("dead", "replay").status == 2
    assert ccrm("dead", "replay", "x", "--all").status == 2
    assert ccrm("dead", "show", "x").status == 1


@pytest.mark.parametrize("name", ["out.xlsx", "out.yaml"])
def test_a_directory_goes_out_and_comes_in_again_unchanged(ccrm, tmp_path: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    ccrm("directory", "import", str(DEMO))
    ccrm("directory", "hand-over", "chairman", "south", "--to", "luo.ping", "--from", "2031-01-01 09:00")
    assert ccrm("directory", "export", str(tmp_path / name)).status == 0
    assert ccrm("directory", "import", str(tmp_path / name)).out.startswith("组织机构第 2 版已生效")


def test_a_wrong_workbook_is_refused_row_by_row_and_nothing_is_imported(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ccrm("directory", "import", str(DEMO))
    file = tmp_path / "d.xlsx"
    ccrm("directory", "export", str(file))
    book = openpyxl.load_workbook(file)
    book["people"]["A3"], book["posts"]["A2"] = "sun.li", "janitor"
    book.save(file)
    told = ccrm("directory", "import", str(file))
    assert told.status == 1
    assert f"{file}:people!3: sun.li is there twice" in told.err
    assert f"{file}:posts!2: 'janitor' is no post" in told.err
    assert ccrm("directory", "import", str(DEMO)).out.startswith("组织机构第 1 版")


def test_a_hand_over_that_cannot_be_is_refused(ccrm) -> None:  # type: ignore[no-untyped-def]
    ccrm("directory", "import", str(DEMO))
    soon = ("--to", "luo.ping", "--from", "soon")
    assert ccrm("directory", "hand-over", "chairman", "south", *soon).status == 2
    wrong = ccrm("directory", "hand-over", "chairman", "west", "--to", "luo.ping", "--from", "2031-01-01 09:00")
    assert (wrong.status, "west" in wrong.err) == (1, True)
    assert ccrm("directory", "absences").out == ""


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("resend", "intake", "--since", "2026-03-01T00:00"), "缺少时区"),
        (("resend", "intake", "--since", "yesterday"), "2026-03-08T18:00"),
        (("resend", "kitchen", "--since", "2026-03-01T00:00+08:00"), "kitchen"),
        (("federation", "planet"), "group | region"),
    ],
)
def test_an_operator_is_told_what_is_wanted(ccrm, args: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    told = ccrm(*args)
    assert told.status == 2
    assert says in told.err


def test_sending_again_where_nothing_was_sent_says_so_room_by_room(ccrm) -> None:  # type: ignore[no-untyped-def]
    told = ccrm("resend", "all", "--since", "2026-03-01T00:00+08:00")
    assert (told.status, told.out.splitlines()) == (0, ["intake: 0", "dispatch: 0", "sla: 0", "notify: 0"])


def test_archiving_lists_unless_told_where_to_and_never_what_is_young(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ccrm("directory", "import", str(DEMO))
    listed = ccrm("archive", "--before", "2020-01-01")
    assert (listed.status, listed.out) == (0, "")
    assert "0 件（未作任何改动" in listed.err
    young = ccrm("archive", "--before", f"{SystemClock().now():%Y-%m-%d}", "--to", str(tmp_path / "archive"))
    assert young.status == 2
    assert "一年以前" in young.err
    assert not (tmp_path / "archive").exists()


def test_in_a_region_the_directory_comes_from_the_group(ccrm, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CCRM_REGION", "south")
    told = ccrm("directory", "import", str(DEMO))
    assert told.status == 1
    assert "region.elsewhere" in told.err
    alone = ccrm("up")
    assert (alone.status, "CCRM_MODE=deployed" in alone.err) == (2, True)
