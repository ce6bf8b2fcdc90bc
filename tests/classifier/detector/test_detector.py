import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.bundle import read_bundle, shipped_bundle_path
from classifier.detector.decoding import decode
from classifier.detector.detector import Detector
from classifier.detector.doubt import Doubt
from classifier.detector.preprocessing import take_crops
from classifier.errors import BundleCorrupt, PictureRefused
from classifier.vocabulary import Label, Reason, Verdict
from tests.classifier.detector.pictures import noise, plain
from tests.classifier.synthetic import make_bundle
from tests.classifier.toy import toy_bytes
from tests.labelling.pictures import encoded


@pytest.fixture(scope="module")
def shipped() -> Detector:
    return Detector.load(shipped_bundle_path())


def test_the_shipped_bundle_is_whole_and_small_enough() -> None:
    path = shipped_bundle_path()
    bundle = read_bundle(path)
    assert bundle.preprocessing.crop == 224
    assert sum(file.stat().st_size for file in path.iterdir()) <= 45_000_000
    assert not {file.suffix for file in path.iterdir()} & {".pt", ".pth", ".pkl", ".npy"}


def test_the_shipped_replay_holds_what_a_refit_needs() -> None:
    replay = read_bundle(shipped_bundle_path()).replay()
    for split in ("train", "val", "test"):
        assert set(replay.part(split).labels) == set(Label)


def test_a_finding_agrees_with_itself(shipped: Detector) -> None:
    finding = shipped.examine(encoded(noise(300, 260), "JPEG"))
    assert finding.embedding.shape == (shipped.embedder.width,)
    assert finding.embedding.dtype == np.float32
    score = shipped.score(finding.embedding)
    assert score.probability_ai == finding.probability_ai
    assert (score.logit, score.verdict) == (finding.logit, finding.verdict)
    assert 0.0 <= finding.probability_ai <= 1.0
    assert (finding.logit > 0) == (finding.probability_ai > 0.5)


def test_the_embedding_is_the_mean_over_the_crops(shipped: Detector) -> None:
    pixels = decode(encoded(noise(300, 260), "PNG"))
    corners = [pixels[:224, :224], pixels[-224:, -224:], pixels[:224, -224:], pixels[-224:, :224]]
    centre = pixels[18 : 18 + 224, 38 : 38 + 224]
    wanted = shipped.bundle.preprocessing.max_crops
    each = shipped.embedder.embed_crops(np.stack([centre, *corners])[:wanted])
    assert shipped.embed(pixels) == pytest.approx(each.mean(axis=0), abs=1e-5)


def test_the_same_picture_gets_the_same_finding(shipped: Detector) -> None:
    data = encoded(noise(), "PNG")
    with ThreadPoolExecutor(4) as pool:
        logits = set(pool.map(lambda _: shipped.examine(data).logit, range(8)))
    assert len(logits) == 1


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (96, 96)])
def test_any_size_gets_a_finding(shipped: Detector, size: tuple[int, int]) -> None:
    assert shipped.examine(encoded(plain(size=size), "PNG")).verdict in set(Verdict)


@pytest.mark.parametrize("size", [(95, 700), (700, 95), (20, 20)])
def test_a_picture_below_96_pixels_gets_a_figure_but_no_answer(
    shipped: Detector, size: tuple[int, int]
) -> None:
    finding = shipped.examine(encoded(noise(*size), "PNG"))
    assert finding.verdict is Verdict.UNCERTAIN
    assert Reason.TOO_SMALL in finding.reasons
    assert finding.short_side == min(size)
    assert 0.0 <= finding.probability_ai <= 1.0


def test_96_pixels_are_enough(shipped: Detector) -> None:
    assert Reason.TOO_SMALL not in shipped.examine(encoded(noise(96, 96), "PNG")).reasons


def test_a_stored_embedding_gets_the_same_doubts_as_the_picture(shipped: Detector) -> None:
    for pixels in (noise(300, 260), noise(90, 300)):
        finding = shipped.examine(encoded(pixels, "PNG"))
        again = shipped.score(
            finding.embedding, disagreement=finding.disagreement, short_side=finding.short_side
        )
        assert (again.verdict, again.reasons) == (finding.verdict, finding.reasons)


def half_grain() -> np.ndarray:
    """Grain on the left, nothing on the right: its crops cannot agree."""
    pixels = np.array(noise(600, 300))
    pixels[:, 300:] = 128
    return pixels


def test_a_finding_says_how_far_the_crops_differ(shipped: Detector) -> None:
    half = half_grain()
    crops = take_crops(half, shipped.bundle.preprocessing)
    logits = shipped.bundle.head().logits(shipped.embedder.embed_crops(crops))
    assert shipped.look(half).disagreement == pytest.approx(np.std(logits), abs=1e-4)
    assert shipped.look(half[:224, :224]).disagreement is None


def test_crops_that_disagree_take_the_answer_away(shipped: Detector) -> None:
    pixels = half_grain()
    judge = shipped.bundle.judge()
    spread = shipped.look(pixels).disagreement
    assert spread is not None
    for bound, doubted in ((spread * 0.9, True), (spread * 1.1, False)):
        strict = replace(judge, doubt=Doubt(disagreement=bound))
        finding = Detector(shipped.bundle, shipped.embedder, strict).look(pixels)
        assert (Reason.VIEWS_DISAGREE in finding.reasons) == doubted
        assert not doubted or finding.verdict is Verdict.UNCERTAIN


def test_a_damaged_picture_is_refused(shipped: Detector) -> None:
    with pytest.raises(PictureRefused):
        shipped.examine(encoded(noise(), "JPEG")[:-200])


def test_a_backbone_that_is_no_network_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(BundleCorrupt, match="cannot be loaded"):
        Detector.load(make_bundle(tmp_path / "one").path)


def test_more_threads_change_nothing_but_the_pace(toy_bundle: Path) -> None:
    data = toy_bytes(Label.AI, 7)
    one, two = (Detector.load(toy_bundle, threads=threads).examine(data) for threads in (1, 2))
    assert one.probability_ai == pytest.approx(two.probability_ai, abs=1e-5)


@pytest.mark.parametrize(
    "module",
    ["classifier.detector.detector", "classifier.training.refit", "classifier.training.evaluate"],
)
def test_serving_refitting_and_measuring_need_neither_torch_nor_django(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'django'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
