"""A headless Chromium as the tests use it."""

from __future__ import annotations

import shutil

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
NARROW = 500


def open_browser(width: int = 1280, *, dark: bool = False, scripts: bool = True, height: int = 800) -> webdriver.Chrome:
    """A browser window of that many CSS pixels; a narrow one behaves like a telephone."""
    options = Options()
    for flag in FLAGS:
        options.add_argument(flag)
    if not scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_script_timeout(90)  # axe-core on a busy machine
    resize(driver, width, height)
    if dark:
        dark_scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark_scheme)
    return driver


def resize(driver: webdriver.Chrome, width: int, height: int) -> None:
    """Sets the size of the page's window."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < NARROW}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
