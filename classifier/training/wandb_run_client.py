"""The process that tells Weights & Biases about one training run, or about the runs of a sweep.

A program of its own, as the registry's client is: requests come as lines of JSON on standard
input; those that are questions are answered by a line on standard output.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2]))

from classifier.registry.wandb_client import (
    die_with_parent,
    private_stdout,
    set_environment,
)

Json = dict[str, Any]


class Client:
    """One line of talk: what we are told comes in, what we were asked goes out."""

    def __init__(self) -> None:
        self._out = private_stdout()

    def requests(self) -> Iterator[Json]:
        """Yield what is asked until whoever asks is gone."""
        while line := sys.stdin.readline():
            yield json.loads(line)

    def say(self, answer: Json) -> None:
        self._out.write(json.dumps(answer, default=str) + "\n")
        self._out.flush()


def start_run(request: Json) -> Any:
    """Begin a run, or go on with the one of that id."""
    import wandb

    settings = wandb.Settings(
        console="off",
        disable_code=True,
        disable_git=True,
        init_timeout=request["timeout"],
        x_disable_machine_info=True,
        x_disable_stats=True,
    )
    return wandb.init(settings=settings, job_type="train", **request["run"])


def serve_run(client: Client, run: Any) -> bool:
    """Do what is asked of a run until it is over; return whether we were told of its end."""
    for request in client.requests():
        if request["do"] == "finish":
            run.finish(exit_code=0 if request["finished"] else 1)
            client.say({"result": "finished"})
            return True
        _keep(run, request)
    run.finish(exit_code=1)
    return False


def _keep(run: Any, request: Json) -> None:
    import wandb

    match request["do"]:
        case "settings":
            run.config.update(request["values"], allow_val_change=True)
        case "metrics":
            run.log(request["figures"], step=request["epoch"])
        case "images":
            pairs = zip(request["paths"], request["captions"], strict=True)
            images = [wandb.Image(path, caption=caption) for path, caption in pairs]
            run.log({request["name"]: images}, step=request["epoch"])
        case "summary":
            run.summary.update(request["values"])


def sweep(client: Client, request: Json) -> None:
    """Let the sweep choose settings and pass each trial on; the one who asked does the work."""
    import wandb

    place = {"entity": request["run"]["entity"], "project": request["run"]["project"]}
    sweep_id = request["sweep_id"] or wandb.sweep(request["space"], **place)
    client.say({"result": sweep_id})

    def trial() -> None:
        run = start_run(request)
        client.say({"trial": run.config.as_dict(), "id": run.id})
        serve_run(client, run)

    wandb.agent(sweep_id, function=trial, count=request["trials"], **place)
    client.say({"result": "over"})


def main() -> None:
    """Serve one run or one sweep, as the first line says."""
    client = Client()
    request = next(client.requests())
    die_with_parent()
    set_environment(request["environment"])
    try:
        if request["do"] == "sweep":
            sweep(client, request)
        else:
            run = start_run(request)
            client.say({"result": run.id})
            serve_run(client, run)
    except Exception as error:
        client.say({"error": " ".join(f"{type(error).__name__}: {error}".split())})
    # As in the registry's client: nothing that is still tidied up may wait on the network.
    os._exit(0)


if __name__ == "__main__":
    main()
