"""A new password for whoever has lost theirs: by mail, or by a link that an administrator makes."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.forms import EmailField, EmailInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy

from labelling.guessing import count_request_for_reset
from labelling.links import reset_link
from labelling.models import User
from labelling.pages.accounts import sign_in
from labelling.services.mail import mail_later
from labelling.services.people import note_password_reset


class ResetForm(PasswordResetForm):
    """Where the link shall go."""

    email = EmailField(
        label="E-mail address",
        max_length=254,
        widget=EmailInput(attrs={"autocomplete": "email"}),
    )


class AskForReset(PasswordResetView):
    """Answers in the same words, and as quickly, whether or not anybody has the address."""

    form_class = ResetForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"sends_mail": settings.SENDS_MAIL}

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        address = form.cleaned_data["email"]
        if count_request_for_reset(self.request, address) and settings.SENDS_MAIL:
            for person in form.get_users(address):
                send_reset(self.request, person)
        return HttpResponseRedirect(self.get_success_url())


class Reset(PasswordResetConfirmView):
    """Sets the new password, ends every session and token that there is, and signs in here.

    So a link helps also while strangers guess at the name, and the browser is known from then on.
    """

    success_url = reverse_lazy("home")

    def get_user(self, uidb64: str) -> Any:
        person = super().get_user(uidb64)
        return person if person is not None and person.is_active else None

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:  # type: ignore[type-arg]
        answer = super().form_valid(form)
        note_password_reset(person_id=form.user.pk)
        sign_in(self.request, answer, form.user)
        messages.success(
            self.request, "Your new password is set. You are signed out everywhere else."
        )
        return answer


def send_reset(request: HttpRequest, person: User) -> None:
    mail_later(
        "registration/password_reset_mail.txt",
        to=person.email,
        name=person.get_username(),
        link=reset_link(request, person, default_token_generator.make_token(person)),
        hours=settings.PASSWORD_RESET_TIMEOUT // 3600,
    )
