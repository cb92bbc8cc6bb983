"""Where each post of the directory is held. Pure."""

from shared.org.model import Directory, Post

COMPANY_POSTS = frozenset({Post.chairman, Post.department_head, Post.supervising_leader})
PROJECT_POSTS = frozenset({Post.project_general_manager, Post.service_officer})


def scopes_of(directory: Directory, post: Post) -> set[str]:
    """The group, the companies or the projects."""
    if post in COMPANY_POSTS:
        return {company.id for company in directory.companies}
    if post in PROJECT_POSTS:
        return {project.id for project in directory.projects}
    return {directory.group}


def units_of(directory: Directory, post: Post, scope: str) -> set[str]:
    """The departments that have a head, or the fields that have a supervising leader; empty for all other posts."""
    company = directory.company(scope)
    if post is Post.department_head and company is not None:
        return {unit.id for unit in company.departments}
    if post is Post.supervising_leader:
        return {one.unit for one in directory.assignments if (one.post, one.scope) == (post, scope) and one.unit}
    return set()
