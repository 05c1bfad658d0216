"""`make screenshots`: pictures of every page, light and dark, narrow and wide, in `build/screenshots`.

The picture of the Connect page in `docs/images` is made here too, so that it never shows what is not there.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page
from rich.console import Console
from rich.progress import track

from e2e import guide, sites
from e2e.browsing import chromium, person
from e2e.sites import Site
from e2e.world import World, world

PICTURES: Final = Path("build/screenshots")
IN_README: Final = Path("docs/images/connect-page.png")


def main() -> int:
    """Make all pictures; 0 when all went well."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        world(Path(directory), fixture="guide") as run,
        chromium() as browser,
    ):
        context = person(browser)
        page = context.new_page()
        _show_readme_picture(run, page)
        for site in track(_all_sites(run, page), "Pages"):
            _shoot(page, site)
        context.close()
    count = len(list(PICTURES.iterdir()))
    Console().print(f"{count} pictures in {PICTURES}, and {IN_README}")
    return 0


def _all_sites(run: World, page: Page) -> list[Site]:
    visitors = sites.visitor_sites(run.sandbox.url)
    for site in visitors:
        _shoot(page, site)
    sites.sign_in_everywhere(page, run.sandbox.url)
    linked = sites.linked_sites(page, run.sandbox.url)
    page.goto(f"{run.sandbox.url}/developer/account")
    client_id = sites.register_redirect(page)
    return [
        *linked,
        *sites.refused_forms(run.sandbox.url),
        *sites.consent_sites(run.sandbox.url, client_id),
        *sites.connect_sites(run),
    ]


def _shoot(page: Page, site: Site) -> None:
    site.reach(page)
    for look in sites.looks(page):
        page.screenshot(path=PICTURES / f"{site.name}-{look}.png", full_page=True)


def _show_readme_picture(run: World, page: Page) -> None:
    run.integration(sites.KEY)
    page.set_viewport_size({"width": 1180, "height": 860})
    guide.open_form(page, run.connect_link(sites.KEY))
    guide.credentials(page, sites.CLIENT, username="Admin@MyCompany|Central Region")
    page.locator(".chips").wait_for()
    IN_README.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IN_README)


if __name__ == "__main__":
    sys.exit(main())
