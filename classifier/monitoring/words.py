"""What each figure is called, and what to do where it moved: one sentence for a person."""

TITLES = {
    "container": "the kinds of files",
    "width": "the width of pictures",
    "height": "the height of pictures",
    "aspect": "the shape of pictures",
    "jpeg_quality": "the quality of JPEG files",
    "channel": "the way by which pictures come",
    "embedding_classifier": "what the detector sees in pictures, told apart by a classifier",
    "embedding_mmd": "what the detector sees in pictures, by their distances",
    "score": "the detector's probabilities",
    "verdicts": "the shares of the verdicts",
    "abstention": "how often the detector does not answer",
    "live_accuracy": "how often the detector is right",
    "overrides": "how often people overrule the detector",
    "overrides_by_source": "how often one source of labels overrules the detector",
    "agreement": "how often reviewers agree",
}
AGAINST = {
    "trained_on": "what the version was trained on",
    "last_month": "the month before",
}
_RECHECK = (
    "Look at the pictures below and at the live accuracy: if it holds, other pictures come than "
    "before; if it falls, have more of them reviewed and retrain."
)
_NEW_KIND = (
    "Look at the pictures below: if they are of a new kind, have a hundred of them reviewed and "
    "retrain."
)
_SCALED = (
    "Look whether something on the way scales pictures now; below the detector's least size it "
    "does not answer."
)
ADVICE = {
    "container": "Ask who sends the new kind of file and whether something on the way converts "
    "pictures now; send the originals if you can.",
    "width": _SCALED,
    "height": _SCALED,
    "aspect": "Look whether something on the way crops pictures now, or whether a new source sends "
    "another shape.",
    "jpeg_quality": "Look whether something on the way compresses pictures anew: that takes away "
    "the traces that the detector reads. Send the originals if you can.",
    "channel": "Find out who sends more or fewer than before; if that is meant, nothing is wrong.",
    "embedding_classifier": _NEW_KIND,
    "embedding_mmd": _NEW_KIND,
    "score": _RECHECK,
    "verdicts": _RECHECK,
    "abstention": "Have the pictures below reviewed: where the detector does not answer it learns "
    "most.",
    "live_accuracy": "Look at the pictures below; retrain if labels are at hand, and roll back if "
    "a new version went live shortly before.",
    "overrides": "Look at the pictures below: if people are right, retrain; if not, pause "
    "retraining and find out who gave these labels.",
    "overrides_by_source": "Pause retraining and look at this source's labels below: if they are "
    "turned around or careless, take them back before anything is learned from them.",
    "agreement": "Look at the pictures below, and tell reviewers how such pictures are to be "
    "judged.",
}


def written(value: float) -> str:
    """A figure for people: two digits, or all before the point."""
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"
