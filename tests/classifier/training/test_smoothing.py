import torch

from classifier.training.clip import Block, ClipBackbone
from classifier.training.smoothing import smooth
from tests.classifier.training.test_clip import small, some_crops


def with_a_loud_channel() -> tuple[ClipBackbone, float]:
    backbone = small()
    block = backbone.blocks[0]
    assert isinstance(block, Block)
    with torch.no_grad():
        block.norm1.weight[3] = 200.0
    return backbone, loudness(block)


def loudness(block: Block) -> float:
    """How much larger the largest channel that goes into attention is than the middle one."""
    weight = block.norm1.weight.detach().abs()
    return float(weight.max() / weight.median())


def test_nothing_that_it_computes_changes() -> None:
    backbone, _ = with_a_loud_channel()
    crops = some_crops(3)
    with torch.no_grad():
        before = backbone(crops)[1]
        smooth(backbone, crops.numpy())
        after = backbone(crops)[1]
    assert torch.allclose(before, after, atol=1e-4)


def test_a_loud_channel_is_less_loud() -> None:
    backbone, before = with_a_loud_channel()
    smooth(backbone, some_crops(3).numpy())
    block = backbone.blocks[0]
    assert isinstance(block, Block)
    assert loudness(block) < before / 5
