"""Reads one picture in a process of its own, and writes it anew: `python picture_worker.py FILE OUT THUMBNAIL`.

The file came from outside, so nothing of it is trusted: this process has its own limits of memory and time, and nothing
of the picture survives but its pixels, so neither place nor camera (EXIF). Answers one line of JSON: `width` and
`height` of what was written, or `refused` with the reason for the screen. Knows Pillow and nothing of the product.
"""

import contextlib
import json
import resource
import sys
import warnings
from typing import Any

import pillow_heif
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
READ_AS = {*FORMATS, "MPO"}
"""MPO: a JPEG with a second picture behind it, as many phones write it."""

MAX_PIXELS = 65_000_000
LONGEST = 2560
THUMBNAIL = 320
KEPT_PROFILE = 16 * 1024
MEMORY = 2 * 1024**3
SECONDS = 30

BOMB = f"图片像素过多（最多 {MAX_PIXELS // 10_000} 万像素），请缩小后再传"
BROKEN = "图片不完整或已损坏，无法读取"
MOVING = "动图请另存为静态图片后再传"


class RefusedPicture(Exception):
    """Its text is for the screen."""


def render(source: str, out: str, thumbnail: str) -> tuple[int, int]:
    """Writes picture and thumbnail as JPEG. The new width and height. Raises RefusedPicture."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pillow_heif.register_heif_opener(thumbnails=False)
    try:
        with Image.open(source, formats=FORMATS) as picture:
            made = _upright(picture)
        profile = made.info.get("icc_profile") or b""
        made.info.clear()
        keep: dict[str, Any] = {"icc_profile": profile} if 0 < len(profile) <= KEPT_PROFILE else {}
        made.save(out, "JPEG", quality=85, optimize=True, **keep)
        small = made.copy()
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        small.save(thumbnail, "JPEG", quality=75, **keep)
    except RefusedPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise RefusedPicture(BOMB) from None
    except Exception:
        raise RefusedPicture(BROKEN) from None
    return made.size


def _upright(picture: Image.Image) -> Image.Image:
    """Decoded to the last line, turned as it was held, no longer than allowed, on white where it was transparent."""
    if picture.format not in READ_AS:
        raise RefusedPicture(BROKEN)
    if picture.width * picture.height > MAX_PIXELS:
        raise RefusedPicture(BOMB)
    if picture.format in ("GIF", "WEBP", "PNG") and getattr(picture, "is_animated", False):
        raise RefusedPicture(MOVING)
    profile = picture.info.get("icc_profile") if picture.mode == "RGB" else None
    if picture.format in ("JPEG", "MPO"):
        picture.draft("RGB", (LONGEST, LONGEST))
    picture.load()
    ImageOps.exif_transpose(picture, in_place=True)
    clear = picture.has_transparency_data
    made = picture.convert("RGBA" if clear else "RGB")
    made.thumbnail((LONGEST, LONGEST))
    if clear:
        white = Image.new("RGB", made.size, "white")
        white.paste(made, mask=made.getchannel("A"))
        made = white
    if profile:
        made.info["icc_profile"] = profile
    return made


def main(source: str, out: str, thumbnail: str) -> int:
    # Not every system takes every limit; the one who started this ends it after its time in any case.
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    try:
        width, height = render(source, out, thumbnail)
    except RefusedPicture as refused:
        sys.stdout.write(json.dumps({"refused": str(refused)}))
    else:
        sys.stdout.write(json.dumps({"width": width, "height": height}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
