"""Records what the reference makes of data/code_cases.txt: python3.14 record_code.py"""

import ast
import dis
import os
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
CODE = type(compile("0", "x", "eval"))


def unescape(line):
    text, characters = [], iter(line)
    for character in characters:
        if character == "\\":
            character = next(characters)
            character = "\n" if character == "n" else character
        text.append(character)
    return "".join(text)


def constant(value, children):
    kind = type(value)
    show = lambda items: [constant(item, children) for item in items]
    if value is None or value is ... or kind is bool:
        return str(value)
    if kind is int:
        return "int " + hex(value)
    if kind is float:
        return "float " + repr(value)
    if kind is complex:
        return f"complex {value.real!r} {value.imag!r}"
    if kind is str:
        return "str " + ascii(value)
    if kind is bytes:
        return "bytes " + value.hex()
    if kind is tuple:
        return "tuple (" + ", ".join(show(value)) + ")"
    if kind is frozenset:
        return "frozenset {" + ", ".join(sorted(show(value))) + "}"
    if kind is slice:
        return "slice [" + ": ".join(show((value.start, value.stop, value.step))) + "]"
    children.append(value)
    return f"code {len(children) - 1} {ascii(value.co_qualname)}"


def dump(code, indent, lines):
    line = lambda text: lines.append((indent + text).rstrip())
    line(f"code {ascii(code.co_name)} {ascii(code.co_qualname)}")
    counts = [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_stacksize]
    line(f"counts {counts} flags {code.co_flags:#x} first {code.co_firstlineno}")
    for field in "names", "varnames", "cellvars", "freevars":
        line(f"{field} " + " ".join(getattr(code, "co_" + field)))
    for at, place in enumerate(code.co_positions()):
        opcode, arg = code.co_code[2 * at : 2 * at + 2]
        if opcode:
            shown = " ".join("-" if number is None else str(number) for number in place)
            line(f"  {2 * at} {dis.opname[opcode]} {arg} @ {shown}")
    for entry in dis._parse_exception_table(code):
        lasti = " lasti" if entry.lasti else ""
        line(f"  {entry.start}-{entry.end} to {entry.target} [{entry.depth}]{lasti}")
    children = []
    for value in code.co_consts:
        line("const " + constant(value, children))
    for child in children:
        dump(child, indent + "  ", lines)


def answer(mode, source):
    name, level = mode[:-1], int(mode[-1])
    flags = TOP_LEVEL_AWAIT if name == "await" else 0
    name = "exec" if name == "await" else name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            code = compile(source, "<case>", name, flags, dont_inherit=True, optimize=level)
        except (SyntaxError, RecursionError) as error:
            place = ("lineno", "offset", "end_lineno", "end_offset")
            shown = " ".join(str(getattr(error, field, None)) for field in place)
            return [f"E {type(error).__name__} {ascii(getattr(error, 'msg', str(error)))} {shown}"]
    lines = [f"W {w.lineno} {ascii(str(w.message))}" for w in caught]
    dump(code, "", lines)
    return lines


def main(cases, expected):
    with open(cases, encoding="utf-8", newline="\n") as file:
        lines = [line.rstrip("\n") for line in file]
    with open(expected, "w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            if line and not line.startswith("##"):
                mode, _, source = line.partition(" ")
                print("=====", *answer(mode, unescape(source)), sep="\n", file=out)


if __name__ == "__main__":
    paths = sys.argv[1:] or [os.path.join(HERE, name) for name in ("code_cases.txt", "code_expected.txt")]
    main(*paths)
