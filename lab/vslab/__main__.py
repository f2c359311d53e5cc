# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets lab/run say `python3 -m vslab`."""
import sys

from vslab import cli

sys.exit(cli.main(sys.argv[1:]))
