"""Instructions specialise on what they see; each part runs a site hot and then changes what it relied on."""

import sys


def hot(f, *args, n=60):
    for _ in range(n):
        r = f(*args)
    return r


# Attributes: shapes, class attributes, properties, members, dict mode, modules, metaclasses.
class A:
    kind = "class"

    def __init__(self, x):
        self.x = x
        self.y = x + 1

    @property
    def double(self):
        return self.x * 2

    def method(self, k=3):
        return self.x + k


class S:
    __slots__ = ("x", "later")

    def __init__(self, x):
        self.x = x


def get_x(o):
    return o.x


def get_kind(o):
    return o.kind


def get_double(o):
    return o.double


def call_method(o):
    return o.method()


a = A(1)
print(hot(get_x, a), hot(get_x, S(5)), get_x(a), hot(get_x, A(2.5)))
print(hot(get_kind, a))
A.kind = "changed"
print(get_kind(a))
a.kind = "own"
print(get_kind(a), get_kind(A(2)))
print(hot(get_double, a))
A.double = property(lambda self: self.y * 100)
print(get_double(a))
print(hot(call_method, a))
A.method = lambda self: "replaced"
print(call_method(a))
a.method = lambda: "of the instance"
print(call_method(a), call_method(A(4)))
a.__dict__["x"] = 77
print(get_x(a), hot(get_x, a))
del a.x
try:
    get_x(a)
except AttributeError as e:
    print(e)
try:
    hot(lambda o: o.later, S(1))
except AttributeError as e:
    print(e)
many = A(0)
for i in range(40):
    setattr(many, f"attribute{i}", i)
print(hot(lambda: many.attribute0 + many.attribute39), many.attribute17)


class Meta(type):
    def __getattribute__(cls, name):
        return ("meta", name)


class Plain:
    value = 1


class Strange(metaclass=Meta):
    value = 2


def get_value(c):
    return c.value


print(hot(get_value, Plain), get_value(Strange), hot(get_value, Strange))
Plain.value = 10
print(get_value(Plain))
module = type(sys)("made")
module.x = 1
print(hot(get_x, module))
module.x = 2
print(get_x(module))
del module.x
module.__getattr__ = lambda name: "asked for " + name
print(get_x(module))


def set_z(o, v):
    o.z = v


p, q = A(1), A(2)
hot(set_z, p, 5)
set_z(q, 6)
A.z = property(lambda self: "property", lambda self, v: print("set", v))
set_z(q, 7)
print(q.z, vars(q))


# Calls: exact, defaults, keywords, keyword-only, methods, classes, natives.
def f(a, b=2, *, c=3, d=4):
    return (a, b, c, d)


def calls(i):
    return f(i), f(i, 1), f(a=i, d=0), f(i, c=9, b=8), f(d=1, c=2, b=3, a=4)


print(hot(calls, 0))
f.__defaults__ = (20,)
f.__kwdefaults__ = {"c": 30, "d": 40}
print(calls(1))
f.__kwdefaults__ = None
try:
    calls(2)
except TypeError as e:
    print(e)
f.__code__ = (lambda a, b=0, *, c=0, d=0: "other code").__code__
f.__kwdefaults__ = {"c": 0, "d": 0}
print(calls(3))


def g(first, /, *rest, key=None, **more):
    return first, rest, key, more


print(hot(lambda: (g(1), g(1, 2, 3), g(1, key=2, other=3), g(*(1, 2), **{"key": 5, "z": 6}))))
for bad in (lambda: f(), lambda: g(), lambda: g(first=1), lambda: A(), lambda: A(1, 2), lambda: len(), lambda: len(1, 2)):
    try:
        bad()
    except TypeError as e:
        print(e)


class Odd:
    def __init__(self, r):
        self.r = r
        return r


def make(r):
    return Odd(r)


hot(make, None)
try:
    make(3)
except TypeError as e:
    print(e, e.__traceback__.tb_next.tb_lineno - make.__code__.co_firstlineno)


class New:
    def __new__(cls, x):
        return object.__new__(cls) if x else x

    def __init__(self, x):
        self.x = x


print(hot(lambda: New(0)), hot(lambda: New(3).x))


def make_plain():
    return Plain()


hot(make_plain)
Plain.__init__ = lambda self: setattr(self, "made", True)
print(make_plain().made)
bound = A(9).__init__
print(hot(bound, 3))
print(hot(lambda v: (len(v), isinstance(v, list), isinstance(v, (str, list)), type(v), str(v)), [1, 2]))
saved = len
len = lambda v: "own len"
print(hot(lambda: len([])))
del len


class Liar:
    __class__ = list


print(hot(isinstance, Liar(), list), hot(lambda: isinstance(Liar(), list)))


# Subscripts.
class Items:
    def __getitem__(self, key):
        if key == "raise":
            raise KeyError(key)
        return key


def at(c, k):
    return c[k]


print(hot(at, [1, 2, 3], -1), hot(at, (1, 2), 0), hot(at, "añ€", 2), hot(at, b"abc", -1))
print(hot(at, {"k": 1}, "k"), hot(at, {1: 2}, 1), hot(at, Items(), 5), at(Items(), slice(1, 2)))
for c, k in (([1], 1), ((), 0), ("", 0), (b"a", 1), ({}, "k"), ({}, 3), (Items(), "raise"), (A, 1), (3, 1)):
    try:
        at(c, k)
    except (LookupError, TypeError) as e:
        print(type(e).__name__, e)
