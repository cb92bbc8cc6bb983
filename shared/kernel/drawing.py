"""A signature drawn on a screen: a small PNG as data URL, checked to the last byte without a picture library."""

import binascii
import struct
import zlib
from base64 import b64decode

PREFIX = "data:image/png;base64,"
MAGIC = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 200 * 1024
MOST_SIDE = 4096
MOST_PIXELS = 4_000_000

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel, by PNG's colour type."""


def is_drawing(value: str) -> bool:
    """Whether it means to be a picture at all; anything else is a written name."""
    return value[:5].lower() == "data:"


def drawn(value: str) -> bytes:
    """The PNG in the data URL. Raises ValueError, with a text for the screen, for anything but a sound small PNG."""
    if not value.startswith(PREFIX):
        raise ValueError("签字图片须为 PNG")
    if len(value) - len(PREFIX) > (MOST_BYTES + 2) // 3 * 4:
        raise ValueError(f"签字图片不得超过 {MOST_BYTES // 1024} KB")
    try:
        image = b64decode(value[len(PREFIX) :], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("签字图片无法读取") from None
    if not image.startswith(MAGIC):
        raise ValueError("签字图片须为 PNG")
    _check(image)
    return image


def _check(image: bytes) -> None:
    """Every part of the file is whole, and it holds just the pixels it says, few enough for a signature."""
    kinds: list[bytes] = []
    data, shape, at = bytearray(), b"", len(MAGIC)
    while at < len(image) and b"IEND" not in kinds:
        length = int.from_bytes(image[at : at + 4])
        kind, body = image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        if len(body) != length or image[at + 8 + length : at + 12 + length] != zlib.crc32(kind + body).to_bytes(4):
            raise ValueError("签字图片已损坏")
        if kind == b"IHDR":
            shape = body
        elif kind == b"IDAT":
            data += body
        kinds.append(kind)
        at += 12 + length
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or kinds.count(b"IHDR") > 1 or at != len(image):
        raise ValueError("签字图片已损坏")
    expected = _size(shape)
    unpack = zlib.decompressobj()
    try:
        pixels = len(unpack.decompress(bytes(data), expected + 1))
    except zlib.error:
        raise ValueError("签字图片已损坏") from None
    if pixels != expected:
        raise ValueError("签字图片已损坏")


def _size(shape: bytes) -> int:
    """How many bytes the unpacked pixels take. Raises ValueError for a shape no signature has."""
    if len(shape) != 13:
        raise ValueError("签字图片已损坏")
    width, height, depth, colour, packing, filtering, interlaced = struct.unpack(">IIBBBBB", shape)
    if not 0 < width <= MOST_SIDE or not 0 < height <= MOST_SIDE or width * height > MOST_PIXELS:
        raise ValueError(f"签字图片过大，每边最多 {MOST_SIDE} 像素、共 {MOST_PIXELS // 10_000} 万像素")
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or packing or filtering or interlaced:
        raise ValueError("签字图片须为普通 PNG")
    return int(height * (1 + (width * _CHANNELS[colour] * depth + 7) // 8))
