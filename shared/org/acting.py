"""D5: who acts for whom while somebody is away. What is charged stays with the holder of the post (一把手责任制)."""

from collections.abc import Container
from datetime import datetime

from shared.org.model import Assignment, Directory


def acting_for(directory: Directory, person: str, at: datetime) -> str:
    """Who does a person's work at the instant: himself, or his delegate, or the delegate's delegate.

    Never nobody: delegates that lead round in a circle leave the work with the person himself.
    """
    chain = [person]
    while (absence := directory.absence_of(chain[-1], at)) is not None:
        if absence.delegate in chain:
            return person
        chain.append(absence.delegate)
    return chain[-1]


def principals(directory: Directory, person: str, at: datetime) -> list[str]:
    """Himself, and everybody for whom he acts at the instant. Who is away may still act himself."""
    away = (one for one in directory.absent(at) if one != person)
    return [person, *(one for one in away if acting_for(directory, one, at) == person)]


def acts_as(directory: Directory, person: str, holders: Container[str | None], at: datetime) -> str | None:
    """The one of the holders he is or acts for, himself first; None where there is none."""
    return next((one for one in principals(directory, person, at) if one in holders), None)


def posts_for(directory: Directory, person: str, at: datetime) -> list[Assignment]:
    """The posts he holds, and those of everybody for whom he acts."""
    return [held for one in principals(directory, person, at) for held in directory.posts_of(one, at)]
