"""What a page may do that carries everything with it: draw its own style and pictures, no more.

On the site a header holds it to that, in a saved file its own ``<meta>``.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

from csp.constants import NONE

Policy = Mapping[str, list[str]]
ONLY_IN_A_HEADER = ("frame-ancestors",)  # https://www.w3.org/TR/CSP3/#meta-element


def policy_for(style: str) -> dict[str, list[str]]:
    """Let one style element apply, known by the hash of its text, and pictures that it carries."""
    return {
        "default-src": [NONE],
        "style-src": [hash_source(style)],
        "img-src": ["data:"],
        "base-uri": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [NONE],
    }


def hash_source(text: str) -> str:
    """The name of an inline element in a policy: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def meta(policy: Policy) -> str:
    """The policy as a page says it itself."""
    said = {name: values for name, values in policy.items() if name not in ONLY_IN_A_HEADER}
    return "; ".join(f"{name} {' '.join(values)}" for name, values in said.items())
