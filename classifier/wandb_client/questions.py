"""The questions that get one answer each."""

from functools import partial
from typing import Any

from classifier.wandb_client.bundles import Bundles
from classifier.wandb_client.process import Json
from classifier.wandb_client.replay import replay
from classifier.wandb_client.sweeps import best_of_sweep


def answer(request: Json) -> Any:
    """Do what is asked and return what came of it. Raises MissingError and what wandb raises."""
    bundles = Bundles(**request["client"])
    operations: dict[str, Any] = {
        "put": bundles.put,
        "get": bundles.get,
        "alias": bundles.alias,
        "unalias": bundles.unalias,
        "resolve": bundles.resolve,
        "list": bundles.list,
        "log_run": partial(replay, bundles),
        "best_of_sweep": partial(best_of_sweep, bundles),
    }
    return operations[request["operation"]](**request["arguments"])
