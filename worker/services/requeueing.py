"""Making the queue's places anew in batches, between other work: after a promotion and when the
policy has changed. How far it has come stands in the policy's row, so a lost worker loses nothing.
"""

from labelling.models import Prediction
from labelling.queue import queue_policy
from labelling.services.requeueing import requeue_everything, requeue_next
from worker.services.chain import Chain


def requeue_after_promotion(*, version_id: int) -> None:
    """What a version said before counts again; a new one's places come with what it says."""
    if Prediction.objects.filter(version=version_id).exists():
        requeue_everything()


def start_requeueing() -> None:
    """Start the chain of batches, unless it is moving already."""
    chain_of(queue_policy().pk).start()


def requeue_batch(*, policy_id: int) -> None:
    """Make one batch anew and send the task again while there is more."""
    chain = chain_of(policy_id)
    if requeue_next():
        chain.go_on()
    else:
        chain.rest(seconds=1)


def chain_of(policy_id: int) -> Chain:
    return Chain("requeue", policy_id)
