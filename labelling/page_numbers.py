"""Lists on pages, by number. What is none leads to the first, a number too great to the last."""

from typing import Any

from django.core import paginator

from labelling.numerals import whole_number


class Paginator(paginator.Paginator):  # type: ignore[type-arg]  # takes none when it runs
    def validate_number(self, number: Any) -> int:
        read = whole_number(str(number))
        if read is None:
            raise paginator.PageNotAnInteger("This is no number of a page.")
        return super().validate_number(read)
