"""Search for people, as a fragment of a form: who is already chosen stays chosen."""

import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import Viewing, people_like, show
from shared.org.model import POST_LABELS, Directory
from shared.web.phrases import joined, words

router = APIRouter()

KEY = re.compile(r"[a-z0-9-]{1,40}")
MOST = 12
MOST_CHOSEN = 30


@router.get("/ledger/people")
async def people(request: Request, viewer: Viewing) -> Response:
    """`q`: a part of a name. `members` or `person`: who is chosen. `many` offers boxes; `key` makes ids unique."""
    query = request.query_params
    many = query.get("many") == "1"
    directory = viewer.directory
    chosen = [one for one in query.getlist("members" if many else "person")[:MOST_CHOSEN] if directory.person(one)]
    key = query.get("key", "") if KEY.fullmatch(query.get("key", "")) else "one"
    text = query.get("q", "").strip()[:50]
    like = [one for one in people_like(directory, text) if one not in chosen] if text else []
    rows = [(one, directory.name_of(one), posts(request, directory, one)) for one in (*chosen, *like[:MOST])]
    return show(
        request,
        "parts/people.html",
        viewer,
        rows=rows,
        chosen=chosen,
        many=many,
        more=len(like) > MOST,
        asked=text,
        key=key,
    )


def posts(request: Request, directory: Directory, person: str) -> str:
    """What he is, so that people of one name are told apart."""
    held = directory.posts_of(person, request.app.state.edge.clock.now())
    places = {one.id: one.name for one in directory.companies} | {one.id: one.name for one in directory.projects}
    each = (joined(" ", (places.get(one.scope, ""), words(POST_LABELS[one.post]))) for one in held)
    return joined("、", dict.fromkeys(each))
