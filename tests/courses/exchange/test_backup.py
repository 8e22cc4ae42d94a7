import gzip
import io
import tarfile
import zipfile

import pytest

from talka.courses.exchange import actions
from talka.courses.exchange.formats import read_file
from talka.courses.exchange.reading import Fate, Unreadable

DIGEST = "ab" + "0" * 38


def activity(number, kind, title):
    return (
        f"<activity><moduleid>{number}</moduleid><sectionid>5</sectionid><modulename>{kind}</modulename><title>{title}</title>"
        f"<directory>activities/{kind}_{number}</directory></activity>"
    )


def files(png):
    listed = [
        (1, "page", "Read"),
        (2, "url", "See"),
        (3, "quiz", "Check"),
        (4, "forum", "Talk"),
        (5, "resource", "Picture"),
        (6, "page", "Gone"),
    ]
    return {
        "moodle_backup.xml": "<moodle_backup><information><original_course_fullname>Woods</original_course_fullname><contents><activities>"
        + "".join(activity(*a) for a in listed)
        + "</activities><sections><section><sectionid>5</sectionid><title>1</title><directory>sections/section_5</directory></section></sections>"
        "</contents></information></moodle_backup>",
        "sections/section_5/section.xml": "<section id='5'><name>Trees</name><summary></summary><sequence>2,1,3,4,5,6</sequence></section>",
        "activities/page_1/page.xml": "<activity contextid='11' modulename='page'><page id='1'><name>Read</name><intro></intro>"
        "<content>&lt;p&gt;An &lt;b&gt;oak&lt;/b&gt;: &lt;img src='@@PLUGINFILE@@/a%20b.png' alt='oak'&gt;&lt;/p&gt;</content></page></activity>",
        "activities/url_2/url.xml": "<activity><url id='1'><name>See</name><externalurl>https://example.org/a</externalurl></url></activity>",
        "activities/quiz_3/quiz.xml": "<activity contextid='13'><quiz id='1'><name>Check</name><intro></intro><timelimit>120</timelimit>"
        "<attempts_number>2</attempts_number><question_instances><question_instance id='1'><slot>1</slot><question_reference>"
        "<questionbankentryid>7</questionbankentryid></question_reference></question_instance><question_instance id='2'><slot>2</slot>"
        "<questionid>99</questionid></question_instance></question_instances></quiz></activity>",
        "activities/resource_5/resource.xml": "<activity contextid='15'><resource id='1'><name>Picture</name></resource></activity>",
        "files.xml": f"<files><file id='1'><contenthash>{DIGEST}</contenthash><contextid>11</contextid><filename>a b.png</filename></file>"
        f"<file id='2'><contenthash>{DIGEST}</contenthash><contextid>15</contextid><filename>c.png</filename></file></files>",
        f"files/ab/{DIGEST}": png,
        "questions.xml": "<question_categories><question_category id='1'><name>Bank</name><contextid>10</contextid><question_bank_entries>"
        "<question_bank_entry id='7'><question_version><question_versions><questions><question id='70'><parent>0</parent><name>Wood</name>"
        "<questiontext>&lt;p&gt;Is oak wood?&lt;/p&gt;</questiontext><questiontextformat>1</questiontextformat><defaultmark>1</defaultmark>"
        "<penalty>1</penalty><qtype>truefalse</qtype><plugin_qtype_truefalse_question><answers><answer id='1'><answertext>Wahr</answertext>"
        "<fraction>1.0</fraction><feedback>Yes.</feedback></answer><answer id='2'><answertext>Falsch</answertext><fraction>0.0</fraction>"
        "<feedback></feedback></answer></answers></plugin_qtype_truefalse_question></question></questions></question_versions></question_version>"
        "</question_bank_entry><question_bank_entry id='8'><question_version><question_versions><questions><question id='80'><parent>0</parent>"
        "<name>Height</name><questiontext>How high?</questiontext><questiontextformat>2</questiontextformat><qtype>numerical</qtype>"
        "<plugin_qtype_numerical_question><answers><answer id='3'><answertext>20</answertext><fraction>1</fraction><feedback></feedback></answer>"
        "</answers><numerical_records><numerical_record id='1'><answer>3</answer><tolerance>5</tolerance></numerical_record></numerical_records>"
        "<numerical_units><numerical_unit id='1'><multiplier>1</multiplier><unit>m</unit></numerical_unit></numerical_units>"
        "</plugin_qtype_numerical_question></question></questions></question_versions></question_version></question_bank_entry>"
        "</question_bank_entries></question_category></question_categories>",
        "users.xml": "<users/>",
    }


def as_zip(made):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return out.getvalue()


def as_tar(made):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in made.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("pack", [as_zip, as_tar])
def test_a_course_comes_in_and_the_rest_is_named(pack, png):
    form, read = read_file(pack(files(png)), name="w.mbz")
    assert (form, read.title) == ("Moodle course backup", "Woods")
    assert [(line.what, line.fate, line.why) for line in read.lines] == [
        ("See", Fate.TAKEN, ""),
        ("Read", Fate.TAKEN, ""),
        ("Check", Fate.TAKEN, ""),
        ("Wood", Fate.TAKEN, ""),
        ("question 2", Fate.LEFT, "is missing"),
        ("Talk", Fate.LEFT, "“forum” has no counterpart here"),
        ("Picture", Fate.TAKEN, ""),
        ("Gone", Fate.LEFT, "refers to “activities/page_6/page.xml”, which is missing"),
        ("Height", Fate.TAKEN, ""),
    ]
    topics = {t.title: t for t in read.topics()}
    assert [(x.kind, x.value.get("text") or x.value.get("alt")) for x in topics["Read"].materials] == [
        ("text", "An **oak**:\n"),
        ("image", "oak"),
    ]
    assert topics["See"].materials[0].value == {"text": "[See](https://example.org/a)\n"}
    (quiz,) = topics["Check"].materials
    assert quiz.value == {"minutes": 2, "attempts": 2}
    assert quiz.questions[0].value == {
        "title": "Wood", "prompt": "Is oak wood?", "points": 1.0, "type": "truefalse", "right": True, "feedback_true": "Yes.",
    }  # fmt: skip
    assert topics["Bank"].materials[0].value == {
        "title": "Height", "prompt": "How high?", "points": 1.0, "type": "number", "right": 20.0, "tolerance": 5.0, "unit": "m",
    }  # fmt: skip
    assert "People, their answers and grades in the backup are not imported." in read.remarks
    actions._checked(read)


def test_a_broken_bank_is_a_line_and_the_pages_come_in(png):
    made = files(png) | {"questions.xml": "<question_categories><q"}
    _form, read = read_file(as_zip(made), name="w.mbz")
    assert read.lines[0].why.startswith("questions.xml: Line 1, column")
    assert "Read" in {t.title for t in read.topics()}


def test_a_backup_without_its_start_is_refused():
    with pytest.raises(Unreadable, match=r"w\.mbz, moodle_backup\.xml: is not a backup of Moodle 2"):
        read_file(as_zip({"moodle_backup.xml": "<x/>"}), name="w.mbz")
    with pytest.raises(Unreadable, match=r"w\.mbz: is damaged or incomplete"):
        read_file(gzip.compress(b"no tar")[:-9], name="w.mbz")
