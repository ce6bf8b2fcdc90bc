"""The mail of each Monday about the week that is over."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from worker.beside import beside
from worker.channels import administrators
from worker.models import WeeklyMail
from worker.weekly.report import Report, report_of
from worker.weekly.week import Week
from worker.weekly.weeks import weeks

log = logging.getLogger(__name__)

HOUR = 7  # of Monday morning, in the site's time zone
TRIES = 5
PAUSE = timedelta(hours=1)
SECONDS = 10.0  # that the mail server may take


def send_weekly_mail(*, now: datetime | None = None) -> bool:
    """Send the report of the week that is over, if it is time and nobody has; say whether it went.

    Safe beside another one who does the same: each try is claimed by a conditional UPDATE. One
    that does not arrive is tried again an hour later; where we die between sending and noting it,
    it goes twice.
    """
    now = now or timezone.now()
    week = Week.of(now).before
    if not (settings.WEEKLY_MAIL and settings.SENDS_MAIL) or now < _due(week):
        return False
    to = administrators()
    if not to or week not in weeks() or not _claim(week, now):
        return False
    sending = beside(mail_of(report_of(week), to).send)
    try:
        sending.result(SECONDS)
    except (OSError, SMTPException) as error:  # a TimeoutError is an OSError
        log.warning("The weekly report was not sent: %s", type(error).__name__)
        return False
    WeeklyMail.objects.filter(monday=week.monday).update(sent_at=timezone.now())
    return True


def mail_of(report: Report, to: list[str]) -> EmailMultiAlternatives:
    """Plain text, with the same as HTML that loads nothing from elsewhere."""
    url = settings.SITE_URL + report.week.get_absolute_url() if settings.SITE_URL else ""
    context = {"report": report, "url": url}
    text = render_to_string("worker/weekly_mail.txt", context).strip() + "\n"
    mail = EmailMultiAlternatives(f"[aivh] Report of {report.week}", text, None, to)
    mail.attach_alternative(render_to_string("worker/weekly_mail.html", context), "text/html")
    return mail


def _due(week: Week) -> datetime:
    return timezone.localtime(week.end).replace(hour=HOUR)


def _claim(week: Week, now: datetime) -> bool:
    row, _ = WeeklyMail.objects.get_or_create(monday=week.monday, defaults={"due_at": now})
    if row.sent_at or row.attempts >= TRIES or row.due_at > now:
        return False
    seen = WeeklyMail.objects.filter(pk=row.pk, attempts=row.attempts, sent_at__isnull=True)
    return bool(seen.update(attempts=F("attempts") + 1, due_at=now + PAUSE))
