"""The choices of the gallery's filters and sorts, in the order in which they are shown."""

from classifier.vocabulary import Verdict
from labelling.models import Submission

VERDICTS = [
    (Verdict.AI.value, "AI-made"),
    (Verdict.HUMAN.value, "Human-made"),
    (Verdict.UNCERTAIN.value, "Uncertain"),
]
LABELS = [
    ("settled", "Settled by people"),
    ("unsettled", "Not settled"),
    ("ai", "Settled as AI"),
    ("human", "Settled as human"),
    ("unusable", "Settled as unusable"),
    ("gold", "Gold"),
]
SOURCES = [
    (Submission.Channel.PAGE.value, "Upload page"),
    (Submission.Channel.API.value, "API"),
    (Submission.Channel.PREDICT.value, "Quick prediction"),
    (Submission.Channel.IMPORT.value, "Import"),
]
DISAGREEMENTS = [
    ("people", "People disagree"),
    ("label", "Detector and people disagree"),
    ("versions", "Two versions disagree"),
]
STATES = [
    ("waiting", "Waiting for the detector"),
    ("failed", "Could not be judged"),
    ("flagged", "Flagged"),
    ("disputed", "Disputed"),
    ("audit", "In the audit sample"),
]
SORTS = [
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
    ("uncertain", "Least certain first"),
    ("ai", "Most AI first"),
    ("human", "Most human first"),
    ("largest", "Largest first"),
]
NEWEST = "newest"
BY_FINDING = ("uncertain", "ai", "human")
LONGEST_TEXT = 100
