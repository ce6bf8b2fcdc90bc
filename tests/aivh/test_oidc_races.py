"""One person who first comes twice at once is one account, on a SQLite file and on Postgres."""

from tests.aivh.oidc_race import SIGN_INS
from tests.races import RunModule


def test_two_first_sign_ins_of_one_person_at_once_end_in_one_account(run_module: RunModule) -> None:
    left = run_module("tests.aivh.oidc_race")

    (person,) = left["people"]
    assert person[1:] == ["sam", "sam@desk.example"]
    assert left["came"] == [[302, str(person[0])]] * SIGN_INS
    assert left["accounts"] == [[person[0], "a1"]]
    assert left["roles"] == ["Uploaders"]
    assert left["entries"] == ["person.made", "role.granted"]
