"""Records what CPython prints for each program: run it with CPython 3.14, anywhere.

Beside every `programs/NAME.py` it writes `NAME.out`: standard output, then a line `exit STATUS`.
"""
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent / "programs"

for program in sorted(FOLDER.glob("*.py")):
    done = subprocess.run(
        [sys.executable, "-I", "-S", program.name], cwd=FOLDER, capture_output=True, text=True, timeout=60,
        env={"PYTHONHASHSEED": "0"},
    )
    program.with_suffix(".out").write_text(f"{done.stdout}exit {done.returncode}\n")
