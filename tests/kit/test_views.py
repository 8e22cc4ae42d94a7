"""The kit's own pages."""

import json


def test_the_style_page_shows_everything_without_inline_style(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        html = client.get("/style/").content.decode()
    assert " style=" not in html
    assert "<script>" not in html
    assert "scheme-dark" in html


def test_health_names_what_it_looked_at(client, db):
    response = client.get("/health/")
    assert response.status_code == 200
    assert set(json.loads(response.content)) == {"status", "database", "worker", "disk"}


def test_every_page_carries_the_policies(client, db):
    headers = client.get("/style/").headers
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]


def test_what_does_not_exist_is_said_plainly(client, db):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()
