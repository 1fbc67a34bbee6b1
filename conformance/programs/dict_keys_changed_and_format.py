"""Keys replaced while a dict is walked; formats of types other than strings; sets as members; a view of a stream."""
import io


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e, getattr(e, "__notes__", ""))


def replace_while_walking():
    d = {0: 0}
    for key in d:
        del d[0]
        d[0] = 0


attempt(replace_while_walking)
d = {key: key for key in range(1000)}
for key in range(1, 1000):
    del d[key]
walk = reversed(d)
d.clear()
d[0] = 0
print(list(walk))
attempt(lambda: {}.update([object()]))
attempt(lambda: format(float("inf"), "+f"))
attempt(lambda: format(123.34, "00.10f"))
attempt(lambda: format(5, "s"))
attempt(lambda: format(object(), "x"))
print({1, 2} in {frozenset({1, 2})})
attempt(lambda: {1}.remove({1}))


class F(float):
    def __init__(self, value, extra=None):
        self.extra = extra


print(F(2.5, extra=3).extra)
print(iter(int, 1).__reduce__())
stream = io.BytesIO(b"abc")
with stream.getbuffer() as view:
    view[0] = 120
    attempt(lambda: stream.write(b"long enough to move"))
print(stream.getvalue())


class Delegate:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def throw(self, error):
        import sys
        print(sys._getframe(1).f_code.co_name)
        return 2


def delegating():
    yield from Delegate()


g = delegating()
next(g)
print(g.throw(KeyError))


class Documented(property):
    __slots__ = ()


def getter(self):
    "documented"


attempt(lambda: Documented(getter))
print(Documented(doc="dropped").__doc__)
