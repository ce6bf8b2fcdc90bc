"""The network of a bundle as one that can learn on: its layers from the graph's own shapes."""

import json
from collections.abc import Mapping
from typing import Any

from classifier.detector.bundle import Bundle
from classifier.training.backbone import Backbone
from classifier.training.clip import READ, ClipBackbone
from classifier.training.config import TrainingConfig
from classifier.training.config_file import make_config
from classifier.training.export import load_weights
from classifier.training.network import BACKBONES
from classifier.training.weights import WeightsMissingError, linear_weights

CLIP = "clip-b16"


def config_of(bundle: Bundle) -> TrainingConfig:
    """The settings that the bundle's network was trained with.

    Raises WeightsMissingError where the bundle does not tell them, ConfigError where this version
    does not know them.
    """
    said = lineage_of_network(bundle).get("config")
    if not isinstance(said, Mapping):
        raise WeightsMissingError(
            f"{bundle.name} does not say what its network is, so it cannot learn on."
        )
    return make_config(json.loads(json.dumps(said)))


def backbone_of(bundle: Bundle) -> Backbone:
    """The bundle's backbone with its weights; 8-bit ones come back as near as these are.

    Raises WeightsMissingError where the network has no name that we know, ValueError where its
    weights do not fit.
    """
    name = config_of(bundle).network
    if name not in BACKBONES:
        raise WeightsMissingError(f"{bundle.name} has a network that we do not know: {name}.")
    backbone = _blank_clip(bundle) if name == CLIP else BACKBONES[name]("")
    load_weights(backbone, bundle.backbone)
    return backbone.eval()


def lineage_of_network(bundle: Bundle) -> Mapping[str, Any]:
    """A refit says where its network came from beside where it came from itself."""
    lineage: Mapping[str, Any] = bundle.lineage.get("network_lineage", bundle.lineage)
    return lineage


def _blank_clip(bundle: Bundle) -> ClipBackbone:
    """As deep, as wide and with as many neurons as the graph holds."""
    linear = linear_weights(bundle.backbone)
    depth = sum(name.endswith(".fc1") for name in linear)
    neurons, dim = linear["blocks.0.fc1"].shape
    projected = linear.get("projection")
    read = projected.shape[1] // dim if projected is not None else READ
    backbone = ClipBackbone(depth=depth, read=read, dim=dim, neurons=neurons)
    if projected is not None:
        backbone.make_room_for_projection(len(projected))
    return backbone
