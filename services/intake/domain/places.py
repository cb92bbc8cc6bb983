"""Names of departments as a project's two companies have them. Pure."""

from shared.org.model import Directory


def department_name(directory: Directory, project_id: str, unit: str | None) -> str:
    """The name of the department in the project's company or its property company, else what it is called by."""
    return dict(departments(directory, project_id)).get(unit or "", unit or "")


def departments(directory: Directory, project_id: str) -> list[tuple[str, str]]:
    """(id, name) of all departments of the project's companies, each once."""
    project = directory.project(project_id)
    found: dict[str, str] = {}
    for place in (project.company, project.property_company) if project else ():
        company = directory.company(place)
        for department in company.departments if company else ():
            found.setdefault(department.id, department.name)
    return list(found.items())
