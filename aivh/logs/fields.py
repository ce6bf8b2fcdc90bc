"""What a line may carry besides its words. Everything else that somebody hangs on it is dropped."""

# In the order in which they are written.
SUBJECTS = (
    "request_id",
    "person_id",
    "image_id",
    "job_id",
    "run_id",
    "trial_id",
    "policy_id",
    "dispute_id",
    "version_id",
    "model_version",
    "task",
    "task_id",
)
MEASURES = ("method", "route", "status", "ms", "bytes", "outcome", "wait_seconds", "run_seconds")
FIELDS = (*SUBJECTS, *MEASURES)
