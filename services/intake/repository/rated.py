"""What customers gave the window service."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import Complaint, WindowRating


async def rated(session: AsyncSession, complaint_id: UUID) -> bool:
    found = select(WindowRating.complaint_id).where(WindowRating.complaint_id == complaint_id)
    return (await session.exec(found)).one_or_none() is not None


async def ratings(
    session: AsyncSession,
    *,
    project: str | None = None,
    stars: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[tuple[WindowRating, str, str]]:
    """Ratings with number and project of their complaints, of the complaints registered last first; none of those that
    only few may see.
    """
    statement = select(WindowRating, Complaint.number, Complaint.project_id).join(
        Complaint, col(Complaint.id) == col(WindowRating.complaint_id)
    )
    statement = statement.where(col(Complaint.confined_to).is_(None))
    for clause in (
        None if project is None else col(Complaint.project_id) == project,
        None if stars is None else col(WindowRating.stars) == stars,
        None if since is None else col(WindowRating.rated_at) >= since,
        None if until is None else col(WindowRating.rated_at) < until,
        None if before is None else col(WindowRating.complaint_id) < before,
    ):
        if clause is not None:
            statement = statement.where(clause)
    found = await session.exec(statement.order_by(col(WindowRating.complaint_id).desc()).limit(limit))
    return [(rating, number, project_id) for rating, number, project_id in found.all()]


async def ratings_near(
    session: AsyncSession, officers: Collection[str | None], since: datetime, until: datetime
) -> Sequence[WindowRating]:
    """All ratings about these officers between two instants."""
    about = col(WindowRating.officer).in_(sorted(one for one in officers if one is not None))
    during = col(WindowRating.rated_at).between(since, until)
    return (await session.exec(select(WindowRating).where(about, during))).all()
