"""The review workflow: an expert looks at a topic, then a manager of its cluster publishes it."""

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Workflow, WorkflowContentType, WorkflowTask

from talka.courses.models import ClusterApproval, Topic

# Kept in English in the database; the editor shows them as they are.
NAME = "Review of topics"
STEPS = ((ClusterApproval.Step.EXPERT, "Expert review"), (ClusterApproval.Step.PUBLISHER, "Publishing"))


def ensure_workflow() -> Workflow:
    """The workflow for topics is there; one that an operator changed or replaced is left alone."""
    kind = ContentType.objects.get_for_model(Topic)
    standing = WorkflowContentType.objects.filter(content_type=kind).select_related("workflow").first()
    if standing is not None:
        return standing.workflow
    workflow, _made = Workflow.objects.get_or_create(name=NAME, defaults={"active": True})
    for order, (step, name) in enumerate(STEPS):
        task, _made = ClusterApproval.objects.get_or_create(step=step, defaults={"name": name, "active": True})
        WorkflowTask.objects.get_or_create(workflow=workflow, task=task.task_ptr, defaults={"sort_order": order})
    WorkflowContentType.objects.create(workflow=workflow, content_type=kind)
    return workflow
