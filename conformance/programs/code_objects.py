# Code objects from compile and from functions.
code = compile("x = a + 1\ny = x * 'two'", "<made>", "exec")
print(code.co_names, code.co_consts, code.co_varnames, code.co_filename, code.co_name)
print(code.co_code.hex())


def function(first, second=2, *rest, key=None, **others):
    local = first + second
    return [local, rest, key, others]


code = function.__code__
print(code.co_varnames, code.co_argcount, code.co_kwonlyargcount, code.co_nlocals, code.co_flags)
print(code.co_code.hex())
print(function(1), function(1, 3, 4, key=5, more=6))
print(eval("1 + 2 * 3"), eval(compile("[n * n for n in (1, 2, 3)]", "<e>", "eval")))
namespace = {}
exec("def made(n):\n    return n + 1\nvalue = made(41)", namespace)
print(namespace["value"], namespace["made"].__name__)
