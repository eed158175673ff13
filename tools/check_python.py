"""Say at once, and in words, if this Python is too old. Written so that even an old one can run it."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "This course needs Python 3.11 or newer; this is %d.%d. Choose another one with make PYTHON=python3.12 …"
        % sys.version_info[:2]
    )
