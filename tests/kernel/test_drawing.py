import struct
import zlib

import pytest

from shared.kernel.drawing import drawn
from tests.kit.pictures import data_url, drawn_name, photo, png

HEADER = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
PIXELS = zlib.compress(b"\x00" * 9 * 8)


def test_what_a_signature_field_gives_is_taken_as_it_is() -> None:
    image = drawn_name()
    assert drawn(data_url(image)) == image
    assert drawn(data_url(png(HEADER, PIXELS)))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (photo(8, 8), "须为 PNG"),
        (drawn_name()[:-5], "损坏"),
        (drawn_name() + b"<script>", "损坏"),
        (drawn_name()[:60] + b"\x00" + drawn_name()[61:], "损坏"),
        (png(HEADER, zlib.compress(b"\x00" * 40)), "损坏"),
        (png(HEADER, zlib.compress(b"\x00" * 9 * 8 + b"more")), "损坏"),
        (png(HEADER, b"no zlib"), "损坏"),
        (png(HEADER[:-1], PIXELS), "损坏"),
        (png(struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0), PIXELS), "过大"),
        (png(struct.pack(">IIBBBBB", 0, 8, 8, 0, 0, 0, 0), PIXELS), "过大"),
        (png(struct.pack(">IIBBBBB", 4000, 4000, 8, 6, 0, 0, 0), PIXELS), "过大"),
        (png(struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1), PIXELS), "普通 PNG"),
        (b"\x89PNG\r\n\x1a\n", "损坏"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * (200 * 1024), "不得超过 200 KB"),
    ],
)
def test_anything_else_is_refused_in_words(image: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        drawn(data_url(image))


@pytest.mark.parametrize("value", ["张先生", "data:image/png;base64,!!!", "data:image/svg+xml,<svg/>", ""])
def test_what_is_no_data_url_of_a_png_is_refused(value: str) -> None:
    with pytest.raises(ValueError):
        drawn(value)


def test_a_small_file_that_unpacks_to_more_than_it_says_is_not_unpacked() -> None:
    bomb = zlib.compress(b"\x00" * 50_000_000, 9)
    with pytest.raises(ValueError, match="损坏"):
        drawn(data_url(png(HEADER, bomb)))
