# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's one exception and its exit statuses. Raised everywhere, caught once, in cli.py."""

EXIT_VERDICT = 70    # the command may have succeeded, the level-1 kernel did not
EXIT_TIMEOUT = 124   # the run was ended from outside
EXIT_LAB = 125       # the lab itself failed: nothing is known about the command


class LabError(Exception):
    """Text is "<verb> <object>: <cause>", with the cure where there is one."""

    def __init__(self, text, status=EXIT_LAB):
        super().__init__(text)
        self.status = status
