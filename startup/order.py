"""Makes symbols.order: the symbols of a release build, in the order in which starts come upon them.

    python3 startup/order.py target/release/taipan > startup/symbols.order

Needs valgrind and nm. Symbols whose names end in a number that changes with each build are left out.
"""

import bisect
import re
import subprocess
import sys

STARTS = (["-c", "pass"], ["-c", "class A:\n  def f(self): return 1\nfor i in range(3): print(A().f())"])
CHANGES_WITH_EACH_BUILD = re.compile(r"\.llvm\.\d+$|^_start$|^_init$|^_fini$|^_DYNAMIC$|^_GLOBAL_OFFSET_TABLE_$|^__abi_tag$")
TOUCH = re.compile(rb"^(?:I | [SLM] )\s*([0-9a-f]+),", re.MULTILINE)


def symbols(program):
    listing = subprocess.run(["nm", "-n", "--defined-only", program], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listing.splitlines())
    return [(int(address, 16), kind, name) for address, kind, name in rows if kind in "tTrRdDbBwWvV"]


def touched(program, start):
    """Addresses that a start runs or reads, each once, in order."""
    command = ["valgrind", "--tool=lackey", "--trace-mem=yes", "--log-fd=2", program, *start]
    trace = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    return dict.fromkeys(int(found, 16) for found in TOUCH.findall(trace))


def main(program):
    table = symbols(program)
    addresses = [row[0] for row in table]
    code, data = {}, {}
    for start in STARTS:
        for address in touched(program, start):
            place = bisect.bisect_right(addresses, address) - 1
            if place < 0 or address > addresses[-1]:
                continue
            _, kind, name = table[place]
            if not CHANGES_WITH_EACH_BUILD.search(name):
                (code if kind in "tTwW" else data)[name] = None
    print("\n".join([*code, *data]))


main(sys.argv[1])
