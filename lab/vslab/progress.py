# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says on stderr what the lab is doing and for how long, so that nobody has to guess whether it hangs.

Used by every file that does something slow. Never writes to stdout, which belongs to the command of a run.
"""
import contextlib
import sys
import threading
import time

SILENCE_MAX = 15.0   # seconds without a word
_start = time.monotonic()


def say(text):
    print(f"lab {time.monotonic() - _start:6.1f}s  {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text, detail=None):
    """Announce TEXT, repeat it while it lasts, and say how long it took.

    detail: optional callable whose text is shown with each repetition (for instance the last line of a log).
    """
    begin = time.monotonic()
    done = threading.Event()

    def repeat():
        while not done.wait(SILENCE_MAX):
            more = detail() if detail else ""
            say(f"... {text}: {time.monotonic() - begin:.0f} s" + (f" ({more})" if more else ""))

    say(text)
    ticker = threading.Thread(target=repeat, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
    say(f"{text}: done in {time.monotonic() - begin:.1f} s")
