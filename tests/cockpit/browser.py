# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real Chromium without a window, driven over WebDriver's HTTP: what the page's tests need and no more.

Called by page.py and the tests. Knows nothing of Cockpit or virtsched.
"""
import base64
import json
import re
import subprocess
import time
import urllib.error
import urllib.request

TIMEOUT_S = 20
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Space": " ", "Left": "\ue012", "Right": "\ue014", "Shift": "\ue008"}
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
           "--disable-background-networking", "--lang=en-US", "--force-color-profile=srgb"]


class BrowserError(Exception):
    """WebDriver's error: its name and text."""


class Browser:
    """One window of one Chromium, until close(). Scripts get their arguments as arguments[0], [1] ... patience_s: what wait()
    waits, unless told otherwise."""

    def __init__(self, folder, env, size=(1280, 900), patience_s=TIMEOUT_S):
        self._patience_s = patience_s
        self._log = open(folder / "chromedriver.log", "wb")
        self._child = subprocess.Popen(["chromedriver", "--port=0"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=self._log, text=True)
        port = None
        for line in self._child.stdout:
            port = re.search(r"successfully on port (\d+)", line)
            if port:
                break
        if not port:
            raise BrowserError("chromedriver did not start")
        self._url = f"http://127.0.0.1:{port.group(1)}"
        options = [*OPTIONS, f"--window-size={size[0]},{size[1]}", f"--user-data-dir={folder}/chromium"]
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"}, "goog:chromeOptions": {"args": options}}}})
        self._session = f"/session/{answer['sessionId']}"
        self.size(*size)

    def _ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise BrowserError(f"{value['error']}: {value['message']}") from None

    def _post(self, path, **body):
        return self._ask("POST", self._session + path, body)

    def close(self):
        """Ends Chromium, and with it everything that this made."""
        try:
            self._ask("DELETE", self._session)
        finally:
            self._child.terminate()
            self._child.wait(TIMEOUT_S)
            self._child.stdout.close()
            self._log.close()

    def open(self, url):
        self._post("/url", url=url)

    def run(self, script, *arguments):
        return self._post("/execute/sync", script=script, args=list(arguments))

    def run_async(self, script, *arguments):
        """As run(), for a script that calls its last argument with the answer."""
        return self._post("/execute/async", script=script, args=list(arguments))

    def wait(self, script, *arguments, what=None, timeout_s=None):
        """Until @script answers something true; answers that."""
        timeout_s = timeout_s or self._patience_s
        deadline = time.monotonic() + timeout_s
        while True:
            answer = self.run(script, *arguments)
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise BrowserError(f"not within {timeout_s} s: {what or script}\n{self.text()}")
            time.sleep(0.05)

    def wait_text(self, selector, *words):
        """Until the element's text has all the words; answers the text."""
        return self.wait("const e = document.querySelector(arguments[0]); const t = e ? e.innerText : '';"
                         "return arguments[1].every(w => t.includes(w)) && t", selector, words, what=f"{selector} has {words}")

    def text(self):
        return self.run("return document.body.innerText")

    def _find(self, selector):
        return self._post("/element", using="css selector", value=selector)[ELEMENT]

    def click(self, selector):
        """As with a mouse: fails when something else is in the way."""
        self.wait("return document.querySelector(arguments[0])", selector, what=f"{selector} is there")
        self._post(f"/element/{self._find(selector)}/click")

    def type(self, selector, text):
        self._post(f"/element/{self._find(selector)}/value", text=text)

    def press(self, *names):
        """Keys one after the other; "Shift+Tab" holds the first."""
        actions = []
        for name in names:
            keys = [KEYS.get(key, key) for key in name.split("+")]
            actions += [{"type": "keyDown", "value": key} for key in keys]
            actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def devtools(self, command, **parameters):
        return self._post("/goog/cdp/execute", cmd=command, params=parameters)

    def log(self):
        """Console messages, failed loads and violations of the content security policy since the last call."""
        return self._post("/se/log", type="browser")

    def size(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def picture(self, path):
        path.write_bytes(base64.b64decode(self._ask("GET", self._session + "/screenshot")))
