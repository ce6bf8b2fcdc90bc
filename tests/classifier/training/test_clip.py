"""The transformer is tried with few, random weights; CLIP's own take 90 MB that no test brings."""

from pathlib import Path

import numpy as np
import pytest
import torch

from classifier.training.clip import GRID, PATCH, Block, ClipBackbone, clip_state, in_patches
from classifier.training.export import (
    difference_from_torch,
    export_backbone,
    load_weights,
    spread_difference,
)
from classifier.training.network import build_network
from classifier.training.pruning import prune
from classifier.training.weights import WeightsMissingError

SMALL = {"depth": 3, "read": 2, "dim": 32, "heads": 4, "neurons": 128}
SIDE = GRID * PATCH


def small(seed: int = 0) -> ClipBackbone:
    torch.manual_seed(seed)
    backbone = ClipBackbone(**SMALL)
    with torch.no_grad():
        for values in backbone.parameters():
            if values.ndim == 1:  # those that begin alike would be stored once
                values.add_(0.1 * torch.randn(len(values)))
        backbone.patch.weight /= 255
        backbone.position.normal_(0, 0.3)
    return backbone.eval()


def some_crops(count: int, side: int = SIDE) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, side, side, 3), generator=generator, dtype=torch.uint8)


def test_patches_are_cut_row_by_row() -> None:
    pixels = torch.arange(2 * 32 * 48 * 3).reshape(2, 32, 48, 3)
    patches = in_patches(pixels)
    assert patches.shape == (2, 6, 768)
    assert torch.equal(patches[1, 4].reshape(16, 16, 3), pixels[1, 16:, 16:32])


def test_the_map_has_a_cell_for_each_patch_and_the_embedding_is_its_mean() -> None:
    with torch.no_grad():
        embedding, spatial = small()(some_crops(2))
    assert spatial.shape == (2, 64, GRID, GRID)
    assert torch.allclose(embedding, spatial.mean(dim=(2, 3)), atol=1e-6)


def test_crops_of_another_size_stretch_the_places() -> None:
    with torch.no_grad():
        assert small()(some_crops(1, side=96))[1].shape == (1, 64, 6, 6)


def test_a_projection_commutes_with_the_mean() -> None:
    backbone = small()
    with torch.no_grad():
        before = backbone(some_crops(1))[0]
        weight, bias = torch.randn(5, 64), torch.randn(5)
        backbone.project(weight, bias)
        embedding, spatial = backbone(some_crops(1))
    assert backbone.width == 5
    assert spatial.shape == (1, 5, GRID, GRID)
    assert torch.allclose(embedding, before @ weight.T + bias, atol=1e-4)


def test_theirs_becomes_ours() -> None:
    """The patch convolution with its normalisation, and queries, keys and values side by side."""
    rng = np.random.default_rng(3)
    stored, linear = their_tensors(rng)
    state = clip_state(stored, linear, depth=1)
    crop = rng.integers(0, 256, (1, 16, 16, 3), dtype=np.uint8)
    kernel = torch.tensor(stored["vision_model.embeddings.patch_embedding.weight"])
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711])
    normal = ((torch.tensor(crop) / 255 - mean) / std).permute(0, 3, 1, 2)
    expected = torch.nn.functional.conv2d(normal, kernel).flatten()
    ours = state["patch.weight"] @ in_patches(torch.tensor(crop).float())[0, 0]
    assert torch.allclose(ours + state["patch.bias"], expected, atol=1e-3)
    query = linear["vision_model.encoder.layers.0.self_attn.q_proj"]
    assert np.array_equal(state["blocks.0.qkv.weight"][: len(query)].numpy(), query)


def their_tensors(rng: np.random.Generator) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    def drawn(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    layer = "vision_model.encoder.layers.0"
    names = [f"self_attn.{part}_proj" for part in ("q", "k", "v", "out")] + ["mlp.fc1", "mlp.fc2"]
    stored = {
        "vision_model.embeddings.class_embedding": drawn(8),
        "vision_model.embeddings.position_embedding.weight": drawn(197, 8),
        "vision_model.embeddings.patch_embedding.weight": drawn(8, 3, 16, 16),
        "vision_model.pre_layrnorm.weight": drawn(8),
        "vision_model.pre_layrnorm.bias": drawn(8),
    }
    for name in ("layer_norm1", "layer_norm2"):
        stored |= {f"{layer}.{name}.weight": drawn(8), f"{layer}.{name}.bias": drawn(8)}
    stored |= {f"{layer}.{name}.bias": drawn(8) for name in names}
    return stored, {f"{layer}.{name}": drawn(8, 8) for name in names}


def test_eight_bits_are_near_the_whole_and_can_be_read_back(tmp_path: Path) -> None:
    backbone = small()
    full, eight = tmp_path / "full.onnx", tmp_path / "eight.onnx"
    whole = export_backbone(backbone, full, crop=SIDE)
    differences = export_backbone(backbone, eight, crop=SIDE, weights="int8")
    assert whole["float32"] < 1e-3
    assert differences["float32"] < 1e-3
    assert differences["int8_in_deviations"] < 0.2
    assert spread_difference(full, eight, crop=SIDE) == pytest.approx(
        differences["int8_in_deviations"], rel=0.01
    )
    assert eight.stat().st_size < 0.85 * full.stat().st_size  # the patches stay whole
    assert {found.name for found in tmp_path.iterdir()} == {"full.onnx", "eight.onnx"}

    again = small(seed=1)
    apart = difference_from_torch(again, full, crop=SIDE)
    load_weights(again, eight)
    assert difference_from_torch(again, full, crop=SIDE) < apart / 10


def test_neurons_that_say_nothing_go_and_are_not_missed() -> None:
    backbone = small()
    blocks = [block for block in backbone.blocks if isinstance(block, Block)]
    with torch.no_grad():
        for block in blocks:
            block.fc2.weight[:, ::2] = 0
        before = backbone(some_crops(2))[0]
        stay = [block.fc1.weight[1::2].clone() for block in blocks]
    lost = prune(backbone, some_crops(8).numpy(), keep=0.5)
    with torch.no_grad():
        after = backbone(some_crops(2))[0]
    assert all(torch.equal(b.fc1.weight, w) for b, w in zip(blocks, stay, strict=True))
    assert max(lost) < 1e-3
    assert torch.allclose(before, after, atol=0.05)


def test_a_pruned_perceptron_is_made_up_for() -> None:
    """What the kept neurons can say of the lost ones' share is fitted, and not just left out."""
    crops = some_crops(16).numpy()
    refitted = prune(small(), crops, keep=0.5)
    assert all(0 < share < 0.6 for share in refitted)


@pytest.mark.parametrize("content", [None, b"not these"])
def test_without_its_weights_clip_says_where_they_come_from(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "weights.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsMissingError, match=r"docs/training\.md says which file"):
        build_network("clip-b16", str(path))
