from exercises.models.job_run import JobRun, JobSlice
from exercises.models.notice import ExerciseNotice, PinnedClose, Pricing
from exercises.models.settlement import Settlement, WithholdingLine, WithholdingRate
from exercises.models.statement import Statement

__all__ = [
    "ExerciseNotice",
    "JobRun",
    "JobSlice",
    "PinnedClose",
    "Pricing",
    "Settlement",
    "Statement",
    "WithholdingLine",
    "WithholdingRate",
]
