"""Forms as they are drawn."""

import pytest
from django import forms

from talka.kit.forms import DateInput, Draft


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the contract.")
    day = forms.DateField(label="Day", widget=DateInput(), required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "First"), ("b", "Second")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="I agree")
    notes = forms.CharField(label="Notes", widget=Draft("sample:notes"), required=False)


@pytest.fixture
def wrong():
    return str(Sample({"name": "", "kind": "z", "notes": "<b>"}))


def test_errors_stand_beside_the_field_and_above_with_links(wrong):
    assert '<a href="#id_name">Name: This field is required.</a>' in wrong
    assert '<a href="#id_kind_0">Kind:' in wrong
    assert 'id="id_name_error"' in wrong
    assert 'aria-describedby="id_name_helptext id_name_error"' in wrong
    assert 'aria-invalid="true"' in wrong


def test_what_was_typed_is_kept(wrong):
    assert "&lt;b&gt;</textarea>" in wrong
    assert 'data-draft="sample:notes"' in wrong


def test_every_field_has_its_label_above():
    html = str(Sample())
    for expected in (
        '<label for="id_name">Name',
        "<legend>Kind",
        '<label class="choice" for="id_agreed">',
        '<span class="optional">(optional)</span>',
        'type="date"',
    ):
        assert expected in html
    assert "summary-of-errors" not in html
