"""Records what the reference says about data/cases.txt: python3.14 record.py"""

import ast
import os
import warnings

ast.repr = ascii
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "0": "\0"}


def unescape(line):
    text, characters = [], iter(line)
    for character in characters:
        if character == "\\":
            character = next(characters)
            character = ESCAPES.get(character, character)
        text.append(character)
    return "".join(text)


def answer(mode, source):
    flags = ast.PyCF_ONLY_AST
    if mode.startswith("incomplete-"):
        mode, flags = mode.removeprefix("incomplete-"), flags | 0x4200
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            tree = compile(source, "/nonexistent", mode, flags, dont_inherit=True)
        except SyntaxError as error:
            text = f"{type(error).__name__}({ascii(error.msg)}"
            if len(error.args) > 1:
                _, lineno, offset, line, end_lineno, end_offset = error.args[1]
                text += f", {lineno}, {offset}, {end_lineno}, {end_offset}, {ascii(line)}"
            return text + ")"
    notes = [f" # {w.lineno}: {w.message}" for w in caught]
    return ast.dump(tree, include_attributes=True) + "".join(notes)


with open(os.path.join(HERE, "cases.txt"), encoding="utf-8", newline="\n") as cases:
    lines = [line.rstrip("\n") for line in cases]
with open(os.path.join(HERE, "expected.txt"), "w", encoding="utf-8", newline="\n") as out:
    for line in lines:
        if line and not line.startswith("##"):
            mode, _, source = line.partition(" ")
            print(answer(mode, unescape(source)), file=out)
