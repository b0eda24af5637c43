"""Open every built page in headless Chromium; fail on overflow, broken links and console errors.

    python docs/check_pages.py                    # the pages in docs/_build/html
    python docs/check_pages.py --screenshots DIR  # and store a picture of each, light and dark

Each page is loaded once and laid out as on a phone and as on a laptop. Links and anchors are
checked within the pages; those to other sites are not, since no network is needed. On Debian:

    apt-get install chromium chromium-driver && python -m pip install selenium
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

try:
    from selenium import webdriver
except ImportError:
    sys.exit("check_pages.py needs selenium: python -m pip install selenium")

ROOT = Path(__file__).parent / "_build" / "html"
WIDTHS = {"phone": 390, "laptop": 1280}
MAY_SCROLL = {  # sideways: a selector of elements
    "phone": "pre, .pst-scrollable-table-container, .math-block",
    "laptop": ":not(*)",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
)

# What can be seen of an element ends where the nearest ancestor that clips or scrolls ends.
OVERFLOWING = r"""
const [mayScroll] = arguments;
const root = document.documentElement;
const found = [];
const right = (element) => element.getBoundingClientRect().right;
const widest = (element) => [...element.querySelectorAll(":not(pre *, math *, svg *)")].reduce(
  (best, other) => right(other) >= right(best) ? other : best, element);
const nameOf = (element) => [element.localName, element.id && "#" + element.id,
  ...[...element.classList].map((name) => "." + name)].join("");
const say = (element, verb, pixels) => {
  const culprit = widest(element);
  const text = culprit.textContent.trim().replaceAll(/\s+/g, " ").slice(0, 50);
  found.push(`${nameOf(element)} ${verb} by ${pixels} px: <${nameOf(culprit)}> ${text}`);
};
if (root.scrollWidth > root.clientWidth)
  say(document.body, "scrolls sideways", root.scrollWidth - root.clientWidth);
for (const element of document.body.querySelectorAll(":not(svg *, math *, .visually-hidden)")) {
  if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
  const {overflowX, display} = getComputedStyle(element);
  const beyond = element.scrollWidth - element.clientWidth;
  if (overflowX === "visible" || display === "inline" || beyond <= 1) continue;
  if (overflowX === "hidden" || overflowX === "clip") say(element, "cuts its contents", beyond);
  else if (!element.matches(mayScroll)) say(element, "scrolls sideways", beyond);
}
return found;
"""
BARS = """
return [...document.querySelectorAll("math mo")]
  .filter((mo) => "‖|".includes(mo.textContent.trim()))
  .filter((mo) => mo.getAttribute("stretchy") !== "false" || mo.parentElement.matches(
     "msub, msup, msubsup"))
  .map((mo) => `a bar that fonts may stretch or shrink: ${mo.closest("math").textContent}`);
"""
LINKS = """
return {
  links: [...document.querySelectorAll("a[href], area[href]")].map((link) => link.href),
  anchors: [...document.querySelectorAll("[id], a[name]")].map((item) => item.id || item.name),
};
"""


def find(*names):
    """The path of a program, or the end of this one."""
    for name in names:
        if path := shutil.which(name):
            return path
    sys.exit(
        f"check_pages.py needs {names[0]}, which is not installed. On Debian and Ubuntu: "
        "apt-get install chromium chromium-driver. Elsewhere Chrome and chromedriver do as well."
    )


def start(profile):
    """A browser without a window, with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = find(*BROWSERS)
    for option in (*OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(find("chromedriver"))
    return webdriver.Chrome(options, service)


def resize(browser, width, height=900):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def visit(browser, page):
    """Faults of a page, and its links and anchors."""
    browser.get(page.as_uri())
    faults = [
        f"console: {entry['message']}"
        for entry in browser.get_log("browser")
        if entry["level"] in ("SEVERE", "WARNING")
    ]
    for name, width in WIDTHS.items():
        resize(browser, width)
        overflowing = browser.execute_script(OVERFLOWING, MAY_SCROLL[name])
        faults.extend(f"at {width} px {fault}" for fault in overflowing)
    faults.extend(browser.execute_script(BARS))
    return faults, browser.execute_script(LINKS)


def broken_links(page, links, anchors):
    """Links of a page to files that are missing, or to places that no page has."""
    for link in dict.fromkeys(links):
        address, fragment = urldefrag(link)
        if urlparse(address).scheme != "file":
            continue
        target = Path(unquote(urlparse(address).path))
        if not target.is_file():
            yield f"link to a file that is missing: {target}"
        elif fragment and target in anchors and unquote(fragment) not in anchors[target]:
            yield f"link to an anchor that is missing: {target.name}#{fragment}"


def take_pictures(browser, page, root, directory):
    """A picture of the whole page at each width, in light and in dark."""
    browser.get(page.as_uri())
    for theme in ("light", "dark"):
        browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        for name, width in WIDTHS.items():
            resize(browser, width)
            height = browser.execute_script("return document.documentElement.scrollHeight")
            resize(browser, width, height)
            stem = "-".join(page.relative_to(root).with_suffix("").parts)
            browser.save_screenshot(str(directory / f"{stem}-{name}-{theme}.png"))


def check(root, screenshots):
    """Print the faults of all pages; returns their number."""
    pages = sorted(page for page in root.rglob("*.html") if "_static" not in page.parts)
    if not pages:
        sys.exit(f"No pages in {root}: build them first, see CONTRIBUTING.md")
    faults, links, anchors = {}, {}, {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = start(profile)
        try:
            for page in pages:
                faults[page], found = visit(browser, page)
                links[page], anchors[page] = found["links"], set(found["anchors"])
                if screenshots:
                    take_pictures(browser, page, root, screenshots)
        finally:
            browser.quit()
    for page in pages:
        faults[page].extend(broken_links(page, links[page], anchors))
        for fault in faults[page]:
            print(f"{page.relative_to(root)}: {fault}")
    n_faults = sum(map(len, faults.values()))
    print(f"{len(pages)} pages, {n_faults} faults")
    return n_faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", nargs="?", type=Path, default=ROOT, help="directory of the pages")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="store pictures here")
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    sys.exit(check(arguments.root.resolve(), arguments.screenshots) > 0)


if __name__ == "__main__":
    main()
