"""The built-in demo directory."""

from functools import cache
from importlib.resources import files

from shared.org.document import read_directory
from shared.org.model import Directory

DEMO_FILE = "demo-org.yaml"


@cache
def demo_directory() -> Directory:
    """A fictional property group with two regions, four projects and people for every post."""
    text = (files("services.dispatch") / DEMO_FILE).read_text(encoding="utf-8")
    return read_directory(text, file=DEMO_FILE)
