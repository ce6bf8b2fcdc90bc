"""Where a score comes from: exact to the last cell, and in its right place."""

import tracemalloc
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from classifier.detector.bundle import shipped_bundle_path
from classifier.detector.decision import Head
from classifier.detector.decoding import decode
from classifier.detector.detector import Detector
from classifier.detector.embedder import Embedder
from classifier.detector.explanation import Explanation, Look, explain, weigh_cells
from classifier.detector.polarity import sigmoid
from classifier.detector.preprocessing import Preprocessing, take_crops
from classifier.errors import NotExplainable, PictureRefused
from tests.brightness import CROP, make_brightness_bundle, mean_of_each_channel
from tests.classifier.detector.pictures import noise
from tests.labelling.pictures import encoded, plain

EXACT = 1e-4


@pytest.fixture(scope="module")
def shipped() -> Detector:
    return Detector.load(shipped_bundle_path())


@pytest.fixture(scope="module")
def brightness(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """White places count +4, black ones -4, in 4 × 4 cells of 8 pixels."""
    return Detector.load(make_brightness_bundle(tmp_path_factory.mktemp("brightness")))


def one_look(cells: list[list[float]], *, height: int, width: int, crop: int) -> Explanation:
    return Explanation(height, width, crop, [Look(0, 0, np.array(cells))])


@pytest.mark.parametrize("size", [(300, 260), (224, 224), (500, 60), (1000, 700)])
def test_the_mean_of_all_cells_is_the_score(shipped: Detector, size: tuple[int, int]) -> None:
    data = encoded(noise(*size), "PNG")
    assert explain(shipped, data).score == pytest.approx(shipped.examine(data).logit, abs=EXACT)


def test_the_mean_of_a_crops_cells_is_the_crops_score(shipped: Detector) -> None:
    data = encoded(noise(300, 260), "PNG")
    crops = take_crops(decode(data), shipped.bundle.preprocessing)
    each = shipped.bundle.head().logits(shipped.embedder.embed_crops(crops))
    found = [look.score for look in explain(shipped, data).looks]
    assert found == pytest.approx(list(each), abs=EXACT)


def test_the_map_counted_as_often_as_it_was_looked_at_is_the_score(shipped: Detector) -> None:
    data = encoded(noise(400, 300), "PNG")
    heat = explain(shipped, data).assemble(10_000)
    assert heat.values.shape == heat.looks.shape == (300, 400)
    assert heat.looks.max() > 1, "crops overlap"
    mean = float((heat.values * heat.looks).sum() / heat.looks.sum())
    assert mean == pytest.approx(shipped.examine(data).logit, abs=EXACT)


def test_calibrated_it_adds_up_to_the_probability_that_people_see(shipped: Detector) -> None:
    data = encoded(noise(300, 260), "PNG")
    calibrated = explain(shipped, data).calibrated(shipped.bundle.calibration)
    probability = shipped.examine(data).probability_ai
    assert float(sigmoid(calibrated.score)) == pytest.approx(probability, abs=1e-6)


def test_what_speaks_for_ai_is_where_it_is(brightness: Detector) -> None:
    pixels = np.zeros((CROP, CROP, 3), dtype=np.uint8)
    pixels[:, : CROP // 2] = 255
    explanation = explain(brightness, encoded(Image.fromarray(pixels)))
    assert explanation.score == pytest.approx(0.0, abs=EXACT)
    assert explanation.looks[0].cells == pytest.approx(np.array([[4, 4, -4, -4]] * 4), abs=EXACT)
    values = explanation.assemble(CROP).values
    assert values[:, :12] == pytest.approx(4.0, abs=EXACT)
    assert values[:, 20:] == pytest.approx(-4.0, abs=EXACT)


def test_an_upright_picture_is_explained_upright(brightness: Detector) -> None:
    pixels = np.zeros((CROP, CROP, 3), dtype=np.uint8)
    pixels[:, : CROP // 2] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying, shown standing: left comes to the top
    data = encoded(Image.fromarray(pixels), "JPEG", exif=exif, quality=95)
    values = explain(brightness, data).assemble(CROP).values
    assert values[:12].min() > 3.5
    assert values[20:].max() < -3.5


def test_places_that_no_crop_saw_are_empty(brightness: Detector) -> None:
    """The one crop of 32 pixels is the centre of 64 × 96."""
    heat = explain(brightness, plain(size=(96, 64))).assemble(96)
    seen = np.zeros((64, 96), dtype=bool)
    seen[16:48, 32:64] = True
    assert np.array_equal(heat.looks > 0, seen)
    assert heat.values[~seen].max() == heat.values[~seen].min() == 0
    assert heat.values[seen] == pytest.approx(4.0, abs=EXACT)
    assert heat.looked_at == pytest.approx(32 * 32 / (64 * 96))


def test_overlapping_crops_are_averaged() -> None:
    looks = [Look(0, 0, np.full((2, 2), 6.0)), Look(0, 8, np.full((2, 2), -2.0))]
    heat = Explanation(16, 24, 16, looks).assemble(24)
    assert heat.values[0, ::8].tolist() == [6.0, 2.0, -2.0]
    assert heat.looks[0, ::8].tolist() == [1, 2, 1]


def test_the_mirrored_border_of_a_small_picture_is_cut_off() -> None:
    cells = [[1.0, 1.0, 9.0, 9.0]] * 2 + [[9.0] * 4] * 2
    heat = one_look(cells, height=8, width=6, crop=32).assemble(100)
    assert heat.values.shape == (8, 6)
    assert heat.values == pytest.approx(1.0)
    assert heat.looked_at == 1.0


@pytest.mark.parametrize("cells", [1, 3, 7])
def test_a_map_may_have_any_number_of_cells(cells: int) -> None:
    values = np.random.default_rng(cells).normal(0, 5, (cells, cells + 1)).tolist()
    explanation = one_look(values, height=840, width=840, crop=840)
    heat = explanation.assemble(840)
    assert float(heat.values.mean(dtype=np.float64)) == pytest.approx(explanation.score, abs=1e-4)


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(6100, 8100, (1205, 1600)), (65_535, 700, (1600, 17)), (1, 65_535, (1, 1600))],
)
def test_the_largest_pictures_need_little_memory(
    height: int, width: int, size: tuple[int, int]
) -> None:
    last = (max(height - 224, 0), max(width - 224, 0))
    looks = [Look(top, left, np.ones((7, 7))) for top, left in ((0, 0), last)]
    explanation = Explanation(height, width, 224, looks)
    tracemalloc.start()
    heat = explanation.assemble(1600)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert heat.values.shape == size
    assert most < 64 * 2**20
    assert heat.values[0, 0] == heat.values[-1, -1] == pytest.approx(1.0)


def test_a_damaged_picture_is_refused(brightness: Detector) -> None:
    with pytest.raises(PictureRefused):
        explain(brightness, encoded(noise(), "JPEG")[:-200])


def test_a_network_without_a_map_explains_nothing(tmp_path: Path) -> None:
    model = mean_of_each_channel()
    del model.graph.output[1]
    onnx.save(model, tmp_path / "mapless.onnx")
    embedder = Embedder(tmp_path / "mapless.onnx", Preprocessing(crop=CROP, max_crops=1), threads=1)
    with pytest.raises(NotExplainable, match="no map"):
        embedder.embed_crops_with_map(np.zeros((1, CROP, CROP, 3), dtype=np.uint8))


def test_a_map_that_does_not_add_up_is_not_shown() -> None:
    head = Head(np.array([1.0, 1.0], dtype=np.float32), 0.5)
    spatial = np.ones((1, 2, 3, 3), dtype=np.float32)
    whole = np.array([[1.0, 1.0]], dtype=np.float32)
    assert weigh_cells(head, whole, spatial) == pytest.approx(2.5)
    with pytest.raises(NotExplainable, match="no map can show"):
        weigh_cells(head, whole / np.linalg.norm(whole), spatial)
