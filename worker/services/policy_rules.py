"""What a policy decides. Pure: its rules and some figures in, a decision in words out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from worker.models import PolicyEvaluation, RetrainingPolicy, Trigger

Verdict = PolicyEvaluation.Decision

A_DAY = timedelta(days=1)
AFTER_A_FAILURE = timedelta(minutes=10)


@dataclass(frozen=True)
class Figures:
    """What a policy looks at. Times are aware, in the site's time zone.

    ``due_at`` is when the schedule is next due, ``failures`` how many retrainings failed in a row,
    ``minutes`` what was trained this month.
    """

    now: datetime
    live_version: int | None
    under_way: bool = False
    new_ai: int = 0
    new_human: int = 0
    due_at: datetime | None = None
    drift_at: datetime | None = None
    audit_labels: int = 0
    audit_right: int = 0
    last_ended_at: datetime | None = None
    failures: int = 0
    minutes: float = 0.0

    @property
    def new(self) -> int:
        return self.new_ai + self.new_human

    def to_dict(self) -> dict[str, Any]:
        """For a JSON field; times in ISO 8601."""
        return {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Decision:
    """``reason`` is one word for programs; ``passing`` says that time alone may change it."""

    verdict: str
    reason: str
    sentence: str
    trigger: str = ""
    passing: bool = False

    @property
    def retrain(self) -> bool:
        return self.verdict == Verdict.RETRAIN


@dataclass(frozen=True)
class Look:
    """What one rule says: whether it asks for a retraining, and why or why not."""

    asks: bool
    words: str


@dataclass(frozen=True)
class Obstacle:
    """What holds a retraining back that a rule asks for."""

    reason: str
    words: str
    passing: bool = False


def decide(policy: RetrainingPolicy, figures: Figures) -> Decision:
    """One rule that asks is enough, unless something holds it back; the first is the trigger."""
    if not policy.enabled:
        return refuse(Obstacle("paused", "the policy is paused"))
    looks = {trigger: look for trigger, rule in RULES if (look := rule(policy, figures))}
    asking = {trigger: look.words for trigger, look in looks.items() if look.asks}
    if not asking:
        waiting = "; ".join(look.words for look in looks.values())
        return refuse(Obstacle("waiting", waiting or "none of its rules is switched on"))
    trigger, why = next(iter(asking)), " and ".join(asking.values())
    for obstacle in (check(policy, figures) for check in OBSTACLES):
        if obstacle:
            return refuse(obstacle, trigger, why)
    return Decision(Verdict.RETRAIN, "asked", f"Began to retrain because {why}.", trigger)


def refuse(obstacle: Obstacle, trigger: str = "", why: str = "") -> Decision:
    though = f", though {why}," if why else ""
    sentence = f"Did not retrain{though} because {obstacle.words}."
    return Decision(Verdict.REFUSE, obstacle.reason, sentence, trigger, obstacle.passing)


# --- the rules ---------------------------------------------------------------------------------


def by_labels(policy: RetrainingPolicy, figures: Figures) -> Look | None:
    if policy.min_new_labels is None:
        return None
    if figures.new < policy.min_new_labels:
        return Look(False, f"{figures.new} of {labels(policy.min_new_labels)} are in")
    fewest, name = min((figures.new_ai, "AI"), (figures.new_human, "human"))
    if fewest < policy.min_per_class:
        return Look(
            False,
            f"{fewest} of the {labels(figures.new)} {be(fewest)} {name}, "
            f"and {policy.min_per_class} of each class are needed",
        )
    each = f"{figures.new_ai} AI, {figures.new_human} human"
    return Look(True, f"{labels(figures.new)} are in ({each})")


def by_schedule(policy: RetrainingPolicy, figures: Figures) -> Look | None:
    if figures.due_at is None:
        return None
    if figures.due_at > figures.now:
        return Look(False, f"the schedule is next due on {when(figures.due_at)}")
    return Look(True, f"the schedule was due on {when(figures.due_at)}")


def by_drift(policy: RetrainingPolicy, figures: Figures) -> Look | None:
    if not policy.on_drift:
        return None
    if figures.drift_at is None:
        return Look(False, "no drift was alerted")
    return Look(True, f"drift was alerted on {when(figures.drift_at)}")


def by_accuracy(policy: RetrainingPolicy, figures: Figures) -> Look | None:
    if policy.accuracy_floor is None:
        return None
    if figures.audit_labels < policy.accuracy_min_labels:
        least = policy.accuracy_min_labels
        return Look(False, f"{figures.audit_labels} of {least} audit labels are in to judge by")
    right = figures.audit_right / figures.audit_labels
    below = right < policy.accuracy_floor
    return Look(
        below,
        f"the live version is right on {right:.1%} of {figures.audit_labels} audit pictures, "
        f"{'below' if below else 'not below'} the floor of {policy.accuracy_floor:.1%}",
    )


RULES: tuple[tuple[str, Callable[[RetrainingPolicy, Figures], Look | None]], ...] = (
    (Trigger.LABELS, by_labels),
    (Trigger.SCHEDULE, by_schedule),
    (Trigger.ACCURACY, by_accuracy),
    (Trigger.DRIFT, by_drift),
)


# --- what holds it back ------------------------------------------------------------------------


def no_version(policy: RetrainingPolicy, figures: Figures) -> Obstacle | None:
    if figures.live_version is None:
        return Obstacle("no_version", "no version answers yet, so there is none to start from")
    return None


def too_little(policy: RetrainingPolicy, figures: Figures) -> Obstacle | None:
    """Also a schedule or an alert needs something to learn from."""
    least = max(1, policy.min_per_class)
    if figures.new >= least:
        return None
    words = f"only {figures.new} of the least of {labels(least)} are in"
    return Obstacle("too_little", words if figures.new else "nothing was settled since it learned")


def under_way(policy: RetrainingPolicy, figures: Figures) -> Obstacle | None:
    if figures.under_way:
        return Obstacle("under_way", "a retraining is under way already", passing=True)
    return None


def cool_down(policy: RetrainingPolicy, figures: Figures) -> Obstacle | None:
    """After each failure in a row it waits twice as long, at most a day."""
    if figures.last_ended_at is None:
        return None
    pause = timedelta(minutes=policy.cool_down_minutes)
    if figures.failures:
        doubled: timedelta = max(pause, AFTER_A_FAILURE) * 2 ** min(figures.failures - 1, 10)
        pause = max(pause, min(doubled, A_DAY))
    until = figures.last_ended_at + pause
    if until <= figures.now:
        return None
    ended = f"the last one {'failed' if figures.failures else 'ended'} on"
    words = f"{ended} {when(figures.last_ended_at)} and it waits until {when(until)}"
    return Obstacle("cool_down", words, passing=True)


def over_budget(policy: RetrainingPolicy, figures: Figures) -> Obstacle | None:
    budget = policy.monthly_minutes
    if budget is None or figures.minutes < budget:
        return None
    words = f"{figures.minutes:.0f} of the {budget} minutes for this month are used up"
    return Obstacle("budget", words)


OBSTACLES = (no_version, too_little, under_way, cool_down, over_budget)


def labels(count: int) -> str:
    return "1 new label" if count == 1 else f"{count} new labels"


def be(count: int) -> str:
    return "is" if count == 1 else "are"


def when(moment: datetime) -> str:
    return f"{moment:%-d %b at %H:%M}"
