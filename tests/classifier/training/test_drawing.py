from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.polarity import ai_targets
from classifier.training.augmentation import Degradation
from classifier.training.config import TrainingConfig
from classifier.training.dataset import Pictures, load_pictures
from classifier.training.drawing import Share, draw_weights, plan_epoch, training_batches
from classifier.training.manifest import Entry, read_entries
from classifier.vocabulary import Label
from tests.classifier.toy import make_toy_pictures

AI, HUMAN = Label.AI, Label.HUMAN
NOTHING = Degradation(rescale=0, compress=0, blur=0, colour=0, screenshot=0)
PLAIN = TrainingConfig(batch=16, crop=64, seed=1, degradation=NOTHING)


def test_each_class_is_drawn_half_of_the_time_and_rare_generators_more_often() -> None:
    known = [AI] * 5 + [HUMAN] * 20
    generators = ["rare"] + ["common"] * 4 + ["camera"] * 20
    weights = draw_weights(known, generators)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[ai_targets(known)].sum() == pytest.approx(0.5)
    assert weights[0] == pytest.approx(0.5 / 3), "a share by the square root of one against four"
    assert weights[1:5].sum() == pytest.approx(1.0 / 3)


def test_photo_and_art_of_a_class_share_evenly_and_what_is_neither_keeps_its_size() -> None:
    known = [AI] * 10 + [HUMAN] * 4
    domains = ["photo"] * 6 + ["art"] * 2 + ["other"] * 2 + ["photo"] * 3 + ["art"]
    weights = draw_weights(known, ["g"] * 14, domains)
    parts = [weights[:6].sum(), weights[6:8].sum(), weights[8:10].sum()]
    assert parts == pytest.approx([0.2, 0.2, 0.1]), "two of ten AI pictures are of no domain"
    assert [weights[10:13].sum(), weights[13]] == pytest.approx([0.25, 0.25])


def test_a_table_says_which_lab_pictures_are_photos_and_a_column_has_the_last_word() -> None:
    from classifier.training.domains import domain_of

    def entry(source: str, generator: str = "g", domain: str = "") -> Entry:
        return Entry(Path("p"), AI, "train", generator, source, "g", domain=domain)

    assert domain_of(entry("bsds500")) == "photo"
    assert domain_of(entry("wikiart224")) == "art"
    assert domain_of(entry("some/repository", "dated-stock")) == "photo"
    assert domain_of(entry("some/repository", "dated-digital")) == "art"
    assert domain_of(entry("never heard of")) == "other"
    assert domain_of(entry("bsds500", domain="art")) == "art"
    assert domain_of(entry("bsds500", domain="sculpture")) == "other"


def test_batches_hold_crops_beside_their_own_targets(tmp_path: Path) -> None:
    """Toy AI pictures are smooth: the crop itself tells which target belongs to it."""
    pictures = load_pictures(read_entries(make_toy_pictures(tmp_path / "p")))
    batches = list(training_batches(pictures, PLAIN, epoch=0))
    assert sum(len(targets) for _, targets in batches) == 96
    for crops, targets in batches:
        assert crops.shape == (16, 64, 64, 3)
        assert crops.dtype == np.uint8
        smooth = np.abs(np.diff(crops.astype(int), axis=2)).mean(axis=(1, 2, 3)) < 5
        assert smooth.tolist() == (targets == 1.0).tolist()


def test_the_same_seed_and_epoch_give_the_same_batches(tmp_path: Path) -> None:
    pictures = load_pictures(read_entries(make_toy_pictures(tmp_path / "p", of_each=8)))

    def first(epoch: int, seed: int) -> np.ndarray:
        config = TrainingConfig(batch=8, crop=32, seed=seed)
        return next(training_batches(pictures, config, epoch=epoch))[0]

    assert np.array_equal(first(0, 1), first(0, 1))
    assert not np.array_equal(first(0, 1), first(1, 1))
    assert not np.array_equal(first(0, 1), first(0, 2))


def test_labels_turned_around_change_the_targets_and_no_pixel(tmp_path: Path) -> None:
    pictures = load_pictures(read_entries(make_toy_pictures(tmp_path / "p", of_each=8)))
    turned = [
        replace(e, label=HUMAN if e.label is AI else AI, generator="g") for e in pictures.entries
    ]
    same = [replace(entry, generator="g") for entry in pictures.entries]
    config = replace(PLAIN, batch=4, degradation=Degradation())
    ours = training_batches(Pictures(same, pictures.pixels), config, epoch=0)
    theirs = training_batches(Pictures(turned, pictures.pixels), config, epoch=0)
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], 1 - other[1])


def test_the_ranks_share_each_batch_and_together_see_all_of_it(tmp_path: Path) -> None:
    pictures = load_pictures(read_entries(make_toy_pictures(tmp_path / "p", of_each=16)))
    alone = list(training_batches(pictures, PLAIN, epoch=2))
    ranks = [list(training_batches(pictures, PLAIN, epoch=2, share=Share(r, 2))) for r in (0, 1)]
    for whole, first, second in zip(alone, *ranks, strict=True):
        assert len(first[0]) == len(second[0]) == 8
        assert np.array_equal(whole[0][0::2], first[0])
        assert np.array_equal(whole[0][1::2], second[0])
        assert np.array_equal(whole[1][1::2], second[1])


def test_a_fake_and_what_it_was_made_from_stand_in_one_batch_and_go_the_same_way() -> None:
    rng = np.random.default_rng(0)
    pixels = [rng.integers(0, 256, (80, 80, 3), dtype=np.uint8) for _ in range(24)]
    # Rows 20 and 21 are fakes of 22 and 23; made of the same pixels, their crops are equal.
    pixels[22:] = pixels[20:22]
    labels = [AI] * 10 + [HUMAN] * 10 + [AI, AI, HUMAN, HUMAN]
    entries = [Entry(Path("p"), label, "train", label, "s", "g") for label in labels]
    pictures = Pictures(entries, pixels, {20: 22, 21: 23})
    config = TrainingConfig(batch=8, crop=32, reconstruction_share=0.25)
    for number, batch in enumerate(plan_epoch(pictures, config, 0)):
        rows = [draw.row for draw in batch]
        assert len(rows) == 8
        fakes = [draw for draw in batch if draw.row in pictures.partners]
        partners = {(d.row, d.stream) for d in batch if d.row in (22, 23)}
        assert len(fakes) == 2
        assert {(pictures.partners[d.row], d.stream) for d in fakes} == partners
        crops, targets = list(training_batches(pictures, config, epoch=0))[number]
        for fake in fakes:
            two = [place for place, draw in enumerate(batch) if draw.stream == fake.stream]
            assert np.array_equal(crops[two[0]], crops[two[1]])
            assert sorted(targets[two]) == [0.0, 1.0]
