"""The built site and a browser that looks at it, for every test that needs either.

`site_dir`    the site, built fresh with warnings as errors, once per test run (also under xdist)
`site_build`  the same with the complaints of the build, for the one test that reports them
`site_url`    its address on localhost
`browser`     Chromium, or a skip that says loudly why not; under CI=true a missing browser is a failure
`new_page`    opens pages that fail the test if they log an error or ask another host for anything
`page`        one such page, desktop size, light

`arrive(page)` waits until a page stands still; `violations(page)` is what axe-core finds wrong with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def build_site(source: Path, output: Path) -> subprocess.CompletedProcess:
    """Build a book fresh, warnings as errors, without touching its sources. The site is in `_build/html`."""
    book = Path(sys.executable).parent / "jupyter-book"
    options = ["-n", "-W", "--keep-going", "--path-output", str(output)]
    path = {"PATH": f"{book.parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [str(book), "build", *options, str(source)], env=os.environ | path, capture_output=True, text=True
    )


def complaints_of(log: str) -> list[str]:
    """The warnings and errors of a build, or its last lines if it broke without any."""
    return [line for line in log.splitlines() if "WARNING" in line or "ERROR" in line] or log.splitlines()[-40:]


@pytest.fixture(scope="session")
def site_build(tmp_path_factory) -> tuple[Path, str]:
    """The folder of the site, clean or not, and what is wrong with it: `""` if nothing is."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # the same folder for all workers
    output, log = shared / "site", shared / "site.log"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first worker builds, the others wait
        if not log.exists():
            done = build_site(ROOT, output)
            text = re.sub(r"\x1b\[[\d;]*m", "", f"{done.stdout}\n{done.stderr}")  # without colors
            log.write_text("\n".join(complaints_of(text)) if done.returncode else "", encoding="utf-8")
    return output / "_build" / "html", log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site_dir(site_build) -> Path:
    """The folder of the finished site. A build with warnings fails one test, not all that look at pages."""
    folder, _ = site_build
    if not (folder / "index.html").exists():
        pytest.fail("the site does not build: see test_it_builds_without_a_warning", pytrace=False)
    return folder


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        """Say nothing: the tests say what matters."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address) -> None:
        """A browser that hangs up early is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on localhost, in a thread, for as long as the block lasts; gives the address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def site_url(site_dir) -> Iterator[str]:
    """The address of the site on localhost, with a slash at the end."""
    with served(site_dir) as url:
        yield url


def find_browser(playwright) -> str | None:
    """The path of an installed Chromium or Chrome, or of the one that Playwright fetched."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    candidates = [*map(shutil.which, names), mac, playwright.chromium.executable_path]
    return next((c for c in candidates if c and Path(c).exists()), None)


def no_browser(reason: str) -> None:
    """Skip, or fail where a browser is promised."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """A running Chromium, driven by Playwright."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        path = find_browser(playwright)
        if path is None:
            no_browser(
                "NO BROWSER: nothing the reader sees was tested. Install Chromium or Chrome, "
                "or run `python -m playwright install chromium`."
            )
        running = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield running
        running.close()


class Watch:
    """What a page must not do: log an error, miss a file, ask another host."""

    def __init__(self, context, home: tuple[str, ...]):
        self.home = (*home, "data:", "blob:", "about:")
        self.complaints: list[str] = []
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", lambda r: r.status >= 400 and self._add(f"{r.status}: {r.url}"))
        context.on("console", lambda m: m.type == "error" and self._add(f"console: {m.text}"))
        context.on("weberror", lambda e: self._add(f"uncaught: {e.error}"))

    def _request(self, request) -> None:
        if not request.url.startswith(self.home):
            self._add(f"request to another host: {request.url}")

    def _failed(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # given up because the page was left: nobody misses it
            self._add(f"failed: {request.url} ({request.failure})")

    def _add(self, complaint: str) -> None:
        self.complaints.append(complaint)


@pytest.fixture
def new_page(browser, site_dir, site_url) -> Iterator[Callable]:
    """A function that opens a fresh page: `new_page("intro.html", color_scheme="dark", **PHONE)`.

    The path is relative to the site; `from_file=True` opens it from the disk instead of over http. Everything
    else goes to Playwright's `new_context`. All pages are closed after the test, which fails if one of them
    logged an error, missed a file or asked another host for anything.
    """
    opened, watches = [], []

    def open_page(path: str | None = None, from_file: bool = False, **options):
        context = browser.new_context(base_url=site_url, **(DESKTOP | options))
        context.set_default_timeout(10_000)
        files = site_dir.resolve().as_uri() + "/"
        watches.append(Watch(context, (files,) if from_file else (site_url, site_url.replace("http", "ws", 1))))
        opened.append(context)
        page = context.new_page()
        if path is not None:
            page.goto((files if from_file else site_url) + path)
        return page

    yield open_page
    for context in opened:
        context.close()
    complaints = [c for watch in watches for c in watch.complaints]
    if complaints:
        pytest.fail("the page misbehaved:\n" + "\n".join(complaints), pytrace=False)


@pytest.fixture
def page(new_page):
    """One watched page, desktop size, light; nothing opened yet: `page.goto("chapters/04-momentum.html")`."""
    return new_page()


def violations(page, only: str | None = None) -> list[str]:
    """What axe-core finds wrong with the page as it is now, one line each; `only` names a single check.

    Before, each formula on the page becomes an x and each piece of code plain text: tens of thousands of boxes
    that are alike everywhere and that axe would compare with each other for seconds. Formulas have the color of
    the text, and the colors of code are checked where they are defined (test_site_build.py).
    """
    for selector, text in ((".katex", "'x'"), (".highlight pre", "e.textContent")):
        page.evaluate(f"document.querySelectorAll('{selector}').forEach(e => e.replaceChildren({text}))")
    client = page.context.new_cdp_session(page)  # injected past the page's Content-Security-Policy
    client.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    options = {"resultTypes": ["violations"]} | ({"runOnly": [only]} if only else {})
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{v['id']} ({v['impact']}): {v['help']}: {', '.join(n['target'][0] for n in v['nodes'][:3])}" for v in found
    ]


def arrive(page) -> None:
    """Wait until the page and its instruments stand still: loaded, fonts there, two frames drawn.

    No `wait_for_function` here: Playwright evaluates its text inside the page, which the policy forbids.
    """
    if re.search(r"(?<!api)/index\.html$", page.url):
        page.wait_for_url("**/intro.html")  # the front door leads on
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => 0)")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")
