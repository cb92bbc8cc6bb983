import asyncio
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from services.intake.gateways.pictures import Pictures
from shared.kernel.errors import Code, Refused
from tests.kit.pictures import moving_gif, photo, png_bomb

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def _render(folder: Path, content: bytes, **settings: float) -> tuple[Image.Image, Image.Image]:
    source = folder / "received"
    source.write_bytes(content)
    made = await Pictures(**settings).render(source)
    whole, small = Image.open(made.path), Image.open(made.thumbnail)
    assert (made.width, made.height) == whole.size
    return whole, small


async def test_place_and_camera_are_gone_and_the_picture_stands_upright(tmp_path: Path) -> None:
    given = photo(600, 400, turned=True, place=True)
    assert Image.open(BytesIO(given)).getexif().get_ifd(0x8825)
    whole, small = await _render(tmp_path, given)
    assert (whole.format, whole.size, dict(whole.getexif())) == ("JPEG", (400, 600), {})
    assert b"Exif" not in (tmp_path / "received.jpg").read_bytes()
    red, _, blue = whole.convert("RGB").getpixel((200, 20))  # type: ignore[misc]
    assert red > 200 > 60 > blue, "what was left is now on top"
    assert (small.format, small.size) == ("JPEG", (213, 320))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "HEIC"])
async def test_every_allowed_form_becomes_a_jpeg(tmp_path: Path, form: str) -> None:
    whole, _ = await _render(tmp_path, photo(64, 48, form=form))
    assert (whole.format, whole.size) == ("JPEG", (64, 48))


async def test_a_large_photo_is_brought_down_to_what_a_screen_shows(tmp_path: Path) -> None:
    whole, small = await _render(tmp_path, photo(4000, 3000))
    assert (whole.size, small.size) == ((2560, 1920), (320, 240))


async def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    whole, _ = await _render(tmp_path, out.getvalue())
    assert whole.convert("RGB").getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (photo(2000, 2000)[:9000], "损坏"),
        (b"<html><script>alert(1)</script></html>", "损坏"),
        (SVG, "损坏"),
        (b"\xff\xd8\xff" + b"\x00" * 500, "损坏"),
        (moving_gif(), "静态"),
        (png_bomb(), "像素过多"),
    ],
    ids=["truncated", "html", "svg", "garbage", "moving", "bomb"],
)
async def test_anything_else_is_refused_in_words(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        await _render(tmp_path, content)
    assert (refused.value.code, refused.value.field) == (Code.field_invalid, "file")


async def test_a_picture_that_takes_too_long_is_given_up_and_its_process_ended(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Refused, match="超时"):
        await _render(tmp_path, photo(4000, 3000), seconds=0.01)
    assert time.monotonic() - began < 5


async def test_many_pictures_wait_for_each_other(tmp_path: Path) -> None:
    pictures = Pictures()
    for number in range(4):
        (tmp_path / str(number)).write_bytes(photo(64, 48))
    made = await asyncio.gather(*(pictures.render(tmp_path / str(number)) for number in range(4)))
    assert {picture.width for picture in made} == {64}
