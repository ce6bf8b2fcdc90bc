"""Pictures in folders named after the classes come in with their label, each with an outcome."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from classifier.errors import NotAllowed, PictureRefused
from classifier.vocabulary import Label
from labelling.import_journal import Journal
from labelling.importable import candidates, label_of
from labelling.models import Image, Review, Submission, User
from labelling.models import Label as SettledLabel
from labelling.services import importing
from labelling.services.importing import Outcome, import_picture
from labelling.services.review import record_review, undo_last_review
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise, truncated_jpeg
from tests.labelling.traces import stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """A folder with two pictures of each class, under names of a data set, and what is none."""
    root = tmp_path / "classes"
    files = {
        "AI/deep/one.jpg": noise(1),
        "fake/two.jpg": noise(2),
        "Human/three.jpg": noise(3),
        "real/four.PNG": noise(4, kind="PNG"),
        "real/broken.jpg": truncated_jpeg(),
        "real/notes.txt": b"not a picture",
        "real/.DS_Store": b"hidden",
        "unsorted/five.jpg": noise(5),
        "six.jpg": noise(6),
    }
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def run(source: object, by: User, journal: Path, *more: str) -> tuple[int, str, str]:
    """Run the command and return its exit code, its words and its complaints."""
    out, err = io.StringIO(), io.StringIO()
    arguments = ["import_folder", str(source), "--by", by.username, "--journal", str(journal)]
    try:
        call_command(*arguments, *more, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_each_file_gets_its_label_or_its_reason(
    classes: Path, administrator: User, tmp_path: Path
) -> None:
    code, out, err = run(classes, administrator, tmp_path / "j.jsonl")

    assert code == 1
    labels = SettledLabel.objects.values_list("image__submissions__filename", "value", "gold")
    assert sorted(labels) == [
        ("four.PNG", "human", False),
        ("one.jpg", "ai", False),
        ("three.jpg", "human", False),
        ("two.jpg", "ai", False),
    ]
    assert "      4  imported" in out
    assert "      4  failed" in out
    lines = [json.loads(line) for line in (tmp_path / "j.jsonl").read_text().splitlines()]
    assert {line["name"]: line["code"] for line in lines} == {
        "AI/deep/one.jpg": "",
        "fake/two.jpg": "",
        "Human/three.jpg": "",
        "real/four.PNG": "",
        "real/broken.jpg": "corrupt_picture",
        "real/notes.txt": "unsupported_type",
        "unsorted/five.jpg": "no_class",
        "six.jpg": "no_class",
    }
    assert "real/notes.txt: This is not a JPEG, PNG or WebP picture. (unsupported_type)" in err
    assert len(stored_files()) == Image.objects.count() == 4


def test_the_label_stands_on_a_vote_of_the_person_named(administrator: User) -> None:
    assert import_one(administrator) is Outcome.IMPORTED
    submission, review = Submission.objects.get(), Review.objects.get()
    assert (submission.channel, submission.submitter) == ("import", None)
    assert (review.reviewer, review.answer) == (administrator, "ai")

    undo_last_review(reviewer=administrator)

    assert not SettledLabel.objects.exists()


def import_one(by: User, label: Label = Label.AI) -> Outcome:
    return import_picture(data=noise(1), filename="a.jpg", label=label, by=by)


def test_what_is_imported_is_never_an_audit_sample(administrator: User, settings) -> None:
    settings.AUDIT_SHARE = 1.0
    import_one(administrator)
    assert not Image.objects.get().audit


def test_a_picture_of_the_audit_sample_stays_in_it(
    administrator: User, outsider: User, settings
) -> None:
    settings.AUDIT_SHARE = 1.0
    submit_image(
        data=noise(1), filename="b.jpg", channel=Submission.Channel.PAGE, submitter=outsider
    )
    assert import_one(administrator) is Outcome.LABELLED
    assert Image.objects.get().audit


def test_twice_is_as_good_as_once(administrator: User) -> None:
    assert import_one(administrator) is Outcome.IMPORTED
    assert import_one(administrator) is Outcome.KNOWN
    assert import_one(administrator, Label.HUMAN) is Outcome.CONFLICT
    assert (Submission.objects.count(), Review.objects.count()) == (1, 1)
    assert SettledLabel.objects.get().value == "ai"


def test_an_import_outvotes_nobody(administrator: User, reviewer: User) -> None:
    image = submit_image(
        data=noise(1), filename="b.jpg", channel=Submission.Channel.PAGE, submitter=None
    ).image
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    assert SettledLabel.objects.get().value == "human"

    assert import_one(administrator) is Outcome.LABELLED

    assert not SettledLabel.objects.exists()  # two people disagree, so nothing is settled


@pytest.mark.parametrize("who", ["reviewer", "second_reviewer", "outsider"])
def test_only_administrators_import(who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed):
        import_one(request.getfixturevalue(who))
    assert not Image.objects.exists()
    assert stored_files() == []


def test_a_vote_that_cannot_be_written_leaves_no_picture(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(importing, "record_review", broken)
    with pytest.raises(RuntimeError):
        import_one(administrator)
    assert not Image.objects.exists()
    assert not Submission.objects.exists()


def test_an_import_goes_on_where_it_was_stopped(
    classes: Path, administrator: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, honest = tmp_path / "j.jsonl", importing.submit_image
    asked: list[object] = []

    def third_is_the_last(**options: object) -> object:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(options["filename"])
        return honest(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "submit_image", third_is_the_last)
    with pytest.raises(KeyboardInterrupt):
        run(classes, administrator, journal)
    with journal.open("a") as file:
        file.write('{"name": "torn')
    monkeypatch.setattr(importing, "submit_image", honest)

    _, out, _ = run(classes, administrator, journal)

    assert "      2  done before" in out
    assert "      2  imported" in out
    assert (Image.objects.count(), Submission.objects.count(), Review.objects.count()) == (4, 4, 4)
    assert sum(not entry.code for entry in Journal(journal).entries()) == 4
    _, out, _ = run(classes, administrator, journal)
    assert "      4  done before" in out


def test_without_its_journal_nothing_is_written_twice(
    classes: Path, administrator: User, tmp_path: Path
) -> None:
    run(classes, administrator, tmp_path / "one.jsonl")
    _, out, _ = run(classes, administrator, tmp_path / "two.jsonl")
    assert "      4  known" in out
    assert (Submission.objects.count(), Review.objects.count()) == (4, 4)


def test_a_file_that_changed_is_imported_again(
    classes: Path, administrator: User, tmp_path: Path
) -> None:
    run(classes, administrator, tmp_path / "j.jsonl")
    (classes / "fake" / "two.jpg").write_bytes(noise(22))
    _, out, _ = run(classes, administrator, tmp_path / "j.jsonl")
    assert "      3  done before" in out
    assert "      1  imported" in out


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("ai/a.jpg", Label.AI),
        ("AiArtData/deep/a.jpg", Label.AI),
        ("REAL/a.jpg", Label.HUMAN),
        ("photos/ai/a.jpg", None),
        ("ai", None),
    ],
)
def test_the_first_folder_says_the_class_in_the_words_of_a_data_set(
    name: str, label: Label | None
) -> None:
    assert label_of(name) is label


def test_a_file_beyond_the_bound_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "ai").mkdir()
    with (tmp_path / "ai" / "huge.jpg").open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    (found,) = candidates(str(tmp_path))
    with pytest.raises(PictureRefused, match="larger than 20 MB"):
        found.read()


def test_the_command_says_what_is_missing(
    administrator: User, reviewer: User, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        run(tmp_path / "nowhere", administrator, tmp_path / "j")
    with pytest.raises(CommandError, match="Only administrators"):
        run(tmp_path, reviewer, tmp_path / "j")
    with pytest.raises(CommandError, match="There is no account nobody"):
        call_command("import_folder", str(tmp_path), "--by", "nobody")
    assert not Image.objects.exists()
