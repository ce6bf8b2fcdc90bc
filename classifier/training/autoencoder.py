"""A small image autoencoder: it leaves a picture as it is and adds a generator's decoder traces."""

from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from classifier.detector.decoding import Pixels
from classifier.errors import AivhError

WIDTH, LATENT = 64, 32
# Both ways it halves three times.
MULTIPLE = 8


class AutoencoderUnusable(AivhError):
    """The weights are not those of this autoencoder."""

    code = "autoencoder_unusable"


class Block(nn.Module):
    """Three convolutions beside their input; ``pooled`` ones look further first."""

    def __init__(self, *, pooled: bool = False) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH)
        )
        self.pool = _pooled_branch() if pooled else None

    def forward(self, x: Tensor) -> Tensor:
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(self.conv(x) + x)


class Squash(nn.Module):
    """Keep latents within -3 to 3."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x / 3) * 3


class Autoencoder(nn.Module):
    """RGB (N, 3, H, W) in 0 to 1, sides multiples of 8, in; the same shape and range out."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            _conv(3, WIDTH),
            Block(),
            *_down(pooled=False),
            *_down(pooled=False),
            *_down(pooled=True),
            _conv(WIDTH, LATENT),
        )
        self.decoder = nn.Sequential(
            Squash(),
            _conv(LATENT, WIDTH),
            nn.ReLU(),
            *_up(pooled=True),
            *_up(pooled=False),
            *_up(pooled=False),
            Block(),
            _conv(WIDTH, 3),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        return cast("Tensor", self.decoder(self.encoder(pictures)).clamp(0, 1))


def load_autoencoder(path: Path) -> Autoencoder:
    """Read the weights (safetensors, 2.7 M parameters). Raises AutoencoderUnusable."""
    network = Autoencoder()
    try:
        weights = {name: value.float() for name, value in load_file(path).items()}
        network.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise AutoencoderUnusable(f"{path} does not hold the autoencoder: {error}") from error
    return network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@torch.inference_mode()
def reconstruct(network: Autoencoder, pixels: Pixels, *, bfloat16: bool = False) -> Pixels:
    """Pass an (H, W, 3) picture through; its sides must be multiples of 8."""
    device = next(network.parameters()).device
    batch = torch.from_numpy(np.array(pixels)).to(device).permute(2, 0, 1)[None].float() / 255
    with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
        seen = network(batch.contiguous(memory_format=torch.channels_last))
    back = (seen[0].float() * 255).round().byte().permute(1, 2, 0)
    return cast("Pixels", np.ascontiguousarray(back.cpu().numpy()))


def _conv(inside: int, outside: int, *, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, 3, stride, padding=1, bias=bias)


def _down(*, pooled: bool) -> list[nn.Module]:
    halving = _conv(WIDTH, WIDTH, stride=2, bias=False)
    return [halving, *(Block(pooled=pooled) for _ in range(3))]


def _up(*, pooled: bool) -> list[nn.Module]:
    blocks = [Block(pooled=pooled) for _ in range(3)]
    return [*blocks, nn.Upsample(scale_factor=2), _conv(WIDTH, WIDTH, bias=False)]


def _pooled_branch() -> nn.Sequential:
    wide = 4 * WIDTH
    return nn.Sequential(
        nn.Conv2d(WIDTH, wide, 1, bias=False),
        nn.GroupNorm(4, wide),
        nn.ReLU(),
        nn.Conv2d(wide, WIDTH, 1, bias=False),
    )
