"""The ledger's commands: files in and out, told line by line, nothing half done."""

import sys
from pathlib import Path

import pytest

from services.__main__ import main
from services.dispatch.domain import demo

Told = tuple[int, str, str]


@pytest.fixture
def ccrm(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CCRM_DATA_DIR", str(tmp_path / "var"))

    def call(*args: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["ccrm", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capfd.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return call


def test_a_year_goes_out_and_comes_in_again(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    status, text, _ = ccrm("calendar", "export", "2027")
    assert (status, len(text.splitlines())) == (0, 366)
    file = tmp_path / "2027.csv"
    file.write_text(text.replace("2027-01-04,1,", "2027-01-04,0,停工"), encoding="gb18030")
    assert ccrm("calendar", "import", str(file))[:2] == (0, "2027 年工作日历已载入，相关时限将重新计算\n")
    assert "2027-01-04,0,停工" in ccrm("calendar", "export", "2027")[1]
    assert "2027-01-04,0,停工" in ccrm("calendar", "export", "2027", "--scope", "finance")[1]
    day = tmp_path / "day.csv"
    day.write_text("day,working,note\n2027-01-04,1,\n", encoding="utf-8")
    assert ccrm("calendar", "import", str(day))[0] == 1
    assert ccrm("calendar", "import", str(day), "--days", "--scope", "finance")[0] == 0
    assert "2027-01-04,1," in ccrm("calendar", "export", "2027", "--scope", "finance")[1]
    assert "2027-01-04,0,停工" in ccrm("calendar", "export", "2027")[1]


def test_a_bad_calendar_is_refused_line_by_line(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "bad.csv"
    file.write_text("day,working,note\n2027-02-30,1,\n2027-01-04,x,\n", encoding="utf-8")
    status, _, err = ccrm("calendar", "import", str(file))
    assert status == 1
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{file}:2", f"{file}:3"]
    assert ccrm("calendar", "import", str(tmp_path / "none.csv"))[0] == 1
    assert ccrm("calendar", "export", "1999")[0] == 1


def test_bonus_bases_want_a_directory_and_then_known_people(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "hr.csv"
    file.write_text("person,month,yuan\nwu.gang,2026-03,8000\n", encoding="utf-8")
    assert ccrm("bonus", "import", str(file))[0] == 1
    assert ccrm("directory", "import", str(Path(demo.__file__).parents[1] / demo.DEMO_FILE))[0] == 0


def test_an_empty_journal_holds_and_states_nothing(ccrm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = ccrm("journal", "verify")
    assert (status, out) == (0, "0 宗投诉的 0 笔账与 0 份统计表均相符\n")
    file = tmp_path / "m.csv"
    status, _, err = ccrm("statement", "2026-03", "--csv", str(file))
    assert (status, "2026-03 尚无扣罚统计表" in err, file.exists()) == (1, True, False)
    paper = tmp_path / "m.pdf"
    assert (ccrm("statement", "2026-03", "--pdf", str(paper))[0], paper.exists()) == (1, False)
    assert ccrm("statement", "March")[0] == 1
