from datetime import time

import pytest
from pydantic import ValidationError

from services.dispatch.domain.demo import demo_directory
from shared.org.document import read_directory
from shared.org.model import Project, sessions_in
from shared.org.workbook import read_workbook, to_xlsx, to_yaml


def test_hours_are_read_in_order_with_either_dash_and_comma() -> None:
    assert sessions_in("08:30-12:00，14:00–17:30") == ((time(8, 30), time(12)), (time(14), time(17, 30)))
    assert sessions_in("") == ()


@pytest.mark.parametrize("text", ["9-12", "12:00-08:30", "08:30-12:00, 11:59-17:30", "25:00-26:00", "08:30"])
def test_hours_that_are_none_or_overlap_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="working hours"):
        Project(id="x", name="X", company="south", property_company="property-south", working_hours=text)


def test_a_project_keeps_its_hours_through_export_and_import() -> None:
    directory = demo_directory()
    first, *others = directory.projects
    changed = directory.with_changes(projects=[first.model_copy(update={"working_hours": "09:00-18:00"}), *others])
    for again in (read_workbook(to_xlsx(changed)), read_directory(to_yaml(changed))):
        assert again.sessions(first.id) == ((time(9), time(18)),)
        assert again.sessions(others[0].id) == ()
