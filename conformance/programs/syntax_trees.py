# Node classes, trees as objects, objects as trees, validation: through _ast, which ast stands on.
import _ast


def parse(source, mode='exec', flags=0, **options):
    return compile(source, '<tree>', mode, _ast.PyCF_ONLY_AST | flags, **options)


def dump(node):
    if isinstance(node, _ast.AST):
        fields = [f'{name}={dump(getattr(node, name))}' for name in node._fields + node._attributes]
        return f'{type(node).__name__}({", ".join(fields)})'
    if isinstance(node, list):
        return '[' + ', '.join([dump(item) for item in node]) + ']'
    return repr(node)


def attempt(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)


for name in dir(_ast):
    cls = getattr(_ast, name)
    if isinstance(cls, type) and issubclass(cls, _ast.AST):
        print(name, cls.__base__, cls._fields, cls._attributes, cls.__doc__, cls.__dict__.get('_field_types'))

SOURCE = '''
@d(1, *a, k=2, **b)
async def f[T: int, *Ts, **P](a, /, b: int = 1, *c, d, e=2, **g) -> None:
    global x
    async with p as q, r: await s
    async for i in j: lambda: (yield)
    return [u'a', b'b', 1.5, 2j, ..., None, True, f"{x!r:>{w}}", t"{y}"]
class C(B, metaclass=M):
    x: int = 3
    type A[T] = list[T]
try: pass
except* (X, Y) as e: del z, a.b, a[1:2, ::3]
else: assert a, b
finally: raise A from B
match v:
    case {'q': 1, **r}: pass
    case [1, *_] | {'k': None} | K(1, x=-2) as n if n: pass
    case _: x = y = (yield_ := {**a, 1: 2})
if a < b <= c not in d: ~a ** -b
elif lambda x: not x: [i for i in x if i for j in k]
while 1: break
from ..m import n as o, p
import q.r
'''
tree = parse(SOURCE)
print(dump(tree))
print(compile(tree, '<tree>', 'exec') == compile(SOURCE, '<tree>', 'exec'))
print(tree)
print(dump(parse('def f(a, # type: int\n  ): # type: () -> str\n  x = 1 # type: y\nz # type: ignore[q]', flags=_ast.PyCF_TYPE_COMMENTS)))
print(dump(parse('(int, *str) -> bool', 'func_type')))
print(dump(parse('"doc"\n__debug__; "a%s" % (b,)\nmatch x:\n case -1+2j: pass', flags=_ast.PyCF_OPTIMIZED_AST, optimize=2)))
attempt(lambda: parse('match x:\n case 1: pass', _feature_version=9))
attempt(lambda: parse('(x := 1)', _feature_version=7))

name = _ast.Name('a', lineno=1, col_offset=0)
print(name, name.__reduce__(), name.ctx is _ast.Load(), name.__replace__(id='b').id)
attempt(lambda: _ast.Name('a', _ast.Load(), 3))
attempt(lambda: _ast.Name('a', id='b'))
attempt(lambda: name.__replace__(other=1))
attempt(lambda: _ast.BinOp.__new__(_ast.BinOp).__replace__())


def reject(statement):
    attempt(lambda: compile(_ast.Module([statement], []), '<tree>', 'exec'))


at = dict(lineno=1, col_offset=0, end_lineno=1, end_col_offset=1)
load, store = _ast.Name('a', _ast.Load(), **at), _ast.Name('a', _ast.Store(), **at)
reject(None)
reject(_ast.Pass(lineno=1))
reject(_ast.Pass(lineno=3, col_offset=0, end_lineno=1, end_col_offset=0))
reject(_ast.Expr(store, **at))
reject(_ast.Assign([load], load, **at))
reject(_ast.Delete([], **at))
reject(_ast.While(load, [], **at))
reject(_ast.Expr(_ast.Constant([], **at), **at))
reject(_ast.Expr(_ast.Name('None', _ast.Load(), **at), **at))
reject(_ast.Expr(_ast.Compare(load, [_ast.Add()], [load], **at), **at))
reject(_ast.Expr(_ast.Dict([], [load], **at), **at))
reject(_ast.Match(load, [_ast.match_case(_ast.MatchStar('x', **at), None, [_ast.Pass(**at)])], **at))
