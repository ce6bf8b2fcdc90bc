"""Content credentials, signed here and now by an organisation that does not exist."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from c2pa import Builder, C2paSignerInfo, C2paSigningAlg, Context, Settings, Signer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER = "Example Cameras"
PERSON = "Jane Q. Photographer"  # in the certificate, and to be shown nowhere
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
UNCHECKED = {"verify": {"verify_after_sign": False, "remote_manifest_fetch": False}}


PART = "part"


def action(
    kind: str, source: str = "", agent: str = "Example Maker", *, on_part: bool = False
) -> dict[str, Any]:
    """An action of a manifest; ``source`` is a word of the IPTC's vocabulary."""
    said: dict[str, Any] = {"digitalSourceType": SOURCE + source} if source else {}
    if on_part:
        said["parameters"] = {"ingredientIds": [PART]}
    return {"action": f"c2pa.{kind}", "softwareAgent": {"name": agent}, **said}


def signed(
    picture: bytes,
    content_type: str,
    actions: list[dict[str, Any]],
    *,
    part: tuple[str, bytes] | None = None,
) -> bytes:
    """The picture with a manifest in it; ``part`` is a relationship and a JPEG."""
    manifest = {
        "claim_generator_info": [{"name": "aivh tests", "version": "1"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }
    context = Context(Settings.from_dict(UNCHECKED))
    builder = Builder(json.dumps(manifest), context=context)
    if part is not None:
        told = {"title": PART, "label": PART, "relationship": part[0]}
        builder.add_ingredient(json.dumps(told), "image/jpeg", BytesIO(part[1]))
    target = BytesIO()
    builder.sign(_signer(), content_type, BytesIO(picture), target)
    return target.getvalue()


def _signer() -> Signer:
    chain, key = _certificates()
    return Signer.from_info(C2paSignerInfo(C2paSigningAlg.ES256, chain, key, None))


def _certificates() -> tuple[bytes, bytes]:
    """A chain of two in PEM, the signer's first, and the signer's key."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ends = datetime.now(UTC) + timedelta(days=30)
    root = _certificate("Example Root", root_key, "Example Root", root_key, ends, root=True)
    leaf = _certificate(PERSON, key, "Example Root", root_key, ends, root=False)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return leaf.public_bytes(pem) + root.public_bytes(pem), secret


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    ends: datetime,
    *,
    root: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(not root, False, False, False, False, root, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=60))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SIGNER),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
