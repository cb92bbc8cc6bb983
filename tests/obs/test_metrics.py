"""What is counted is what was committed."""

import contextlib
from pathlib import Path

from shared.db.database import COMMITTED, Database
from shared.obs import metrics


async def test_what_is_rolled_back_is_not_counted(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'sla.db'}", "sla")
    told: list[str] = []
    async with db.begin() as session:
        session.info.setdefault(COMMITTED, []).append(lambda: told.append("kept"))
        assert told == []
    with contextlib.suppress(RuntimeError):
        async with db.begin() as session:
            session.info.setdefault(COMMITTED, []).append(lambda: told.append("lost"))
            raise RuntimeError
    assert told == ["kept"]
    await db.close()


def test_penalties_are_counted_in_yuan_without_their_sign() -> None:
    before = sample("ccrm_journal_yuan_total", kind="reversal")
    metrics.posted("reversal", -12050)
    metrics.posted("reversal", None)
    assert sample("ccrm_journal_yuan_total", kind="reversal") - before == 120.5


def sample(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0
