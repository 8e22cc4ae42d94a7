from django.urls import URLPattern, URLResolver, path

from talka.courses.views import catalogue, learning

app_name = "courses"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", catalogue.catalogue, name="catalogue"),
    path("mine/", catalogue.mine, name="mine"),
    path("<slug:course>/", catalogue.course, name="course"),
    path("<slug:course>/enrol/", catalogue.enrol, name="enrol"),
    path("<slug:course>/leave/", catalogue.leave, name="leave"),
    path("<slug:course>/glossary/", catalogue.glossary, name="glossary"),
    path("<slug:course>/notes/", catalogue.notes, name="notes"),
    path("<slug:course>/lessons/<slug:lesson>/", catalogue.lesson, name="lesson"),
    path("<slug:course>/<slug:topic>/", learning.topic, name="topic"),
    path("<slug:course>/<slug:topic>/done/", learning.done, name="done"),
    path("<slug:course>/<slug:topic>/seen/", learning.seen, name="seen"),
    path("<slug:course>/<slug:topic>/note/", learning.note, name="note"),
    path("<slug:course>/<slug:topic>/bookmark/", learning.bookmark, name="bookmark"),
    path("<slug:course>/<slug:topic>/files/<str:name>", catalogue.file, name="file"),
    path("<slug:course>/<slug:topic>/<slug:material>/answer/", learning.answer, name="answer"),
    path("<slug:course>/<slug:topic>/<slug:material>/hint/", learning.hint, name="hint"),
    path("<slug:course>/<slug:topic>/<slug:material>/solution/", learning.solution, name="solution"),
    path("<slug:course>/<slug:topic>/<slug:material>/step/", learning.step, name="step"),
    path("<slug:course>/<slug:topic>/<slug:material>/sheet/", learning.sheet, name="sheet"),
    path("<slug:course>/<slug:topic>/<slug:material>/watch/", learning.watch, name="watch"),
    path("<slug:course>/<slug:topic>/<slug:material>/film.webm", learning.film, name="film"),
    path("<slug:course>/<slug:topic>/<slug:material>/captions.vtt", learning.captions, name="captions"),
    path("<slug:course>/<slug:topic>/<slug:material>/document.pdf", learning.document, name="document"),
    path("<slug:course>/<slug:topic>/<slug:material>/quiz/", learning.quiz, name="quiz"),
    path("<slug:course>/<slug:topic>/<slug:material>/quiz/start/", learning.quiz_start, name="quiz-start"),
    path("<slug:course>/<slug:topic>/<slug:material>/quiz/answers/", learning.quiz_answers, name="quiz-answers"),
]
