"""Contexts, their variables, and tokens that undo a setting."""
from _contextvars import Context, ContextVar, Token, copy_context


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except Exception as error:
        print(type(error).__name__, str(error).split(" at 0x")[0])


plain = ContextVar("plain")
given = ContextVar("given", default=5)
attempt(plain.get)
print(plain.get(1), given.get(), given.get(7))
token = plain.set(3)
print(plain.get(), token.old_value is Token.MISSING, token.var is plain)
plain.reset(token)
attempt(plain.reset, token)
attempt(plain.reset, 5)
attempt(plain.reset, given.set(1))
attempt(ContextVar, 1)
attempt(ContextVar, "a", default=1, x=2)
attempt(Token)
attempt(Context, 1)

context = copy_context()
print(len(context), given in context, context[given], context.get(plain), context.get(plain, 9))
attempt(lambda: context[plain])
attempt(lambda: context[5])


def inside():
    plain.set("inside")
    return plain.get()


print(context.run(inside), plain.get("outside"), context[plain])
attempt(context.run, context.run, print)
print(context == context.copy(), context != Context(), [len(i) for i in context.items()])
with plain.set(4):
    print(plain.get())
print(plain.get(None))


def forgotten():
    global outer
    outer = plain.set(1)


Context().run(forgotten)
attempt(plain.reset, outer)


class Unhashable(str):
    __hash__ = None


attempt(ContextVar, Unhashable("name"))
