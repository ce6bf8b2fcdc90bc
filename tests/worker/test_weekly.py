"""The weekly report: its figures, its pages, and the mail of each Monday."""

import smtplib
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from classifier.models import ModelVersion, VersionChange
from labelling.models import User
from labelling.statistics.figure import Figure, NoFigure
from tests.races import RunModule
from tests.servers.smtp import Post
from tests.worker.conftest import People
from tests.worker.race import AT_ONCE
from tests.worker.tallied import come_in, make_version
from worker.models import Alert, DriftLook, HourlyTally, TrainingRun, Watch, WeeklyMail
from worker.services import weekly_mail
from worker.services.weekly_mail import PAUSE, TRIES, send_weekly_mail
from worker.tasks import mail_week
from worker.weekly.facts import Alerted, facts_of
from worker.weekly.report import Report, report_of
from worker.weekly.week import Week
from worker.weekly.weeks import pictures_in, weeks
from worker.weekly.words import compared, counted, moved, percent, told, told_change

pytestmark = pytest.mark.django_db

WEEK = Week(date(2026, 3, 2))  # a Monday; week 10 of 2026
SEVEN = datetime(2026, 3, 9, 7, tzinfo=UTC)
ADDRESS = "/reports/weekly/2026-W10/"


def tally(what: str, key: str, count: int, *, day: int = 3, version: int = 0) -> None:
    hour = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(days=day - 1)
    HourlyTally.objects.create(hour=hour, what=what, key=key, version=version, count=count)


def go_live(number: int, at: datetime) -> ModelVersion:
    version = make_version(number)
    row = VersionChange.objects.create(version=version, after="production", reason="It is better.")
    QuerySet(VersionChange).filter(pk=row.pk).update(created_at=at)
    return version


@pytest.fixture
def lived() -> ModelVersion:
    """A week in which 120 pictures came in, after one of 100."""
    version = go_live(4, WEEK.start - timedelta(days=30))
    silent = make_version(9, ModelVersion.State.SHADOW)
    tally("image", "", 120)
    tally("image", "", 100, day=-4)
    tally("submission", "page", 80)
    tally("submission", "api", 40)
    for verdict, count in (("ai", 30), ("human", 60), ("uncertain", 10)):
        tally("verdict", verdict, count, version=4)
        tally("verdict", verdict, 7, version=silent.number)
    tally("audit", "right", 45, version=4)
    tally("audit", "wrong", 5, version=4)
    tally("audit", "wrong", 50, version=3)  # of another version
    for key, count in (("human_human", 20), ("human_ai", 1), ("human_uncertain", 4), ("ai_ai", 25)):
        tally("audit_verdict", key, count, version=4)
    tally("review", "ai", 12)
    tally("review", "human", 8)
    tally("label", "ai", 9)
    return version


def lines(report: Report) -> dict[str, tuple[str, str, str]]:
    return {
        line.name: (line.now, line.before, line.change)
        for section in report.sections
        for line in section.lines
    }


