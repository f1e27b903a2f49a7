"""Opens a report page in headless Chromium and uses it as people do: by pointer, by keyboard, on a phone, in the dark.

    python tests/browser/look.py PAGE.html [--shots DIR]

Every check can fail: `--broken` breaks the page first in one way for each check, and expects that check, and no other outcome, to say so.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import axe_core_python
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SIZES = {"phone": (360, 740), "desktop": (1440, 900)}
AXE = (pathlib.Path(axe_core_python.__file__).parent / "axe.min.js").read_text()


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    # CI runs as root, which Chromium's own sandbox refuses.
    for flag in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


class Page:
    def __init__(self, driver, address):
        self.driver, self.address = driver, address

    def open(self, scheme="light", size="desktop", fragment=""):
        width, height = SIZES[size]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get("about:blank")
        self.driver.get(self.address + fragment)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def shown(self, selector):
        return [element for element in self.all(selector) if element.is_displayed()]

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)


def opens_without_errors(page):
    page.driver.get_log("browser")
    page.open()
    said = [entry for entry in page.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not said, said
    assert page.all(".row svg path"), "no slot is drawn"


def asks_for_nothing(page):
    page.driver.get_log("performance")
    page.open()
    events = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    other = [url for url in asked if not url.startswith(("file:", "about:", "data:"))]
    assert not other, other


def fits_a_phone(page):
    page.open(size="phone")
    wide = page.js("return document.documentElement.scrollWidth")
    assert wide <= 360, f"the page is {wide} pixels wide on a phone of 360"


def filters(page):
    page.open()
    rows = page.shown("#cache-table tbody tr")
    name = rows[0].find_element(By.CSS_SELECTOR, "th").text
    page.one("#filter").send_keys(name)
    left = page.shown("#cache-table tbody tr")
    assert left and len(left) < len(rows), f"{len(left)} of {len(rows)} lines are left for {name}"
    assert all(name in row.text for row in left)
    drawn = {row.text for row in page.shown(".row a")}
    assert all(name in text for text in drawn), drawn
    assert str(len(left)) in page.one("#count").text
    page.one("#filter").clear()
    page.one("#filter").send_keys("no cache has this name")
    assert not page.shown("#cache-table tbody tr")


def sorts(page):
    page.open()
    head = page.one("#cache-table th button[data-column='6']")
    head.click()
    numbers = [int(row.get_attribute("data-v")) for row in page.all("#cache-table tbody td:nth-child(7)")]
    assert numbers == sorted(numbers) and len(set(numbers)) > 1, numbers
    assert head.find_element(By.XPATH, "..").get_attribute("aria-sort") == "ascending"
    head.click()
    again = [int(row.get_attribute("data-v")) for row in page.all("#cache-table tbody td:nth-child(7)")]
    assert again == sorted(numbers, reverse=True), again


def works_by_keyboard(page):
    page.open()
    section = page.all(".calendar")[0]
    row, said = section.find_element(By.CSS_SELECTOR, ".row svg"), section.find_element(By.CSS_SELECTOR, "output")
    page.js("arguments[0].focus()", row)
    newest = said.text
    row.send_keys(Keys.ARROW_LEFT)
    before = said.text
    assert "UTC" in newest and "UTC" in before and newest != before, (newest, before)
    row.send_keys(Keys.HOME)
    assert said.text not in (newest, before)
    reached, body = set(), page.one("body")
    page.js("document.activeElement.blur()")
    for _ in range(60):
        body.send_keys(Keys.TAB)
        reached.add(page.js("const a = document.activeElement; return String(a.id || a.getAttribute('class') || a.tagName)"))
    assert {"filter", "attention", "skip"} <= reached, reached


def goes_to_one_cache(page):
    page.open()
    link = page.all("#cache-table tbody th a")[0]
    name = link.text
    page.open(fragment="#cache=" + name)
    detail = page.one("#detail")
    assert detail.is_displayed() and name in detail.text, detail.text
    page.open(fragment="#cache=nobody")
    assert "no cache nobody" in page.one("#detail").text
    page.open()
    assert not page.one("#detail").is_displayed()


def copies_a_restore_command(page):
    page.open()
    for link in page.all("#cache-table tbody th a"):
        page.js("arguments[0].click()", link)
        if buttons := page.shown("#detail button.copy"):
            break
    else:
        raise AssertionError("no cache has a backup to restore")
    command = buttons[0].get_attribute("title")
    assert command.startswith("cachekeep restore ") and " --as " in command, command
    buttons[0].click()
    page.driver.implicitly_wait(2)
    page.one("#filter").click()
    page.one("#filter").send_keys(Keys.CONTROL, "v")
    assert page.one("#filter").get_attribute("value") == command, page.one("#filter").get_attribute("value")


def has_a_table_for_each_chart(page):
    page.open()
    for details in page.all(".calendar details"):
        page.js("arguments[0].open = true", details)
    tables = page.js("return new Promise(done => setTimeout(() => done(document.querySelectorAll('.calendar .table table').length), 200))")
    assert tables == len(page.all(".calendar")), tables


def is_accessible(page):
    for scheme in ["light", "dark"]:
        for size in SIZES:
            page.open(scheme, size)
            link = page.all("#cache-table tbody th a")[0]
            page.js("arguments[0].click()", link)
            page.js("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.js(AXE)
            found = page.driver.execute_async_script("const done = arguments[0]; axe.run().then(r => done(r.violations))")
            told = [(violation["id"], violation["help"], violation["nodes"][0]["html"][:160]) for violation in found]
            assert not told, (scheme, size, told)


CHECKS = [opens_without_errors, asks_for_nothing, fits_a_phone, filters, sorts, works_by_keyboard, goes_to_one_cache,
          copies_a_restore_command, has_a_table_for_each_chart, is_accessible]

# One way to break the page for each check.
BREAKS = {
    opens_without_errors: ('"use strict";', '"use strict"; nothing();'),
    # The policy alone already keeps the frame from being loaded, so both go.
    asks_for_nothing: ("default-src 'none'; ", "default-src *; ", "<header>", '<header><iframe src="http://127.0.0.1:9/x"></iframe>'),
    fits_a_phone: ("<header>", '<header style="width:50rem">'),
    filters: ('$("filter").addEventListener("input", filter);', ""),
    sorts: ("rows.sort((a, b) =>", "[].sort((a, b) =>"),
    works_by_keyboard: ('drawn.addEventListener("keydown"', 'drawn.addEventListener("nothing"'),
    goes_to_one_cache: ('$("detail").hidden = !wanted;', ""),
    copies_a_restore_command: ("writeText(text)", 'writeText("")'),
    has_a_table_for_each_chart: ("details.ontoggle = ", "details.onnothing = "),
    is_accessible: ("--faint:#59636e", "--faint:#ccd"),
}


def run(page, check):
    try:
        check(page)
    except Exception as error:  # noqa: BLE001: whatever a check says is its finding
        return (str(error).splitlines() or [type(error).__name__])[0][:600]
    return None


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("page", type=pathlib.Path)
    arguments.add_argument("--shots", type=pathlib.Path)
    arguments.add_argument("--broken", action="store_true")
    given = arguments.parse_args()
    driver = browser()
    failed = 0
    try:
        page = Page(driver, given.page.resolve().as_uri())
        for check in CHECKS:
            wrong = run(page, check)
            failed += wrong is not None
            print(f"{'FAILED' if wrong else 'ok'}  {check.__name__}{': ' + wrong if wrong else ''}", flush=True)
        if given.broken:
            failed += broken(driver, given.page.read_text())
        if given.shots:
            shots(page, given.shots, given.page.stem)
    finally:
        driver.quit()
    sys.exit(1 if failed else 0)


def broken(driver, text):
    unnoticed = 0
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "broken.html"
        for check, pairs in BREAKS.items():
            page = text
            for good, bad in zip(pairs[::2], pairs[1::2]):
                assert good in page, good
                page = page.replace(good, bad, 1)
            path.write_text(page)
            wrong = run(Page(driver, path.as_uri()), check)
            unnoticed += wrong is None
            print(f"{'noticed' if wrong else 'NOT NOTICED'}  {check.__name__}", flush=True)
    return unnoticed


def shots(page, directory, name):
    directory.mkdir(parents=True, exist_ok=True)
    for scheme in ["light", "dark"]:
        for size in SIZES:
            page.open(scheme, size)
            page.driver.save_screenshot(str(directory / f"{name}-{size}-{scheme}.png"))


if __name__ == "__main__":
    main()
