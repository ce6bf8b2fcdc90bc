"""Content credentials: who speaks for the picture, and whether the signature fits it."""

import logging
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from classifier.detector.provenance import Clue, Kind, Says, credentials, read_provenance
from tests.classifier.detector.provenance.files import chunk, png, segment
from tests.classifier.detector.provenance.signing import PERSON, SIGNER, action, signed
from tests.labelling.pictures import noise, plain

FITS = " The signature fits the picture. Whether the signer is who the name says was not checked."
CAPTURED = [action("created", "digitalCapture", "Example One")]
GENERATED = [action("created", "trainedAlgorithmicMedia", "Example Dreamer")]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_signature_that_fits_is_verified(kind: str) -> None:
    picture = signed(noise(kind=kind), f"image/{kind.lower()}", CAPTURED)
    assert read_provenance(picture) == (
        Clue(
            kind=Kind.CREDENTIALS,
            says=Says.HUMAN,
            tool="Example One",
            where=f"C2PA manifest, signed by {SIGNER}",
            verified=True,
            sentence="The content credentials say that the picture was taken with a digital camera "
            "(Example One)." + FITS,
        ),
    )


def test_a_picture_that_was_changed_afterwards_only_declares() -> None:
    picture = bytearray(signed(noise(), "image/jpeg", GENERATED))
    picture[-100] ^= 1
    (clue,) = read_provenance(bytes(picture))
    assert (clue.says, clue.verified) == (Says.AI, False)
    assert clue.sentence == (
        "The content credentials say that the picture was made by generative AI (Example Dreamer). "
        "The signature is not valid: the picture was changed after it was signed."
    )


def test_a_manifest_that_was_moved_to_another_picture_only_declares() -> None:
    donor = signed(plain(0), "image/png", CAPTURED)
    start = donor.index(b"caBX") - 4
    length = 12 + int.from_bytes(donor[start : start + 4], "big")
    (clue,) = read_provenance(png(donor[start : start + length]))
    assert (clue.says, clue.verified) == (Says.HUMAN, False)
    assert "the picture was changed after it was signed" in clue.sentence


def test_a_camera_that_signs_what_it_appends_is_verified() -> None:
    """Phones hang a second picture behind the first and sign the whole file."""
    whole = signed(noise(), "image/jpeg", CAPTURED)
    appended = signed(noise() + noise(2), "image/jpeg", CAPTURED)
    assert appended.endswith(noise(2))
    for picture in (whole, appended):
        assert [clue.verified for clue in read_provenance(picture)] == [True]


def made_from(relationship: str, part: bytes) -> Clue:
    """The clue of a signed picture that another one led to, or was put into."""
    steps = [action("created", "composite"), action("placed", on_part=True)]
    if relationship == "parentOf":
        steps = [action("opened", on_part=True)]
    (clue,) = read_provenance(signed(noise(1), "image/jpeg", steps, part=(relationship, part)))
    assert clue.verified
    return clue


def test_credentials_that_say_nothing_of_the_origin_are_neutral() -> None:
    clue = made_from("parentOf", noise())
    assert (clue.says, clue.tool) == (Says.NEUTRAL, "")
    assert clue.sentence == (
        "The file carries content credentials, which do not say how the picture was made." + FITS
    )


def test_credentials_that_break_the_rules_only_declare() -> None:
    actions = [action("created"), action("edited", "trainedAlgorithmicMedia")]
    (clue,) = read_provenance(signed(noise(), "image/jpeg", actions))
    assert (clue.says, clue.verified) == (Says.AI, False)
    assert clue.sentence.endswith(
        "The signature is not valid: the credentials do not keep to the rules of C2PA."
    )


def test_ai_speaks_from_every_part_and_a_camera_only_from_the_pictures_own_past() -> None:
    captured = signed(noise(2), "image/jpeg", CAPTURED)
    generated = signed(noise(2), "image/jpeg", GENERATED)

    assert (made_from("parentOf", captured).says, made_from("componentOf", captured).says) == (
        Says.HUMAN,
        Says.NEUTRAL,
    )
    for relationship in ("parentOf", "componentOf"):
        clue = made_from(relationship, generated)
        assert (clue.says, clue.tool) == (Says.AI, "Example Dreamer")


