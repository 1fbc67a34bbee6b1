# What `dis` shows of functions, classes, generators, exception tables and code made by `compile`.
import dis
import io
import re


def show(text):
    """Addresses and folders differ from run to run."""
    print(re.sub(r' at 0x[0-9a-f]+, file "[^"]*', ' at ADDRESS, file "FILE', text))


def disassembled(thing):
    stream = io.StringIO()
    dis.dis(thing, file=stream)
    show(stream.getvalue())


def arithmetic(a, b=2, *rest, key=None, **more):
    """Doc."""
    total = a + b * 3
    for item in rest:
        if item is None:
            continue
        total += item
    return total, key, more


def outer(x):
    def inner(y):
        nonlocal x
        x += y
        return lambda: x
    return inner


def guarded(path):
    try:
        with open(path) as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise RuntimeError(path) from error
    finally:
        print("done")


def numbers(n):
    got = yield n
    yield from range(got)


async def waits(source):
    async for item in source:
        await item


def chooses(value):
    match value:
        case {"kind": str(kind), **rest}:
            return kind, rest
        case [first, *_] if first > 1:
            return first
        case _:
            return [x for x in value if (y := x)]


class Point:
    x: int = 0

    def length(self):
        return super().__init__() or self.x ** 2


for function in (arithmetic, outer, guarded, numbers, waits, chooses, Point):
    print("==", function.__name__)
    disassembled(function)

print("== compiled")
code = compile("a, b = b, a\nassert a, f'{b!r:>{a}}'\nprint(*a, **b)\ndel a[1:2]\n", "swap.py", "exec")
disassembled(code)
print([(i.opname, i.arg, i.argval, i.offset, i.starts_line, i.is_jump_target) for i in dis.get_instructions(arithmetic)][:12])
print(list(dis.findlinestarts(arithmetic.__code__)))
show(re.sub(r'(Filename: +).*', r'\1FILE', dis.code_info(outer)))
stream = io.StringIO()
dis.dis("x = 1 if y else 2", file=stream, show_offsets=True)
print(stream.getvalue())
print(dis.stack_effect(dis.opmap["LOAD_CONST"], 0), dis.Bytecode("f(x)").dis())
