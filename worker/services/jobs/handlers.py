"""Which handler does which kind of job."""

from worker.models import Job
from worker.services.jobs import bulk, erasing, exporting, importing, predicting
from worker.services.jobs.work import Handler

Kind = Job.Kind

HANDLERS: dict[Kind, Handler] = {
    Kind.IMPORT: importing.import_pictures,
    Kind.EXPORT: exporting.export_pictures,
    Kind.PREDICT: predicting.predict_anew,
    Kind.REVIEW: bulk.review,
    Kind.ASSIGN: bulk.assign,
    Kind.DELETE: bulk.delete,
    Kind.RESTORE: bulk.restore,
    Kind.ERASE: erasing.erase_uploads,
}
