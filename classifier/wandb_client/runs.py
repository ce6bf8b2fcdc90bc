"""A run: its settings, figures, pictures, the data that it used and the bundle that it made."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from classifier.wandb_client.process import Conversation, Json

DIGEST_KEY = "bundle_digest"
MODEL, DATASET = "model", "dataset"


def start_run(wanted: Mapping[str, Any], timeout: float) -> Any:
    """Begin a run, or go on with the one of that id.

    ``wanted`` are the arguments of ``wandb.init``, and the sweep that the run belongs to.
    """
    import wandb

    arguments = dict(wanted)
    settings = wandb.Settings(
        console="off",
        disable_code=True,
        disable_git=True,
        init_timeout=timeout,
        sweep_id=arguments.pop("sweep", None) or None,
        x_disable_machine_info=True,
        x_disable_stats=True,
    )
    return wandb.init(settings=settings, **arguments)


def serve_run(talk: Conversation, run: Any) -> None:
    """Do what is asked of a run until it is over, or whoever asks is gone."""
    for request in talk.requests():
        if request["do"] == "finish":
            run.finish(exit_code=0 if request["finished"] else 1)
            talk.say({"result": "finished"})
            return
        keep(run, request)
    run.finish(exit_code=1)


def keep(run: Any, request: Json) -> None:
    """Log one thing that a run has to tell."""
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
        case "dataset":
            use_dataset(run, request["dataset"])
        case "model":
            log_bundle(run, **request["model"])


def use_dataset(run: Any, dataset: Json) -> None:
    """Say what the run learns from: a reference with a digest. No picture is sent."""
    import wandb
    from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry

    metadata = {**dataset["metadata"], "digest": dataset["digest"]}
    artifact = wandb.Artifact(dataset["name"], type=DATASET, metadata=metadata)
    # Not by add_reference: that would ask the bucket itself, and the digest is known.
    artifact.manifest.add_entry(
        ArtifactManifestEntry(
            path=dataset["file"], ref=dataset["reference"], digest=dataset["digest"]
        )
    )
    run.use_artifact(artifact, aliases=[dataset["digest"]])


def log_bundle(
    run: Any,
    *,
    artifact: str,
    folder: str,
    digest: str,
    metadata: Mapping[str, Any],
    aliases: Sequence[str] = (),
    linked: str = "",
) -> None:
    """Log the bundle as a version of the model artifact, and wait until it is there and linked.

    What is there already is not sent again. The digest is an alias too: with it one query finds
    the version of a bundle.
    """
    import wandb

    logged = wandb.Artifact(artifact, type=MODEL, metadata={**metadata, DIGEST_KEY: digest})
    logged.add_dir(os.fspath(folder), skip_cache=True, policy="immutable")
    run.log_artifact(logged, aliases=[digest, *aliases]).wait()
    if linked:
        logged.link(linked, list(aliases))
