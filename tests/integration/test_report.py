"""The report in a real browser, without a network: every category, every page, every toggle."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from support.project import Project

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,940",
)
MODELS = {"baseline", "logistic_regression"}
# For each page an axis title and the number of its charts.
PAGES = {
    "Data": {"Customers": ("Churn rate", 2)},
    "Models": {
        "Ranking": ("False positive rate (share of those who stay)", 1),
        "Calibration": ("Observed churn rate", 2),
        "Decision": ("Customers contacted (share)", 2),
        "Slices": ("Value on the test set", 1),
        "Explanations": ("Loss of ROC-AUC when the column is shuffled", 2),
    },
    "Comparison": {
        "Leaderboard": ("Test set, with the interval", 1),
        "Pairwise tests": ("Difference of ROC-AUC", 1),
    },
}
PATIENCE = 30

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs Debian's packages chromium and chromium-driver"
)


@pytest.fixture(scope="module")
def report(finished_once: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = finished_once.copy(tmp_path_factory.mktemp("report") / "project")
    # As a user types it: no job runs, so there is no need to say how many cores.
    command = project.command("--report", "results/report.html")
    at = command.index("--cores")
    project.run(command[:at] + command[at + 2 :]).succeeded()
    return project.path("results/report.html")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    profile = tmp_path_factory.mktemp("profile")
    options = Options()
    options.binary_location = str(CHROMIUM)
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """A browser in which no error may be logged and no network asked for."""
    yield chromium
    assert errors(chromium) == []
    assert requests(chromium) == []


def errors(browser: webdriver.Chrome) -> list[str]:
    """Give what the console calls an error."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def requests(browser: webdriver.Chrome) -> list[str]:
    """Give the addresses that a page has asked a network for."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [event for event in events if event["method"] == "Network.requestWillBeSent"]
    # The log does see what is asked for: the page itself.
    assert sent
    addresses = [event["params"]["request"]["url"] for event in sent]
    # Of its own the browser opens pages that are part of it.
    local = ("file:", "data:", "blob:", "chrome:", "chrome-untrusted:")
    return [address for address in addresses if not address.startswith(local)]


def open_report(browser: webdriver.Chrome, report: Path) -> None:
    browser.get(report.as_uri())
    graph = "#rulegraph svg, #rulegraph canvas"
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, graph))


def until(browser: webdriver.Chrome, condition) -> None:
    WebDriverWait(browser, PATIENCE, poll_frequency=0.05).until(lambda _: condition())


def open_category(browser: webdriver.Chrome, name: str) -> None:
    browser.find_element(By.CSS_SELECTOR, "nav ol a").click()
    until(browser, lambda: browser.find_elements(By.LINK_TEXT, name))
    # Links with the same name stand in the text beside the menu.
    menu = browser.find_element(By.CSS_SELECTOR, "#app nav")
    menu.find_element(By.LINK_TEXT, name).click()
    until(browser, lambda: rows(browser))


def rows(browser: webdriver.Chrome) -> dict[str, WebElement]:
    """Give the results in the menu by their first label."""
    found = browser.find_elements(By.CSS_SELECTOR, "#app nav tbody tr")
    return {row.find_element(By.TAG_NAME, "td").text: row for row in found}


def open_page(browser: webdriver.Chrome, name: str) -> None:
    """Show a result, and look into it from here on."""
    rows(browser)[name].find_element(By.TAG_NAME, "a").click()
    until(browser, lambda: browser.find_elements(By.TAG_NAME, "iframe"))
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    until(browser, lambda: browser.find_elements(By.TAG_NAME, "h1"))


def drawn(browser: webdriver.Chrome) -> list[WebElement]:
    """Wait for the charts of a page and give them."""
    until(browser, lambda: browser.execute_script("return document.body.dataset.drawn") == "yes")
    return browser.find_elements(By.CSS_SELECTOR, ".chart")


def test_is_small_and_opens_fast(report: Path, browser: webdriver.Chrome):
    assert report.stat().st_size < 15e6
    seconds = []
    # Another test may be using the machine.
    for _ in range(3):
        open_report(browser, report)
        seconds.append(browser.execute_script("return performance.now()") / 1000)
    assert min(seconds) < 3, seconds
    text = browser.find_element(By.ID, "app").text
    assert "every configured model is cross-validated" in text
    assert {"Champion", "Comparison", "Data", "Models", "Run"} <= set(text.splitlines())


@pytest.mark.parametrize("category", PAGES)
def test_every_page_draws_its_charts(report: Path, browser: webdriver.Chrome, category: str):
    open_report(browser, report)
    open_category(browser, category)
    assert set(rows(browser)) == set(PAGES[category])
    for page, (title, number) in PAGES[category].items():
        open_page(browser, page)
        charts = drawn(browser)
        assert len(charts) == number, page
        for chart in charts:
            assert chart.find_elements(By.CSS_SELECTOR, "svg g.role-mark > *"), page
            words = chart.find_elements(By.CSS_SELECTOR, "svg g.role-axis-title text")
            assert all(word.text.strip() for word in words), page
            assert chart.find_elements(By.CSS_SELECTOR, "svg g.role-axis-label text"), page
            # Nothing has to be scrolled sideways to be seen.
            assert chart.get_property("scrollWidth") <= chart.get_property("clientWidth"), page
        titles = browser.find_elements(By.CSS_SELECTOR, "svg g.role-axis-title text")
        assert title in {word.text for word in titles}, page
        browser.switch_to.default_content()


@pytest.mark.parametrize("category", PAGES)
def test_toggle_shows_the_same_as_tables(report: Path, browser: webdriver.Chrome, category: str):
    open_report(browser, report)
    open_category(browser, category)
    browser.find_element(By.XPATH, "//fieldset//label[contains(., 'table')]").click()
    for page in PAGES[category]:
        open_page(browser, page)
        assert browser.find_elements(By.CSS_SELECTOR, "tbody tr"), page
        text = browser.find_element(By.TAG_NAME, "body").text
        assert "tenure" in text if page in ("Customers", "Slices") else words(text) >= MODELS, page
        browser.switch_to.default_content()


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_click_in_the_legend_shows_a_model_alone(report: Path, browser: webdriver.Chrome):
    open_report(browser, report)
    open_category(browser, "Models")
    open_page(browser, "Ranking")
    drawn(browser)

    def opacities() -> list[float]:
        lines = browser.find_elements(By.CSS_SELECTOR, "svg g.mark-line.role-mark path")
        return [float(line.get_attribute("opacity") or 1) for line in lines]

    # Four curves of two models, and four of chance.
    before = opacities()
    assert len(before) == 12
    assert min(before) > 0.5
    labels = browser.find_elements(By.CSS_SELECTOR, "svg g.role-legend-label text")
    next(label for label in labels if label.text == "baseline").click()
    until(browser, lambda: sum(value < 0.5 for value in opacities()) == 4)
    next(label for label in labels if label.text == "logistic_regression").click()
    until(browser, lambda: min(opacities()) > 0.5)


def test_champion_and_run(report: Path, browser: webdriver.Chrome):
    open_report(browser, report)
    open_category(browser, "Champion")
    open_page(browser, "Model card")
    text = browser.find_element(By.TAG_NAME, "body").text
    assert "Model card: logistic_regression" in text
    for part in ("Data", "Metrics", "Decision", "Groups of customers", "Limits", "Make it again"):
        assert part in {title.text for title in browser.find_elements(By.TAG_NAME, "h2")}
    browser.switch_to.default_content()
    open_category(browser, "Run")
    open_page(browser, "Configuration")
    assert "rows: 400" in browser.find_element(By.TAG_NAME, "body").text


def test_captions_quote_the_configuration(report: Path, browser: webdriver.Chrome):
    open_report(browser, report)
    open_category(browser, "Models")
    rows(browser)["Decision"].find_elements(By.TAG_NAME, "a")[1].click()
    until(browser, lambda: "policy metric (metric f1)" in browser.find_element(By.ID, "app").text)
