"""The settings, as ``manage.py check`` reads them."""

from django.core.checks import ERROR, run_checks

from aivh.doctor.finding import Doubtful, Wrong


def switches() -> str:
    """Raises Wrong where the site would not start by them, Doubtful where it would warn."""
    found = sorted(run_checks(), key=lambda message: -message.level)
    if not found:
        return "nothing to say"
    words = " ".join(str(message.msg) for message in found).removesuffix(".")
    todo = " ".join(str(message.hint or "") for message in found).strip()
    kind = Wrong if found[0].level >= ERROR else Doubtful
    raise kind(words, todo or "Correct it; `manage.py check` says the same.")
