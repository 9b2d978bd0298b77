"""A store that is opened: made from nothing, brought up from an older revision, or refused with a remedy."""

from __future__ import annotations

import os
import shutil
import textwrap
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import titan.storage.migrations
from tests.storage.stores import Writing, submitted
from titan.model.errors import ConfigError, StorageError
from titan.storage.recall import verified
from titan.storage.schema import marks, metadata
from titan.storage.store import look_into, open_store

NEXT = """
    import sqlalchemy as sa
    from alembic import op

    revision, down_revision = "0002", "0001"

    def upgrade():
        op.add_column("marks", sa.Column("note", sa.Text))
        {more}
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of steps of a version to come: put steps into it."""
    place = tmp_path / "migrations"
    shutil.copytree(Path(titan.storage.migrations.__file__).parent, place)
    monkeypatch.setattr("titan.storage.store._scripts", lambda: place)
    return place / "versions"


def test_the_steps_lead_to_the_schema(url: str) -> None:
    store = open_store(url)
    with store.reading() as read:
        context = MigrationContext.configure(read, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
        kinds = {
            f"{table}.{column['name']}": str(column["type"])
            for table in metadata.tables
            for column in sa.inspect(read).get_columns(table)
        }
    assert not [name for name, kind in kinds.items() if "FLOAT" in kind or "REAL" in kind or "DOUBLE" in kind]
    store.close()


@pytest.mark.parametrize("opening", [open_store, look_into])
def test_an_older_store_is_brought_up_with_all_that_is_in_it(url: str, later: Path, opening: object) -> None:
    writing = Writing(url)
    writing.journal(submitted("a"))
    writing.safe()
    writing.close()
    (later / "v0002_note.py").write_text(textwrap.dedent(NEXT.format(more="")))
    store = opening(url)  # type: ignore[operator]
    with store.reading() as read:
        assert "note" in {column["name"] for column in sa.inspect(read).get_columns("marks")}
        assert read.execute(sa.text("select version_num from alembic_version")).scalar() == "0002"
    assert (verified(store).entries, verified(store).broken) == (1, None)
    store.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(url: str, later: Path) -> None:
    open_store(url).close()
    step = later / "v0002_note.py"
    step.write_text(textwrap.dedent(NEXT.format(more='op.drop_table("nothing")')))
    with pytest.raises(StorageError):
        open_store(url)
    step.unlink()
    store = look_into(url)
    with store.reading() as read:
        assert {column["name"] for column in sa.inspect(read).get_columns("marks")} == {"name", "value"}
    store.close()


def test_tables_of_something_else_are_not_touched(url: str) -> None:
    store = open_store(url)
    with store.writing() as connection:
        connection.execute(sa.text("drop table alembic_version"))
    store.close()
    with pytest.raises(StorageError, match="tables of something else"):
        open_store(url)


@pytest.mark.parametrize("damage", ["no database", "a page", "its end"])
def test_a_damaged_file_is_named_and_kept(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "titan.db"
    open_store(f"sqlite:///{file}").close()
    whole = file.read_bytes()
    bytes_ = {
        "no database": b"x" * 9000,
        "a page": whole[:100] + b"A" * 3996 + whole[4096:],
        "its end": whole[:6000],
    }
    file.write_bytes(bytes_[damage])
    for opening in (open_store, look_into):
        with pytest.raises(StorageError) as caught:
            opening(f"sqlite:///{file}")
        assert "keep it" in caught.value.remedy
    assert file.read_bytes() == bytes_[damage]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "in memory"), ("sqlite:///:memory:", "in memory"),
        ("sqlite://x/y.db", "three are meant"),
        ("postgresql://u:sesame@127.0.0.1:port/x", "cannot be read"), ("", "cannot be read"),
        ("sqlite+aiosqlite:///x.db", "no store of the kind"),
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_a_store(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        open_store(url)
    assert "sqlite:///titan.db" in caught.value.remedy
    assert "sesame" not in str(caught.value)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder") as caught:
        open_store(f"sqlite:///{tmp_path}")
    assert str(tmp_path / "titan.db") in caught.value.remedy


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be made") as caught:
        open_store(f"sqlite:///{tmp_path / 'file' / 'titan.db'}")
    assert caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    file = tmp_path / "titan.db"
    open_store(f"sqlite:///{file}").close()
    for path, rights in ((file, 0o444), (tmp_path, 0o555)):
        path.chmod(rights)
    try:
        with pytest.raises(StorageError) as caught:
            open_store(f"sqlite:///{file}")
        assert "rights" in caught.value.remedy or "written" in caught.value.remedy
    finally:
        tmp_path.chmod(0o755)


def test_a_file_that_may_only_be_read_says_so(tmp_path: Path) -> None:
    """As the engine says it, whoever asks."""
    store = open_store(f"sqlite:///{tmp_path / 'titan.db'}")

    def write() -> None:
        with store.writing() as connection:
            connection.exec_driver_sql("pragma query_only=on")
            connection.execute(sa.insert(marks), [{"name": "x", "value": "y"}])

    with pytest.raises(StorageError) as caught:
        write()
    assert "rights" in caught.value.remedy
    store.close()


def test_a_wrong_password_and_a_database_that_is_not_there_are_told_apart(tmp_path: Path, url: str) -> None:
    if url.startswith("sqlite"):
        return
    with pytest.raises(StorageError) as caught:
        open_store(str(sa.make_url(url).set(database="nothing").render_as_string(hide_password=False)))
    assert "createdb" in caught.value.remedy
