"""Dispatch's dead letters."""

from services.dispatch.usecases.confiding import secrets_from
from shared.web.dead_page import PATH, dead_page

router = dead_page("dispatch", PATH, secrets_from)
