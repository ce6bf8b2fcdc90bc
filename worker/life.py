"""Reading the life of a version: what moved it, its time in shadow, its time under watch."""

from dataclasses import dataclass

from classifier.models import ModelVersion, VersionChange
from classifier.queries import production_version, versions_before
from labelling.permissions import Person, may_administer
from worker.models import ShadowTrial, Watch


@dataclass(frozen=True)
class Life:
    """Everything that happened to one version, the newest first."""

    changes: list[VersionChange]
    trials: list[ShadowTrial]
    watches: list[Watch]


@dataclass(frozen=True)
class Standing:
    """What answers, what one can go back to, and what is being tried; each may be missing."""

    live: ModelVersion | None
    before: ModelVersion | None
    trial: ShadowTrial | None
    watch: Watch | None


def life_of(version: ModelVersion) -> Life:
    """Three queries."""
    return Life(
        changes=list(version.changes.all()),
        trials=list(version.trials.select_related("champion")),
        watches=list(version.watches.select_related("before")),
    )


def standing() -> Standing:
    """Four queries, however many versions there are."""
    live = production_version()
    trials = ShadowTrial.objects.filter(state=ShadowTrial.State.RUNNING)
    watches = Watch.objects.filter(state=Watch.State.WATCHING)
    return Standing(
        live=live,
        before=versions_before(live).first() if live else None,
        trial=trials.select_related("version", "champion").first(),
        watch=watches.select_related("version", "before").first(),
    )


def may_return_to(person: Person, version: ModelVersion) -> bool:
    """Whether this person may let this version answer again."""
    return version.state == ModelVersion.State.ARCHIVED and may_administer(person)
