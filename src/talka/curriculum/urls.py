"""Addresses of a cluster's curricula."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from talka.curriculum import tables
from talka.curriculum.views import choosing, matrix, papers, parts, plans, validating


class PartConverter(StringConverter):
    regex = "|".join(parts.PARTS)


register_converter(PartConverter, "curriculum_part")

app_name = "curriculum"
urlpatterns = [
    path("", tables.Curricula.as_view(), name="curricula"),
    path("new/", plans.new, name="new"),
    path("validation/<slug:course>/begin/", validating.begin, name="validate"),
    path("validation/<slug:survey>/testers/", validating.testers, name="testers"),
    path("validation/<slug:survey>/task/", validating.task, name="validation-task"),
    path("<slug:curriculum>/", plans.curriculum, name="curriculum"),
    path("<slug:curriculum>/about/", plans.change, name="change"),
    path("<slug:curriculum>/remove/", plans.remove, name="remove"),
    path("<slug:curriculum>/hours.csv", plans.hours_csv, name="hours-csv"),
    path("<slug:curriculum>/needs/", tables.Needs.as_view(), name="needs"),
    path("<slug:curriculum>/needs/take/", plans.take_needs, name="take-needs"),
    path("<slug:curriculum>/needs/new/", parts.need, name="new-need"),
    path("<slug:curriculum>/needs/<int:pk>/", parts.need, name="need"),
    path("<slug:curriculum>/outcomes/", tables.Outcomes.as_view(), name="outcomes"),
    path("<slug:curriculum>/outcomes/new/", parts.outcome, name="new-outcome"),
    path("<slug:curriculum>/outcomes/<int:pk>/", parts.outcome, name="outcome"),
    path("<slug:curriculum>/modules/new/", parts.module, name="new-module"),
    path("<slug:curriculum>/modules/<int:pk>/", parts.module, name="module"),
    path("<slug:curriculum>/topics/", tables.Topics.as_view(), name="topics"),
    path("<slug:curriculum>/topics/new/", parts.topic, name="new-topic"),
    path("<slug:curriculum>/topics/<int:pk>/", parts.topic, name="topic"),
    path("<slug:curriculum>/topics/<int:pk>/leave-out/", parts.leave_out, name="leave-out"),
    path("<slug:curriculum>/topics/<int:pk>/mark/", choosing.mark, name="mark"),
    path("<slug:curriculum>/drop/<curriculum_part:kind>/<int:pk>/", parts.drop, name="drop"),
    path("<slug:curriculum>/matrix/", matrix.matrix, name="matrix"),
    path("<slug:curriculum>/matrix/cell/", matrix.cell, name="cell"),
    path("<slug:curriculum>/matrix/<int:pk>/", matrix.row, name="row"),
    path("<slug:curriculum>/matrix.csv", matrix.matrix_csv, name="matrix-csv"),
    path("<slug:curriculum>/findings/", tables.Findings.as_view(), name="findings"),
    path("<slug:curriculum>/choose/", choosing.choose, name="choose"),
    path("<slug:curriculum>/choose/<uuid:choice>/", choosing.choice, name="choice"),
    path("<slug:curriculum>/choose/<uuid:choice>/longer/", choosing.longer, name="longer"),
    path("<slug:curriculum>/choose/<uuid:choice>/cancel/", choosing.cancel, name="cancel"),
    path("<slug:curriculum>/choose/<uuid:choice>/take/", choosing.take, name="take"),
    path("<slug:curriculum>/course/", plans.course, name="course"),
    path("<slug:curriculum>/document/", papers.document, name="document"),
    path("<slug:curriculum>/document.pdf", papers.pdf, name="pdf"),
    path("<slug:curriculum>/document.docx", papers.docx, name="docx"),
]
