"""Makes symbols.order: the symbols of a release build, in the order in which starts come upon them; then those that programs
run, what most of them run first.

    python3 startup/order.py target/release/taipan > startup/symbols.order

Needs valgrind and nm. Symbols whose names end in a number that changes with each build are left out.
"""

import bisect
import collections
import glob
import os
import re
import subprocess
import sys
import tempfile

STARTS = (["-c", "pass"], ["-c", "class A:\n  def f(self): return 1\nfor i in range(3): print(A().f())"])
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = sorted(glob.glob(os.path.join(HERE, "..", "conformance", "programs", "*.py")))
# So that programs that are short have traces, too.
PROGRAM_OPTIONS = ["-X", "jit=on,threshold=1000"]
# A program that does more than this is left out.
LONGEST = 120
CHANGES_WITH_EACH_BUILD = re.compile(r"\.llvm\.\d+$|^_start$|^_init$|^_fini$|^_DYNAMIC$|^_GLOBAL_OFFSET_TABLE_$|^__abi_tag$")
# Numbers that stay: those of the code generator, whose source is pinned.
STAYS = re.compile(r"(cranelift|regalloc2).*\.llvm\.\d+$")
TOUCH = re.compile(rb"^(?:I | [SLM] )\s*([0-9a-f]+),", re.MULTILINE)
FUNCTION = re.compile(r"^c?fn=\(\d+\) ([^\s']+)", re.MULTILINE)


def symbols(program):
    listing = subprocess.run(["nm", "-n", "--defined-only", program], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listing.splitlines())
    return [(int(address, 16), kind, name) for address, kind, name in rows if kind in "tTrRdDbBwWvV"]


def is_lasting(name):
    return STAYS.search(name) or not CHANGES_WITH_EACH_BUILD.search(name)


def touched(program, start):
    """Addresses that a start runs or reads, each once, in order."""
    command = ["valgrind", "--tool=lackey", "--trace-mem=yes", "--log-fd=2", program, *start]
    trace = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    return dict.fromkeys(int(found, 16) for found in TOUCH.findall(trace))


def run_by(program, script):
    """The functions that a script runs."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "profile")
        command = ["valgrind", "--tool=callgrind", "--demangle=no", "--callgrind-out-file=" + out, os.path.abspath(program)]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            subprocess.run([*command, *PROGRAM_OPTIONS, script], cwd=os.path.dirname(script), timeout=LONGEST, **quiet)
        except subprocess.TimeoutExpired:
            return set()
        # A process that it has made writes a file of its own.
        texts = (open(name, errors="replace").read() for name in glob.glob(out + "*"))
        return {name for text in texts for name in FUNCTION.findall(text)}


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
            if is_lasting(name):
                (code if kind in "tTwW" else data)[name] = None
    users = collections.Counter(name for script in PROGRAMS for name in run_by(program, script))
    known = {name for _, kind, name in table if kind in "tTwW"}
    for name, count in sorted(users.items(), key=lambda row: (-row[1], row[0])):
        if count > 1 and name in known and is_lasting(name):
            code.setdefault(name)
    print("\n".join([*code, *data]))


main(sys.argv[1])
