"""The built-in demo directory."""

from services.dispatch.domain.demo import demo_directory
from shared.org.model import Post


def test_everybody_who_holds_a_post_has_a_name_and_a_number_of_his_own() -> None:
    directory = demo_directory()
    holders = {assignment.person for assignment in directory.assignments}
    people = {person.id: person for person in directory.people}
    assert holders == set(people)
    assert all(people[one].name != one and people[one].mobile for one in holders)
    assert len({person.mobile for person in directory.people}) == len(people)


def test_every_project_has_its_companies_and_the_third_tier_its_general_manager() -> None:
    directory = demo_directory()
    assert {project.id for project in directory.projects} == {"jinbi-bay", "yunshan", "lakeside", "old-town"}
    for project in directory.projects:
        assert directory.company(project.company)
        assert directory.company(project.property_company)
        managers = [a for a in directory.assignments if a.post is Post.project_general_manager]
        assert (project.city_tier == "third_tier") == any(a.scope == project.id for a in managers)
