"""A backup is whole or refused, and a restore puts back exactly what was kept."""

import shutil
import sqlite3
import tarfile

import pytest

from talka.cli import Stop, backup, main
from tests.cli import talka

# One worker makes the site once.
pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture(scope="session")
def made_site(tmp_path_factory):
    """A network with one operator, made once."""
    data = tmp_path_factory.mktemp("made") / "site"
    code, said, wrong = talka("init", "--email", "ada@example.org", data=data)
    assert (code, wrong) == (0, "")
    assert "sign in as  ada@example.org" in said
    return data


@pytest.fixture
def folder(made_site, tmp_path):
    """A copy of it for one test."""
    shutil.copytree(made_site, tmp_path / "site")
    return tmp_path / "site"


def test_a_site_is_made_kept_lost_and_put_back(folder):
    assert talka("backup", str(folder / "kept.tar.gz"), data=folder)[0] == 0

    assert talka("restore", str(folder / "kept.tar.gz"), data=folder)[0] == 1, "data is there, so --replace must be asked for"
    (folder / "talka.sqlite3").unlink()
    for rest in folder.glob("talka.sqlite3-*"):
        rest.unlink()
    code, _, wrong = talka("restore", str(folder / "kept.tar.gz"), data=folder)
    assert (code, wrong) == (0, "")
    assert "There is an operator already: ada@example.org" in talka("init", data=folder)[1]


def test_a_damaged_backup_is_refused_before_anything_is_touched(tmp_path):
    (tmp_path / "manifest.json").write_text('{"format": "talka-backup/1", "files": {"secret.key": "00"}}')
    (tmp_path / "secret.key").write_text("other")
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "manifest.json", "manifest.json")
        tar.add(tmp_path / "secret.key", "secret.key")
    with pytest.raises(Stop, match=r"damaged: secret.key"):
        backup.unpack(tmp_path / "bad.tar.gz", tmp_path / "out")


def test_a_file_that_is_no_backup_is_refused(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(b"no")
    with pytest.raises(Stop, match="not a whole backup"):
        backup.unpack(tmp_path / "x.tar.gz", tmp_path / "out")


def test_a_wrong_setting_is_refused_with_the_remedy(tmp_path):
    code, _, wrong = talka("doctor", data=tmp_path, TALKA_URL="learn.example.org")
    assert code == 1
    assert "TALKA_URL=learn.example.org is not an address of a site" in wrong
    assert "Traceback" not in wrong


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for command in ("demo", "init", "up", "doctor", "backup", "restore", "source", "import", "export"):
        assert f"    {command} " in said


def test_an_upgrade_that_fails_is_rolled_back(folder):
    """A site on an older database, and a step that cannot be made: everything is as before."""
    with sqlite3.connect(folder / "talka.sqlite3") as database:
        # The last step of `people` is forgotten, so it is made again, and fails because its tables are there.
        database.execute("DELETE FROM django_migrations WHERE app = 'people' AND name = '0001_initial'")
    code, _, wrong = talka("upgrade", data=folder)
    assert code == 1
    assert "was rolled back" in wrong
    with sqlite3.connect(folder / "talka.sqlite3") as database:
        assert database.execute("SELECT email FROM people_user").fetchall() == [("ada@example.org",)]
    assert len(list((folder / "backups").glob("before-upgrade-*.tar.gz"))) == 1


def test_an_upgrade_with_nothing_to_do_says_so(folder):
    assert talka("upgrade", data=folder)[1] == "The data fits this version already. Nothing was changed.\n"
