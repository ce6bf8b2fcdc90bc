"""The audit log's actions in words. Pure: a word that this release does not know is spelled out."""

from labelling.models import AuditEntry

WORDS = {
    "label.settled": "Settled",
    "label.changed": "The label was changed",
    "label.removed": "The label was removed",
    "image.gold_wanted": "Two people were asked, to measure with it",
    "image.regression": "Kept in the regression set for ever",
    "image.binned": "Moved to the bin",
    "image.restored": "Taken out of the bin",
    "image.erased": "Deleted for good",
    "image.submissions_erased": "A person's part in it was erased",
    "export.made": "Pictures were exported",
    "link.created": "A link to the result was made",
    "link.revoked": "The link to the result was revoked",
    "dispute.opened": "Disputed",
    "dispute.withdrawn": "The dispute was withdrawn",
    "dispute.accepted": "The dispute was accepted",
    "dispute.declined": "The dispute was declined",
    "model.registered": "Registered",
    "model.shadowed": "Put in shadow",
    "model.promoted": "Promoted: it answers",
    "model.archived": "Archived: another answers",
    "model.rejected": "Rejected",
    "policy.retraining": "The retraining policy was changed",
    "policy.deleted": "The retraining policy was deleted",
    "policy.changed": "The queue's policy was changed",
    "alert.acknowledged": "Took an alert in hand",
    "alert.muted": "Muted an alert",
    "alert.unmuted": "Unmuted an alert",
    "role.granted": "Got a role",
    "role.removed": "Lost a role",
    "person.made": "Got an account by the organisation's sign-in",
    "person.deactivated": "The account was closed",
    "person.reactivated": "The account was opened again",
    "person.reset_link": "Was given a link to set a password",
    "person.password_reset": "Set a new password by a link",
    "token.made": "Made a token for a program",
    "token.revoked": "Revoked a token",
    "webhook.made": "Made a webhook",
    "webhook.changed": "Changed a webhook",
    "webhook.deleted": "Deleted a webhook",
    "webhook.rotated": "Got a new secret for a webhook",
    "webhook.switched_off": "A webhook that nothing reached was switched off",
    "invitation.made": "Invited somebody",
    "invitation.revoked": "The invitation was taken back",
    "invitation.accepted": "The invitation was used",
}
# Of a picture, what tells nothing of what anybody or anything thinks of it.
OPEN_TO_THE_BLIND = ("image.binned", "image.restored")


def words_of(entry: AuditEntry) -> str:
    return WORDS.get(entry.action) or entry.action.replace(".", ": ").replace("_", " ")
