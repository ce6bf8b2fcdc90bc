"""One question to Weights & Biases, or the talk that goes with a run or a sweep.

The first line on standard input says which: ``question``, ``run`` or ``sweep``.
"""

import os
import signal
import sys
from pathlib import Path

# Started by its path and with -P, so that no folder of ours hides a module of wandb's.
sys.path.append(str(Path(__file__).parents[2]))

from classifier.wandb_client.bundles import MissingError
from classifier.wandb_client.process import (
    Conversation,
    Json,
    die_with_parent,
    set_environment,
)
from classifier.wandb_client.questions import answer
from classifier.wandb_client.runs import serve_run, start_run
from classifier.wandb_client.sweeps import serve_sweep


def serve(talk: Conversation, request: Json) -> None:
    """Do what the first line asks for."""
    match request["do"]:
        case "question":
            talk.say({"result": answer(request)})
        case "sweep":
            serve_sweep(talk, request)
        case "run":
            run = start_run(request["run"], request["timeout"])
            talk.say({"result": run.id})
            serve_run(talk, run)


def main() -> None:
    """Serve one request and end."""
    talk = Conversation()
    request = next(talk.requests())
    die_with_parent()
    if limit := request.get("limit"):
        signal.alarm(round(limit) + 5)  # should the parent forget us
    set_environment(request["environment"])
    try:
        serve(talk, request)
    except MissingError as error:
        talk.say({"missing": str(error)})
    except Exception as error:
        talk.say({"error": " ".join(f"{type(error).__name__}: {error}".split())})
    # The answer is given. What the client would still tidy up in its exit hooks can wait on a
    # network that is gone; its service process ends by itself when we do.
    os._exit(0)


if __name__ == "__main__":
    main()
