"""A run that was kept in a folder, told to Weights & Biases as if it were happening."""

from classifier.wandb_client.bundles import Bundles
from classifier.wandb_client.process import Json
from classifier.wandb_client.runs import keep


def replay(
    bundles: Bundles, *, run: Json, told: list[Json], finished: bool, bundle: Json | None = None
) -> None:
    """Go through what the run has to tell, in its order, and log the bundle that it made.

    A run that is there in part goes on: the client itself leaves out steps that it sent before.
    """
    going = bundles.start_run({**run, "resume": "allow"})
    for request in told:
        keep(going, request)
    if bundle and not bundles.moved(bundle["digest"], bundle["aliases"]):
        bundles.log(going, **bundle)
    going.finish(exit_code=0 if finished else 1)
