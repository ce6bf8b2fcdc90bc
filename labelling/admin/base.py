from django.db.models import Model
from django.http import HttpRequest

from classifier.admin import ReadOnlyAdmin
from labelling.permissions import may_administer


class ShownToAdministrators(ReadOnlyAdmin):
    """A list to look at, for whoever administers; no permission of its own has to be given."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_administer(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_administer(request.user)