def browse(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_report_sets_each_figure_beside_the_week_before(lived: ModelVersion) -> None:
    report = report_of(WEEK)
    assert report.lead == (
        "120 pictures came in, 20 more (+20%) than the week before; the detector was right on 90% "
        "of the audit sample (79 to 96%); no alerts still open."
    )
    assert lines(report) == {
        "New pictures": ("120", "100", "20 more (+20%)"),
        "Handed in on the page": ("80", "0", "80 more"),
        "Handed in by the API": ("40", "0", "40 more"),
        "Handed in by /predict": ("0", "0", "as many"),
        "Imported": ("0", "0", "as many"),
        "Verdicts": ("100", "0", "100 more"),
        "Called AI": ("30%", "not measured", ""),
        "Called human": ("60%", "not measured", ""),
        "Left open": ("10%", "not measured", ""),
        "Right at one half": ("90% (79 to 96%, of 50)", "too few: 0 of 20", ""),
        "Answered (coverage)": ("92% (81 to 97%, of 50)", "too few: 0 of 20", ""),
        "Human pictures called AI": ("4% (1 to 20%, of 25)", "too few: 0 of 20", ""),
        "Looks at what comes in": ("0", "0", "as many"),
        "Drift alerts that began": ("0", "0", "as many"),
        "Drift alerts open at the end": ("0", "0", "as many"),
        "Other alerts that began": ("0", "0", "as many"),
        "Other alerts open at the end": ("0", "0", "as many"),
        "Retrainings that went live": ("0", "0", "as many"),
        "Retrainings that were refused": ("0", "0", "as many"),
        "Retrainings that failed": ("0", "0", "as many"),
        "Versions that were taken back": ("0", "0", "as many"),
        "Answers given": ("20", "0", "20 more"),
        "Pictures settled": ("9", "0", "9 more"),
        "Two reviewers agree": ("not measured", "not measured", ""),
        "Verdicts overruled": ("not measured", "not measured", ""),
    }


def test_what_happened_counts_in_the_week_in_which_it_did(lived: ModelVersion) -> None:
    inside, after = WEEK.end - timedelta(seconds=1), WEEK.end
    for key, raised, over in (
        ("a", inside, None), ("b", inside, inside), ("c", WEEK.start - PAUSE, after),
        ("d", after, None),
    ):  # fmt: skip
        Alert.objects.create(
            key=key, kind="drift", sentence=key, raised_at=raised, last_at=raised, resolved_at=over
        )
    Alert.objects.create(key="e", kind="queue", sentence="e", raised_at=inside, last_at=inside)
    for state, at in (("promoted", inside), ("rejected", WEEK.start), ("promoted", after)):
        TrainingRun.objects.create(state=state, finished_at=at)
    Watch.objects.create(
        version=lived, before=lived, state="returned", ends_at=after, finished_at=inside
    )
    look = DriftLook.objects.create(
        version=lived, window="labels", pictures=200, number=1, first_at=inside, last_at=inside,
        readings=[{"figure": "agreement", "after": 0.95}, {"figure": "overrides", "now": 3}],
    )  # fmt: skip
    DriftLook.objects.filter(pk=look.pk).update(created_at=inside)
    facts = facts_of(WEEK)
    assert facts.alerted == Alerted(drifts=2, drifts_open=2, others=1, others_open=1)
    assert facts.runs == {"promoted": 1, "rejected": 1, "failed": 0}
    assert (facts.returned, facts.looks, facts.agreed, facts.overruled) == (1, 1, 0.95, None)
    assert report_of(WEEK).lead.endswith(
        "3 alerts still open; 1 new version went live; 1 version was taken back."
    )


def test_accuracy_is_that_of_the_version_that_answered_then(lived: ModelVersion) -> None:
    ModelVersion.objects.update(state=ModelVersion.State.ARCHIVED)
    go_live(5, WEEK.end)
    assert (facts_of(WEEK).version, facts_of(WEEK.after).version) == (4, 5)


def test_a_week_begins_on_monday_in_the_time_zone_of_the_site(settings) -> None:
    sunday_night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert Week.of(sunday_night) == WEEK.before
    with timezone.override("Europe/Berlin"):
        assert Week.of(sunday_night) == WEEK
        assert WEEK.start == datetime(2026, 3, 1, 23, tzinfo=UTC)
        changing = Week(date(2026, 3, 23))  # clocks go forward on its Sunday
        hours = (changing.end.astimezone(UTC) - changing.start.astimezone(UTC)) // PAUSE
        assert hours == 7 * 24 - 1
    assert (WEEK.get_absolute_url(), str(WEEK), WEEK.sunday) == (
        ADDRESS, "week 10 of 2026", date(2026, 3, 8)
    )  # fmt: skip


def test_figures_in_words() -> None:
    assert [counted(n, "picture") for n in (0, 1, 1200)] == [
        "no pictures", "1 picture", "1,200 pictures",
    ]  # fmt: skip
    assert [compared(*pair) for pair in ((5, 5), (8, 0), (1001, 1000), (90, 120))] == [
        "as many", "8 more", "1 more", "30 fewer (-25%)",
    ]  # fmt: skip
    assert [moved(0.5, before) for before in (None, 0.501, 0.51, 0.3)] == [
        "", "the same", "1 point lower", "20 points higher",
    ]  # fmt: skip
    few, one = NoFigure(3, 20), Figure(0.9, 0.8, 0.95, 50)
    assert (percent(None), told(few), told_change(one, few)) == (
        "not measured", "too few: 3 of 20", ""
    )  # fmt: skip
    assert told_change(one, Figure(0.85, 0.7, 0.92, 40)) == "5 points higher, which may be chance"
    assert told_change(one, Figure(0.5, 0.4, 0.6, 90)) == "40 points higher"


def test_weeks_go_back_to_the_first_picture(people: People) -> None:
    assert weeks() == []
    assert (
        "The first week stands here"
        in browse(people.admin).get("/reports/weekly/").content.decode()
    )
    tally("image", "", 3)
    tally("image", "", 1, day=-4)
    known = weeks()
    assert (known[0], known[-1]) == (Week.of(timezone.now()), WEEK.before)
    assert len(known) == (known[0].monday - known[-1].monday).days // 7 + 1
    counts = pictures_in(known)
    assert (counts[WEEK], counts[WEEK.before], counts[WEEK.after]) == (3, 1, 0)


def test_only_administrators_read_it(people: People, lived: ModelVersion) -> None:
    for address in ("/reports/weekly/", ADDRESS):
        said = [browse(one).get(address).status_code for one in (
            people.admin, people.reviewer, people.outsider
        )]  # fmt: skip
        assert said == [200, 403, 403]
        assert Client().get(address).status_code == 302


@pytest.mark.parametrize("week", ["2026-W00", "2026-W54", "2025-W53", "2019-W01", "2099-W01"])
def test_a_week_that_is_none_is_not_found(people: People, lived: ModelVersion, week: str) -> None:
    assert browse(people.admin).get(f"/reports/weekly/{week}/").status_code == 404


def test_reading_costs_the_same_however_much_there_is(
    people: People, lived: ModelVersion, django_assert_num_queries
) -> None:
    with django_assert_num_queries(14):
        report_of(WEEK)
    for number in range(20, 40):
        tally("verdict", "ai", 5, day=number % 5 + 2, version=number)
        Alert.objects.create(
            key=f"{number}", kind="drift", sentence="?", raised_at=WEEK.start, last_at=WEEK.start
        )
    with django_assert_num_queries(14):
        report_of(WEEK)


@pytest.fixture
def mailed(people: People, lived: ModelVersion, settings) -> People:
    User.objects.update(email="")
    User.objects.filter(pk=people.admin.pk).update(email="alex@mail.example")
    User.objects.filter(pk=people.reviewer.pk).update(email="robin@mail.example")
    settings.SENDS_MAIL, settings.WEEKLY_MAIL = True, True
    settings.SITE_URL = "https://aivh.example"
    return people


def test_on_monday_at_seven_administrators_are_mailed_once(mailed: People) -> None:
    assert not send_weekly_mail(now=SEVEN - timedelta(seconds=1))
    assert send_weekly_mail(now=SEVEN)
    assert not send_weekly_mail(now=SEVEN)
    assert not send_weekly_mail(now=SEVEN + timedelta(days=6))
    [sent] = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.to, sent.subject) == (["alex@mail.example"], "[aivh] Report of week 10 of 2026")
    assert sent.body.startswith("120 pictures came in, 20 more (+20%) than the week before;")
    assert "- New pictures: 120 (week before: 100; 20 more (+20%))\n" in sent.body
    assert f"The report: https://aivh.example{ADDRESS}\n" in sent.body
    [html] = sent.alternatives
    assert html.mimetype == "text/html"
    assert not any(word in str(html.content) for word in ("<img", "<script", "<link", "url("))


