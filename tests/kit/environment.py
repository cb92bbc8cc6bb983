"""What a process of ours is started with: the machine's environment, without the settings of whoever runs the tests."""

import os
from collections.abc import Mapping

# Where it is set, each of many processes would compile the whole program anew.
_NOT_OURS = ("CCRM_", "PYTHONDONTWRITEBYTECODE")


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)} | dict(settings)
