"""`ccrm keys`, and a whole installation on the disk: no file of it tells who complained."""

import asyncio
import sys
from pathlib import Path

import pytest

from services.__main__ import builders, main
from shared.db.database import Database
from shared.db.keyring import KeyRing, UnknownKey, read_keys
from shared.db.migrations import Migrations, rooms_with_tables
from shared.db.statements import insert_rows
from shared.kernel.clock import SystemClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.run.deployed import _usable
from shared.run.settings import BadSettings, Settings
from tests.kit.data_keys import NEW, OLD
from tests.kit.pictures import photo
from tests.run.process import Ccrm, Desk, logins
from tests.web.world import COMPLAINT

NAME, PHONE, PLACE = "张三丰", "13800012345", "7-3-2502"
CUSTOMER = {"name": NAME, "phone": PHONE, "room": PLACE}
NOW = {key: value for key, value in COMPLAINT.items() if key not in ("contact_ended_at", "required_by")}
ROOMS = ("intake", "dispatch", "sla", "notify")


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


def told_by(folder: Path, *secrets: str) -> list[tuple[str, str]]:
    """Which files have which secret in them, as they are on the disk, as JSON writes it too."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for secret in secrets:
            if secret.encode() in content or secret.encode("ascii", "backslashreplace") in content:
                found.append((str(path.relative_to(folder)), secret))
    return found


def whole_life(desk: Desk) -> str:
    """Registered, refused once, issued, told by message, visited, closed."""
    case = str(desk.do("wang.min", "complaint.register", **(NOW | {"customer": CUSTOMER}))["complaint"])
    assert desk.ask("wang.min", "complaint.register", key="k", **(NOW | {"customer": CUSTOMER})).is_success
    assert desk.ask(
        "wang.min", "complaint.register", **(NOW | {"customer": {"name": NAME, "phone": f"{PHONE}9"}})
    ).is_error
    for who, name, data in (
        ("wang.min", "order.submit", {}),
        ("sun.li", "order.review", {"decision": "approve"}),
        ("gao.feng", "order.issue", {"decision": "approve"}),
        ("wu.gang", "visit.record", {"outcome": "agreed", "plan": f"为{NAME}更换防水层，电话 {PHONE}"}),
        ("wu.gang", "closure.apply", {"signature": NAME}),
        ("wang.min", "closure.verify", {"decision": "approve", "satisfaction": 5}),
        ("sun.li", "closure.review", {"decision": "approve"}),
        ("gao.feng", "closure.approve", {"decision": "approve"}),
    ):
        desk.do(who, name, case, **data)
    return case


def test_no_file_of_an_installation_tells_who_complained(tmp_path: Path) -> None:
    var = tmp_path / "var"
    with Ccrm("up", "--data-dir", str(var), log=tmp_path / "log") as process:
        desk = Desk(process.url, logins(var / "demo-logins.txt"))
        case = whole_life(desk)
        upload = desk._client.post(
            f"{process.url}/api/v1/attachments",
            params={"complaint": case, "kind": "photo", "name": f"{NAME}.jpg"},
            content=photo(),
            headers=desk.headers("wang.min") | {"Content-Type": "application/octet-stream"},
        )
        assert upload.is_success, upload.text
        assert desk._client.get(f"{process.url}{upload.json()['url']}", headers=desk.headers("wang.min")).is_success
        whole = desk.read("wang.min", f"complaints/{case}")
        assert whole["case"]["state"] == "closed"
        assert whole["case"]["customer"]["name"] == NAME
        sent = [message for message in whole["messages"] if message["to"] == "customer"]
        assert sent
        for q in (NAME, "三丰", PHONE, "2345", PLACE):
            assert {one["complaint_id"] for one in desk.read("wang.min", "complaints", q=q)["items"]} >= {case}, q
        process.kill()
        assert told_by(var, NAME, PHONE, PLACE) == [], "killed: also in what was not yet written back"
        assert told_by(var, "卫生间渗水"), "what is searched for as a text is plain"
        assert not [path for path in (var / "files").rglob("*") if path.is_file() and b"JFIF" in path.read_bytes()]
    keys = var / "keys" / "data.keys"
    assert keys.stat().st_mode & 0o077 == 0


async def filled_before_there_were_keys(var: Path) -> None:
    """Each room has said something that is still in its outbox."""
    for name, build in builders().items():
        db, clock = Database(f"sqlite:///{var}/{name}.db", name), SystemClock()
        room = build(db, clock, Ids(clock), built_in())
        await Migrations(name, room.metadata).upgrade(db)
        async with room.begin() as tx:
            said = {"event_id": tx.new_id(), "topic": "t", "body": "{}", "correlation_id": tx.new_id()}
            await insert_rows(tx.session, room.tables.outbox, said | {"created_at": tx.now, "sent_at": tx.now})
        await db.close()


def test_an_installation_of_before_is_sealed_while_it_runs(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    var = tmp_path / "var"
    asyncio.run(filled_before_there_were_keys(var))
    with Ccrm("up", "--data-dir", str(var), log=tmp_path / "log") as process:
        desk = Desk(process.url, logins(var / "demo-logins.txt"))
        whole_life(desk)
        assert {file.partition(".")[0] for file, _ in told_by(var, NAME, PHONE, PLACE)} == set(ROOMS)
        assert ccrm("keys", "reseal").status == 0
        other = {**CUSTOMER, "name": "李四光"}
        desk.do("wang.min", "complaint.register", **(NOW | {"customer": other}))
        assert told_by(var, "李四光") == []
    done = ccrm("keys", "reseal")
    assert (done.status, done.err) == (0, "")
    assert told_by(var, NAME, PHONE, PLACE, "李四光") == []
    assert ccrm("keys", "reseal", "all").out == "".join(f"{room}: 0\n" for room in ROOMS)
    with Ccrm("up", "--data-dir", str(var), log=tmp_path / "log") as process:
        desk = Desk(process.url, logins(var / "demo-logins.txt"))
        assert len(desk.read("wang.min", "complaints", q=NAME)["items"]) == 2


def test_keys_are_changed_while_an_installation_runs(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    var = tmp_path / "var"
    keys = var / "keys" / "data.keys"
    with Ccrm("up", "--data-dir", str(var), log=tmp_path / "log") as process:
        desk = Desk(process.url, logins(var / "demo-logins.txt"))
        case = whole_life(desk)
        (old,) = read_keys(keys.read_text())
        added = ccrm("keys", "new", str(keys))
        assert added.out == f"{keys}: {read_keys(keys.read_text())[0].id}\n"
        assert ccrm("keys", "reseal").status == 0
        whole = desk.read("wang.min", f"complaints/{case}")
        assert (whole["case"]["customer"]["name"], whole["unavailable"]) == (NAME, [])
        assert len(desk.read("wang.min", "complaints", q=NAME)["items"]) == 2
    keys.write_text(read_keys(keys.read_text())[0].line())
    with Ccrm("up", "--data-dir", str(var), log=tmp_path / "log") as process:
        desk = Desk(process.url, logins(var / "demo-logins.txt"))
        assert desk.read("wang.min", f"complaints/{case}")["case"]["customer"]["name"] == NAME
    assert not [path for path in var.rglob("*.db*") if f"v1:{old.id}:".encode() in path.read_bytes()]


def test_without_its_key_a_restored_database_says_which_it_needs(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ccrm("directory", "import", str(Path(__file__).parents[2] / "services" / "dispatch" / "demo-org.yaml"))
    keys = tmp_path / "var" / "keys" / "data.keys"
    (lost,) = read_keys(keys.read_text())
    keys.unlink()
    for command, status in ((("keys", "reseal", "dispatch"), 1), (("directory", "absences"), 1), (("up",), 2)):
        told = ccrm(*command)
        assert told.status == status
        assert told.err.strip().endswith(
            f"is sealed with the data key {lost.id}, which is not in the key ring (CCRM_DATA_KEYS_FILE): "
            "put that key back into the file; nothing is lost until then"
        )
    with keys.open("a") as file:
        file.write(lost.line())
    assert ccrm("directory", "absences").status == 0


def test_a_ring_is_printed_for_a_secret_store_or_kept_in_a_file(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    printed = ccrm("keys", "new").out
    assert len(read_keys(printed)) == 1
    assert printed != ccrm("keys", "new").out
    file = tmp_path / "secrets" / "data.keys"
    first, second = ccrm("keys", "new", str(file)), ccrm("keys", "new", str(file))
    assert [f"{file}: {key.id}\n" for key in read_keys(file.read_text())] == [second.out, first.out]
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("something else\n")
    spoiled = ccrm("keys", "new", str(file))
    assert (spoiled.status, spoiled.err) == (2, f"{file} holds no data key in line 1: nothing was changed\n")
    assert file.read_text() == "something else\n"


def test_an_unknown_room_is_no_room_to_seal(ccrm) -> None:  # type: ignore[no-untyped-def]
    told = ccrm("keys", "reseal", "kitchen")
    assert (told.status, told.err.strip()) == (2, "没有名为 kitchen 的服务；有 intake、dispatch、sla、notify")


async def test_a_room_without_a_key_of_its_database_takes_no_messages(tmp_path: Path) -> None:
    metadata = rooms_with_tables()["sla"]
    url = f"sqlite:///{tmp_path}/sla.db"
    db, clock = Database(url, "sla", keys=KeyRing([OLD])), SystemClock()
    await Migrations("sla", metadata).upgrade(db)
    room = builders()["sla"](db, clock, Ids(clock), built_in())
    async with room.begin() as tx:
        await insert_rows(tx.session, room.tables.directory, {"version": 1, "body": "{}", "received_at": tx.now})
    await db.close()
    for key, usable in ((OLD, True), (NEW, False)):
        room.db = Database(url, "sla", keys=KeyRing([key]))
        if usable:
            assert await _usable(room, Migrations("sla", metadata))
        else:
            with pytest.raises(UnknownKey, match="data key old"):
                await _usable(room, Migrations("sla", metadata))
        await room.db.close()


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, r"cannot be read \(No such file or directory\)"), (b"\xff", "holds no data key in line 1")],
)
def test_a_file_without_keys_is_told_by_its_setting(tmp_path: Path, content: bytes | None, problem: str) -> None:
    file = tmp_path / "data.keys"
    if content is not None:
        file.write_bytes(content)
    for mode in ("deployed", "embedded"):
        with pytest.raises(BadSettings, match=rf"^CCRM_DATA_KEYS_FILE: .*data\.keys {problem}$"):
            Settings(mode=mode, data_keys_file=file).data_keys()