def test_ai_outweighs_a_camera_in_one_manifest() -> None:
    actions = [*CAPTURED, action("edited", "compositeWithTrainedAlgorithmicMedia", "Filler")]
    (clue,) = read_provenance(signed(noise(), "image/jpeg", actions))
    assert (clue.says, clue.tool) == (Says.AI, "Filler")
    assert "was changed in parts by generative AI (Filler)." in clue.sentence


def test_no_person_is_named() -> None:
    (clue,) = read_provenance(signed(noise(), "image/jpeg", CAPTURED))
    assert PERSON not in repr(clue)


UNREADABLE = Clue(
    kind=Kind.CREDENTIALS,
    says=Says.NEUTRAL,
    tool="",
    where="C2PA manifest",
    verified=False,
    sentence="The file carries content credentials, but they could not be read.",
)


@pytest.mark.parametrize(
    "picture",
    [
        png(chunk(b"caBX", b"")),
        png(chunk(b"caBX", b"\xff" * 5000)),
        png(chunk(b"caBX", b"\0\0\0\x1ejumb\0\0\0\x16jumdc2pa" + bytes(40))),
        signed(plain(), "image/png", CAPTURED).replace(b"jumb", b"jumd"),
    ],
)
def test_a_broken_manifest_is_neutral(picture: bytes) -> None:
    # A checksum that no longer fits leaves the chunk out; else it is there and unreadable.
    assert read_provenance(picture) in ((UNREADABLE,), ())


def test_other_boxes_in_the_same_segments_are_no_credentials(monkeypatch) -> None:
    monkeypatch.setattr(credentials, "_report", pytest.fail)
    picture = noise()
    boxed = picture[:2] + segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x20jumb" + bytes(24)) + picture[2:]
    assert read_provenance(boxed) == ()


def test_without_a_manifest_no_process_is_started(monkeypatch) -> None:
    monkeypatch.setattr(subprocess, "run", pytest.fail)
    for kind in ("JPEG", "PNG", "WEBP"):
        assert read_provenance(noise(kind=kind)) == ()


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "raise SystemExit('trouble')",
        "print('no JSON')",
        "print('[]')",
        "print('{}')",
        'print(\'{"validation_state": "Valid"}\')',
        'print(\'{"validation_state": "Valid", "active_manifest": "a", "manifests": {"a": 3}}\')',
        "import c2pa_is_not_installed",
    ],
)
def test_a_reader_that_hangs_crashes_or_babbles_takes_nothing_down(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reader = tmp_path / "reader.py"
    reader.write_text(program)
    monkeypatch.setattr(credentials, "READER", reader)
    monkeypatch.setattr(credentials, "TIMEOUT", 1.0)
    assert read_provenance(signed(plain(), "image/png", CAPTURED)) == (UNREADABLE,)


def test_the_process_sees_no_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog
) -> None:
    reader = tmp_path / "reader.py"
    reader.write_text("import os; raise SystemExit(1 if 'AIVH_SECRET_KEY' in os.environ else 7)")
    monkeypatch.setenv("AIVH_SECRET_KEY", "secret")
    monkeypatch.setattr(credentials, "READER", reader)
    with caplog.at_level(logging.WARNING):
        read_provenance(signed(plain(), "image/png", CAPTURED))
    assert "exit status 7" in caplog.text


def test_no_manifest_is_fetched_from_elsewhere() -> None:
    """A file can say that its manifest lies at some address, which a worker must not visit."""
    visits: list[str] = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/manifest.c2pa"
    try:
        picture = remote(address)
        assert address.encode() in picture
        assert read_provenance(picture) == ()
        # The same question put to the process itself, which is not asked where nothing is embedded.
        subprocess.run(
            [sys.executable, "-I", credentials.READER, "image/png", str(len(picture))],
            input=picture,
            capture_output=True,
            env=dict(os.environ),
            check=False,
        )
    finally:
        server.shutdown()
        server.server_close()
    assert visits == []


def remote(address: str) -> bytes:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:dcterms="http://purl.org/dc/terms/" '
        f'dcterms:provenance="{address}"/></rdf:RDF></x:xmpmeta>'
    )
    return png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet.encode()))
