"""The page's files: all of them, compressed once, under one digest."""

import gzip
import re

from counterfoil.connect.assets import Assets


def test_all_files_are_there_with_what_they_are() -> None:
    by_path = Assets.load().by_path

    assert by_path["main.js"].media_type == "text/javascript; charset=utf-8"
    assert by_path["connect.css"].media_type == "text/css; charset=utf-8"
    assert by_path["mark.svg"].media_type == "image/svg+xml"
    assert by_path["vendor/pico.min.css"].content
    assert "embed.js" in by_path


def test_the_compressed_form_is_the_same_file_and_the_same_every_time() -> None:
    first, second = Assets.load(), Assets.load()

    for path, asset in first.by_path.items():
        assert gzip.decompress(asset.compressed) == asset.content
        assert asset.compressed == second.by_path[path].compressed


def test_the_digest_is_of_all_files_together() -> None:
    first, second = Assets.load(), Assets.load()

    assert first.digest == second.digest
    assert re.fullmatch(r"[0-9a-f]{16}", first.digest)


def test_the_pages_modules_are_its_scripts_without_the_one_for_other_sites() -> None:
    modules = Assets.load().modules()

    assert {"main.js", "form.js"} <= set(modules)
    assert "embed.js" not in modules
    assert all(path.endswith(".js") for path in modules)


def test_modules_import_one_another_by_relative_path_to_files_that_are_there() -> None:
    assets = Assets.load()

    for path in assets.modules():
        source = assets.by_path[path].content.decode()
        for imported in re.findall(r"""(?:from|import)\s+["'](\.[^"']+)["']""", source):
            assert imported.startswith("./")
            assert imported.removeprefix("./") in assets.by_path, f"{path} imports {imported}"
