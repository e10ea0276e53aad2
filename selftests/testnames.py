# SPDX-License-Identifier: GPL-2.0-only
#
# Which tests the sources define, layer by layer. Tables that name tests are
# checked against it: selftests/conformance, selftests/static/tunables.
"""Names of the tests that the sources define."""
import glob
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))

# layer: [(files, what defines a test)]
DEFINED = {
    "unit": [("unit/*.c", r"^TEST\((\w+)\)")],
    "wire": [("wire/*.c", r"^SCRIPT(?:_IN)?\((\w+),")],
    "kselftest": [("kselftest/*.c", r"^KTAP_TEST\((\w+),"),
                  ("kselftest/*.sh", r"^(?:! thorough \|\| )?add_case (\w+) ")],
}


def names_of(layer):
    """Tests of a layer; a shell script's begin with FILE__."""
    names = set()
    for pattern, define in DEFINED[layer]:
        for path in glob.glob(os.path.join(HERE, pattern)):
            base, ext = os.path.splitext(os.path.basename(path))
            prefix = base + "__" if ext == ".sh" else ""
            with open(path, encoding="utf-8") as f:
                found = re.findall(define, f.read(), re.M)
            names |= {prefix + name for name in found}
    return names