def test_a_mail_server_gets_it_once_although_the_clock_asks_twice(
    mailed: People, mailing: Post, monkeypatch
) -> None:
    clock = SimpleNamespace(now=lambda: SEVEN, localtime=timezone.localtime)
    monkeypatch.setattr(weekly_mail, "timezone", clock)
    mail_week(), mail_week()
    [sent] = mailing.messages
    assert (sent["From"], sent["To"]) == ("Picture desk <desk@mail.example>", "alex@mail.example")
    assert sent["Subject"] == "[aivh] Report of week 10 of 2026"
    text, html = sent.iter_parts()
    assert text.get_content_type() == "text/plain"
    read = text.get_content().splitlines()
    assert "- New pictures: 120 (week before: 100; 20 more (+20%))" in read
    assert f"The report: https://aivh.example{ADDRESS}" in read
    assert html.get_content_type() == "text/html"
    assert "120 pictures came in, 20 more (+20%) than the week before;" in html.get_content()
    assert WeeklyMail.objects.get().sent_at == SEVEN


@pytest.mark.parametrize("name", ["WEEKLY_MAIL", "SENDS_MAIL"])
def test_switched_off_or_without_mail_there_is_only_the_page(
    mailed: People, settings, name: str
) -> None:
    setattr(settings, name, False)
    assert not send_weekly_mail(now=SEVEN)
    assert (mail.outbox, WeeklyMail.objects.count()) == ([], 0)


def test_nobody_is_mailed_of_a_week_before_the_first_picture_or_without_an_address(
    mailed: People,
) -> None:
    assert not send_weekly_mail(now=SEVEN - timedelta(days=28))
    User.objects.update(email="")
    assert not send_weekly_mail(now=SEVEN)
    assert (mail.outbox, WeeklyMail.objects.count()) == ([], 0)


def test_what_does_not_arrive_is_tried_again_after_an_hour_and_then_given_up(
    mailed: People, monkeypatch
) -> None:
    def refuse(self: EmailMultiAlternatives) -> int:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr(EmailMultiAlternatives, "send", refuse)
        for late in range(TRIES - 1):
            assert not send_weekly_mail(now=SEVEN + late * PAUSE)
            assert not send_weekly_mail(now=SEVEN + late * PAUSE + timedelta(minutes=59))
        assert WeeklyMail.objects.get().attempts == TRIES - 1
    assert send_weekly_mail(now=SEVEN + TRIES * PAUSE)
    WeeklyMail.objects.update(sent_at=None, attempts=TRIES)
    assert not send_weekly_mail(now=SEVEN + 99 * PAUSE)
    assert len(mail.outbox) == 1


def test_of_many_at_once_one_sends_it(run_module: RunModule) -> None:
    assert run_module("tests.worker.weekly_race") == {
        "True": 1, "False": AT_ONCE - 1, "sent": 1, "attempts": 1,
    }  # fmt: skip


def test_the_page_says_that_a_week_still_runs(people: People) -> None:
    come_in(timezone.now())
    HourlyTally.objects.create(hour=timezone.now(), what="image", key="", version=0, count=1)
    page = browse(people.admin).get(Week.of(timezone.now()).get_absolute_url()).content.decode()
    assert "still running, beside the whole week before" in page
