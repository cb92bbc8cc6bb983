"""Faults a replay may inject, all from one seed: the outcome must not change by one byte."""

from dataclasses import dataclass
from random import Random

from shared.bus.memory import Waiting


class Crash(BaseException):
    """The process is gone: nothing after this point ran, and what was in memory is lost."""

    def __init__(self, room: str) -> None:
        super().__init__(room)
        self.room = room


@dataclass(frozen=True, slots=True)
class Faults:
    """`rate` is how likely each failpoint kills; replicas is how many copies of each room run."""

    seed: int = 0
    shuffle: bool = False
    duplicate: bool = False
    crash: bool = False
    replicas: int = 1
    rate: float = 0.02


class Chaos:
    """Draws the faults. Counts what it injected, so that a run that injected none can be told."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.random = Random(faults.seed)  # noqa: S311 - reproducible faults, no secret
        self.injected: dict[str, int] = {"reordered": 0, "duplicated": 0, "crashed": 0}
        self.armed = False

    def arrange(self, ready: list[tuple[Waiting, str]]) -> list[tuple[Waiting, str]]:
        """Reorders and repeats the hand-overs that are on their way."""
        arranged = list(ready)
        if self.faults.duplicate:
            again = [entry for entry in arranged if self.random.random() < 0.3]
            self.injected["duplicated"] += len(again)
            arranged += again
        if self.faults.shuffle and len(arranged) > 1:
            self.random.shuffle(arranged)
            self.injected["reordered"] += 1
        return arranged

    def failpoint(self, name: str) -> None:
        if self.armed and self.faults.crash and self.random.random() < self.faults.rate:
            self.injected["crashed"] += 1
            raise Crash(name.split(".")[0])

    def replica(self) -> int:
        return self.random.randrange(self.faults.replicas) if self.faults.replicas > 1 else 0
