"""MLflow's page, once, in a real browser."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from support.mlflow_server import free_port, is_listening
from support.project import Project, environment
from support.result_files import make_results
from support.tracked import SETTINGS, track
from support.waiting import wait_until

TIMEOUT = 180


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("Chromium is not installed: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # A container gives it neither a sandbox nor much shared memory.
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(word)
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()


def test_page_shows_experiment_run_and_model(tmp_path: Path, browser: webdriver.Chrome):
    project = Project.new(tmp_path / "project")
    run = track(make_results(project.path("results"), {"good": 1.0}))["logged"][0]["run_id"]
    port = free_port()
    words = ["ui", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "workflow/scripts/mlflow_commands.py", *words],
        cwd=project.folder,
        env=environment(),
    )
    try:
        wait_until(lambda: is_listening(port), "the start of the page", TIMEOUT)
        page = f"http://127.0.0.1:{port}"
        browser.get(page)
        shows(browser, SETTINGS["experiment"])
        browser.get(f"{page}/#/experiments/1/runs/{run}")
        shows(browser, "features.test_size")
        browser.get(f"{page}/#/models/{SETTINGS['registered_model']}/versions/1")
        shows(browser, "champion")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def shows(browser: webdriver.Chrome, text: str) -> None:
    """Wait until the page shows a text."""
    WebDriverWait(browser, TIMEOUT).until(
        lambda page: text in page.find_element(By.TAG_NAME, "body").text,
        f"the page does not show {text}",
    )
