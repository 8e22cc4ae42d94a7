"""What came later: work done on a phone without a line, and delivered when there was one again."""

from django.db import models
from django.db.models import UniqueConstraint

from talka.people.models import User


class Delivery(models.Model):
    """One thing that a person did without a line. The phone gives it its `uuid`, so that it arrives once however often it is sent."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    uuid = models.UUIDField()
    kind = models.CharField(max_length=10)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # Why it could not be taken; empty if it was.
    refused = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "uuid"], name="a_delivery_arrives_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"