print([hot(lambda s, i, j: s[i:j], s, i, j) for s in ([1, 2, 3], (1, 2, 3), "abc") for i in (None, -2, 1, 9) for j in (None, -1, 2)])


# Arithmetic and comparisons that change their operands' types.
def add(x, y):
    return x + y


print(hot(add, 1, 2), add(1.5, 2), add("a", "b"), add(2**62 - 1, 1), add(2**61, 2**61), hot(add, 0.0, 1), hot(add, [1], [2]))
print([hot(op, x, y) for op in (lambda x, y: x // y, lambda x, y: x % y, lambda x, y: x < y, lambda x, y: x == y)
       for x, y in ((7, -2), (-7, 2), (7.5, 2), (0.0, 3.0), (2**70, 3))])


def branch(x, y):
    return "yes" if x == y else "no"


print(hot(branch, "a", "a"), branch("a", "b"), branch(1, 1.0), hot(branch, 0.0, -0.0), branch(float("nan"), 1.0))


# Iteration, unpacking, generators resumed by loops.
def total(it):
    s = 0
    for x in it:
        s += x
    return s


def numbers(n):
    for i in range(n):
        yield i
    return "ignored"


def failing():
    yield 1
    raise ValueError("inside")


def stopping():
    yield 1
    raise StopIteration


print(hot(total, [1, 2]), total((3, 4)), total(range(5)), hot(total, range(3, 0, -1)), hot(lambda: total(numbers(4))))
for bad in (failing, stopping):
    try:
        total(bad())
    except Exception as e:
        print(type(e).__name__, e)
        tb = e.__traceback__
        while tb:
            print("  in", tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
g1 = numbers(3)
print(next(g1), total(g1), total(g1))


def reentering():
    yield from (x for x in gen)


gen = reentering()
try:
    total(gen)
except ValueError as e:
    print(e)


def delegating():
    result = yield from numbers(2)
    yield result


print(hot(lambda: list(delegating())))


def pair(v):
    x, y = v
    return y, x


print(hot(pair, (1, 2)), pair([3, 4]), pair("ab"), pair({5: 0, 6: 0}))
for v in ((1,), (1, 2, 3), 5):
    try:
        pair(v)
    except (ValueError, TypeError) as e:
        print(e)


def three(v):
    x, y, z = v
    return z, y, x


print(hot(three, (1, 2, 3)), three([4, 5, 6]), three("abc"))


# Truth and containment.
def truth(v):
    return "true" if v else "false"


class Empty:
    def __len__(self):
        return 0


print([hot(truth, v) for v in (True, 0, "", [1], (), {}, None, A(1), Empty(), 0.0, 1.5, {1})], truth(A(1)), truth(None))
Plain.__bool__ = lambda self: False
hot(truth, A(2))
A.__bool__ = lambda self: False
print(truth(A(2)))


def inside(x, c):
    if x in c:
        return "in"
    if x not in c:
        return "not in"


print([hot(inside, x, c) for x in (1, "a") for c in ({1: 2}, {"a"}, [1], ("a",))], inside("b", "abc"))


# Recursion ends in an error, also with natives between the frames.
def down(n):
    return down(n + 1)


class Deep:
    def __repr__(self):
        return repr(self)


for bad in (lambda: down(0), lambda: repr(Deep())):
    try:
        bad()
    except RecursionError as e:
        print("RecursionError")
try:
    down(0)
except RecursionError as e:
    print(e)


# Names of modules.
counter = 0


def count():
    global counter
    counter += 1
    return counter


print(hot(count))
for i in range(70):
    counter = counter + i
print(counter, i)
del counter
try:
    count()
except NameError as e:
    print(e)


# super() without arguments.
class Base:
    def who(self):
        return ["base"]


class Middle(Base):
    def who(self):
        return super().who() + ["middle"]


class Leaf(Middle):
    def who(self):
        return super().who() + ["leaf"]


print(hot(lambda: Leaf().who()), Middle().who())
Base.who = lambda self: ["new base"]
print(Leaf().who())
Leaf.__bases__ = (Base,)
print(Leaf().who())


# with
class Context:
    def __enter__(self):
        return "entered"

    def __exit__(self, *args):
        return True


def using():
    with Context() as c:
        raise KeyError
    return c


print(hot(using))
Context.__exit__ = lambda self, *args: False
try:
    using()
except KeyError:
    print("passed on")


# A returned value ends every kind of loop, and shows only in StopIteration.
def valued(n):
    yield from range(n)
    return "value"


class Valued:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration("value")


print(list(valued(3)), tuple(valued(2)), sum(valued(4)), [*valued(2)], 7 in valued(3), dict(zip(valued(2), valued(2))))
print(list(Valued()), [x for x in Valued()])
for it in (valued(0), Valued()):
    try:
        next(it)
    except StopIteration as e:
        print(e.value)


def from_valued():
    return (yield from Valued()), (yield from valued(0))


try:
    next(from_valued())
except StopIteration as e:
    print(e.value)
