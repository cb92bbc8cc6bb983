import pytest

from services.intake.domain.files import Found, families, file_name, found_in, most_bytes, wanted

SOUND = "sound"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\xff\xd8\xff\xe0", Found("picture", "image/jpeg")),
        (b"\x89PNG\r\n\x1a\n", Found("picture", "image/jpeg")),
        (b"GIF89a", Found("picture", "image/jpeg")),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Found("picture", "image/jpeg")),
        (b"\x00\x00\x00\x18ftypheic", Found("picture", "image/jpeg")),
        (b"%PDF-1.7", Found("document", "application/pdf")),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Found("sound", "audio/wav")),
        (b"ID3\x04\x00", Found("sound", "audio/mpeg")),
        (b"\xff\xfb\x90\x00", Found("sound", "audio/mpeg")),
        (b"\x00\x00\x00\x1cftypM4A ", Found("sound", "audio/mp4")),
        (b"\x00\x00\x00\x183gp4ftyp", None),
        (b"\x00\x00\x00\x18ftyp3gp4", Found("sound", "audio/mp4")),
        (b"#!AMR\n", Found("sound", "audio/amr")),
        (b"#!AMR-WB\n", Found("sound", "audio/amr-wb")),
        (b"\xff\xf1\x50\x80", Found("sound", "audio/aac")),
        (b"\xff\xff\xff\xff", None),
        (b"\xff\xfe<\x00", None),
        (b"<svg xmlns", None),
        (b"<!doctype html>", None),
        (b" %PDF-1.7", None),
        (b"PK\x03\x04", None),
        (b"MZ\x90\x00", None),
        (b"\x00\x00\x00\x18ftypqt  ", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, found: Found | None) -> None:
    assert found_in(head) == found


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("IMG_1.HEIC", "IMG_1.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\fakepath\\照片 1.png", "照片 1.jpg"),
        ("/", "photo.jpg"),
        (None, "photo.jpg"),
        ("  ..  ", "photo.jpg"),
        ("a\r\nSet-Cookie: x\x00.jpg", "aSet-Cookie x.jpg"),
        ("gpj.\u202eexe", "gpj.jpg"),
        ("水" * 400 + ".jpg", "水" * 150 + ".jpg"),
        ('"<b>".jpg', "b.jpg"),
        ("half\ud800.png", "half.jpg"),
    ],
)
def test_a_name_is_no_path_and_ends_as_what_is_kept(given: str | None, kept: str) -> None:
    assert file_name(given, "photo", "image/jpeg") == kept


def test_each_kind_says_what_it_takes() -> None:
    assert families("photo") == families("signature") == ("picture",)
    assert families("recording") == (SOUND,)
    assert families("letter") == ("picture", "document")
    assert (most_bytes("photo"), most_bytes("letter")) == (10 * 1024**2, 20 * 1024**2)
    assert "PDF" in wanted("material")
    assert "PDF" not in wanted("photo")
