"""A signature drawn with an act: kept beside it, shown to who handles the case, told nobody else."""

import hashlib
from typing import Any

import pytest

from services.dispatch.domain.values import DRAWN
from services.dispatch.usecases.reads import case as read_case
from services.dispatch.usecases.reads import drawing
from shared.kernel.errors import Code, Refused
from tests.dispatch.handling import Handling
from tests.kit.desk import person
from tests.kit.pictures import data_url, noisy_name, photo


async def test_the_picture_is_kept_once_and_nowhere_in_full_but_there(desk: Handling) -> None:
    case, image = await desk.handling(), noisy_name()
    desk.wait(minutes=5)
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", signature=data_url(image), photos=["p1"])
    (row,) = await desk.rows("drawing")
    assert (row.image, row.sha256, row.complaint_id) == (image, hashlib.sha256(image).hexdigest(), case)
    act = next(act for act in await desk.rows("act") if act.id == row.act_id)
    assert act.data["signature"] == DRAWN + row.sha256
    for table in ("outbox", "audit", "act"):
        assert "base64" not in str(await desk.rows(table))


async def test_who_handles_the_case_sees_it_and_a_stranger_does_not(desk: Handling) -> None:
    case, image = await desk.handling(), noisy_name()
    desk.wait(minutes=5)
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", signature=data_url(image))
    act = (await desk.rows("drawing"))[0].act_id
    assert await drawing(desk.room, person("wang.min"), act) == image
    for stranger, name in ((person("sun.yue"), act), (person("wang.min"), case)):
        with pytest.raises(Refused) as caught:
            await drawing(desk.room, stranger, name)
        assert caught.value.code is Code.not_found


async def test_who_reads_the_case_masked_is_shown_no_picture(desk: Handling, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await desk.handling()
    desk.wait(minutes=5)
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", signature=data_url(noisy_name()))
    act = (await desk.rows("drawing"))[0].act_id
    monkeypatch.setattr("services.dispatch.usecases.shown.Shown.masked", True)
    with pytest.raises(Refused) as caught:
        await drawing(desk.room, person("wang.min"), act)
    assert caught.value.code is Code.scope_not_allowed
    assert (await read_case(desk.room, person("wang.min"), case))["acts"][-1]["data"].get("signature_image") is None


@pytest.mark.parametrize(
    "signature",
    [data_url(photo(20, 20)), "data:image/png;base64,AAAA", "data:text/html,<b>", data_url(b"\x89PNG\r\n\x1a\n")],
)
async def test_what_is_no_png_is_refused(desk: Handling, signature: Any) -> None:
    case = await desk.handling()
    desk.wait(minutes=5)
    await desk.refused(Code.field_invalid, "visit.record", "wu.gang", case, outcome="agreed", signature=signature)


async def test_a_written_name_is_kept_as_it_was(desk: Handling) -> None:
    case = await desk.handling()
    desk.wait(minutes=5)
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", signature="张小明")
    assert await desk.rows("drawing") == []
    assert (await desk.rows("act"))[-1].data["signature"] == "张小明"
