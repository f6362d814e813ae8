"""Folders are written whole or not at all."""

import pytest

from sandlot.envs.files import write_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_when_it_is_full(tmp_path):
    place = tmp_path / "runs"

    def write(folder):
        assert folder.parent == tmp_path
        assert folder.name.startswith(".runs.")
        assert not place.exists()
        (folder / "a").write_text("1")

    assert write_folder(place, write) == place
    assert names(tmp_path) == ["runs"]
    assert names(place) == ["a"]


def fail(folder):
    (folder / "half").write_text("1")
    raise KeyboardInterrupt


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failure_leaves_nothing(tmp_path, overwrite):
    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "runs", fail, overwrite=overwrite)
    assert names(tmp_path) == []


def test_what_is_there_stays_until_the_new_one_is_full(tmp_path):
    place = tmp_path / "runs"
    write_folder(place, lambda folder: (folder / "old").touch())
    with pytest.raises(FileExistsError, match="runs: is there already"):
        write_folder(place, fail)
    with pytest.raises(KeyboardInterrupt):
        write_folder(place, fail, overwrite=True)
    assert names(place) == ["old"]
    write_folder(place, lambda folder: (folder / "new").touch(), overwrite=True)
    assert names(tmp_path) == ["runs"]
    assert names(place) == ["new"]


def test_a_failed_exchange_is_undone(tmp_path):
    place = tmp_path / "runs"
    write_folder(place, lambda folder: (folder / "old").touch())
    with pytest.raises(FileNotFoundError):
        write_folder(place, lambda folder: folder.rmdir(), overwrite=True)
    assert names(tmp_path) == ["runs"]
    assert names(place) == ["old"]
