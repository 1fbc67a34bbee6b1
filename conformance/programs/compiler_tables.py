# What _opcode, _symtable and _tokenize tell about the compiler's tables, and code objects about themselves.
import _opcode
import _symtable
import _tokenize

for number in (*range(4, 120), *range(256, 268)):
    sets = [int(f(number)) for f in (
        _opcode.is_valid, _opcode.has_arg, _opcode.has_const, _opcode.has_name, _opcode.has_jump, _opcode.has_free,
        _opcode.has_local, _opcode.has_exc)]
    effects = [_opcode.stack_effect(number, 3, jump=jump) for jump in (None, True, False)] if sets[0] else []
    print(number, *sets, *effects)
print(_opcode.get_nb_ops(), _opcode.get_intrinsic1_descs(), _opcode.get_special_method_names())


def show(entry, depth=0):
    print(' ' * depth, entry.name, entry.type, entry.nested, entry.lineno, entry.symbols, entry.varnames)
    for child in entry.children:
        show(child, depth + 2)


show(_symtable.symtable('''
class A[T]:
  x: int = 3
  def f(self, a, *b, c=1, **d): return [x for x in a if (y := x)], lambda: a
  type Q[R: int] = R
async def g():
  global G
  def h(): nonlocal z; z += 1; import os.path, sys as q
  z = 1; yield
''', 'f', 'exec'))


def tokens(source):
    lines = iter(source.splitlines(True))
    try:
        for token in _tokenize.TokenizerIter(lines.__next__, extra_tokens=True):
            print(token)
    except SyntaxError as error:
        print(type(error).__name__, error.msg, error.lineno, error.offset)


tokens('if x: # c\n\n  y = """a\nb""" + f"{z!r:>{w}}{{}}"\n  # d\nä <> 1.5e3\n')
tokens('x = (1,\n 2)\r\n$')
tokens('if 1:\n    x\n  y\n')
tokens('"abc')


def generator(a, *b, c=1):
    try:
        for x in a:
            if x:
                yield x
    except E as e:
        raise
    finally:
        z


code = generator.__code__
print(list(code.co_lines()), list(code.co_positions()), code.co_exceptiontable, list(code.co_branches()))
for source in ('"é"; return', 'def f():\n global x\n nonlocal x'):
    try:
        compile(source, '<no file>', 'exec')
    except SyntaxError as error:
        print(error.args, error.text, error.lineno, error.offset, error.end_lineno, error.end_offset)
