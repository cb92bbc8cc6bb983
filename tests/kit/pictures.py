"""Files as phones and scanners make them, and as nobody should send them."""

import struct
import zlib
from base64 import b64encode
from io import BytesIO

import pillow_heif
from PIL import Image

PLACE = 0x8825
ORIENTATION = 0x0112


def photo(
    width: int = 600, height: int = 400, *, form: str = "JPEG", turned: bool = False, place: bool = False
) -> bytes:
    """A picture whose left half is red and right half blue; `turned`: the phone was held upright."""
    picture = Image.new("RGB", (width, height), "blue")
    picture.paste("red", (0, 0, width // 2, height))
    exif = Image.Exif()
    if turned:
        exif[ORIENTATION] = 6
    if place:
        exif.get_ifd(PLACE).update({1: "N", 2: (39.0, 54.0, 20.0), 3: "E", 4: (116.0, 23.0, 29.0)})
    out = BytesIO()
    if form == "HEIC":
        pillow_heif.from_pillow(picture).save(out, quality=60)
    else:
        picture.save(out, form, **({"exif": exif} if form == "JPEG" else {}))
    return out.getvalue()


def moving_gif() -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "green")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def png_bomb(side: int = 30_000) -> bytes:
    """A few KB that unpack to a picture of `side` by `side`."""
    row = b"\x00" + b"\x00" * (side // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return png(struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0), data)


def png(header: bytes, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def drawn_name(width: int = 300, height: int = 120) -> bytes:
    """What a signature field gives: strokes on a transparent ground."""
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (20, 50, width - 20, 56))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def data_url(image: bytes) -> str:
    return "data:image/png;base64," + b64encode(image).decode()


def noisy_name() -> bytes:
    """A signature of more than 100 KB, as a large screen may give it."""
    out = BytesIO()
    Image.effect_noise((360, 300), 80).save(out, "PNG")
    return out.getvalue()
