"""B3: a signature drawn with an act is kept beside it; the act itself says only its digest."""

import hashlib
from collections.abc import Mapping
from typing import Any

from services.dispatch.domain.values import DRAWN
from services.dispatch.repository import store
from services.dispatch.tables import DRAWING
from shared.events.dispatch import CaseAct
from shared.kernel.drawing import drawn, is_drawing
from shared.room.room import Tx


async def without_drawing(tx: Tx, event: CaseAct, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said with the act, the picture of a signature in it put away."""
    signature = said.get("signature")
    if not isinstance(signature, str) or not is_drawing(signature):
        return dict(said)
    image = drawn(signature)
    digest = hashlib.sha256(image).hexdigest()
    row = {"act_id": event.event_id, "complaint_id": event.complaint_id, "sha256": digest, "image": image}
    await store(tx, DRAWING, row)
    return {**said, "signature": DRAWN + digest}
