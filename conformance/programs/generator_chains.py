# Generators that delegate by `yield from`: what is seen of each while values pass through them, and what breaks the chain.
import sys


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def tree(values):
    if not values:
        return None
    middle = len(values) // 2
    return Tree(tree(values[:middle]), values[middle], tree(values[middle + 1:]))


def state(g):
    frame = g.gi_frame
    if frame is None:
        return "finished"
    inner = g.gi_yieldfrom
    return (
        "running" if g.gi_running else "suspended" if g.gi_suspended else "created",
        frame.f_lasti, frame.f_lineno, frame.f_back and frame.f_back.f_code.co_name,
        inner and getattr(inner, "__name__", type(inner).__name__),
    )


links = []


def nest(depth, log=None):
    if depth:
        inner = nest(depth - 1, log)
        links.append(inner)
        try:
            got = yield from inner
        except KeyError as e:
            got = ("caught", depth, e.args)
            yield got
        return (depth, got)
    got = yield "first"
    if log is not None:
        log.append([state(g) for g in links])
        log.append([f.f_code.co_name for f in frames()][:6])
    got = yield got
    yield from [1, 2]
    return got


def frames():
    frame = sys._getframe(1)
    while frame:
        yield frame
        frame = frame.f_back


def fresh(depth, log=None):
    links.clear()
    root = nest(depth, log)
    links.append(root)
    return root


print(list(tree(list(range(100)))) == list(range(100)))
print([sum(tree(list(range(n)))) for n in range(0 + 1, 20)])

log = []
root = fresh(3, log)
print(root.send(None), [state(g) for g in links])
print(root.send("a"), log)
print([state(g) for g in links])
print(next(root), next(root))
try:
    next(root)
except StopIteration as e:
    print(e.value, [state(g) for g in links])

print("resumed in the middle")
root = fresh(4)
next(root), root.send("x")
order = links[:]
print(next(order[2]), [state(g) for g in links])
print(next(root), [state(g) for g in links])
try:
    next(root)
except StopIteration as e:
    print(e.value)

print("thrown into")
for at in range(4):
    root = fresh(3)
    next(root)
    try:
        print(links[at].throw(KeyError(at)), [state(g)[0] for g in links])
    except KeyError as e:
        print("not caught", e, [state(g)[0] for g in links])
    for _ in range(4):
        try:
            print(next(root))
        except StopIteration as e:
            print(e.value)
            break

print("closed")
for at in range(4):
    root = fresh(3)
    next(root)
    links[at].close()
    print([state(g)[0] for g in links])
    print(next(root, "end"), [state(g)[0] for g in links])

print("resumed within")


def selfish():
    yield 0
    for g in links:
        try:
            next(g)
        except ValueError as e:
            print(e, state(g)[0], g.gi_yieldfrom)
    yield 1


def through(inner):
    links.append(inner)
    yield from inner


links.clear()
root = through(through(through(selfish())))
links.append(root)
print(next(root), next(root), next(root, "end"))

print("exceptions handled around")


def handling(inner):
    try:
        raise LookupError(1)
    except LookupError:
        yield from inner


def asking():
    for _ in range(3):
        yield repr(sys.exception())


print(list(through(handling(through(through(asking()))))))
try:
    raise OSError(2)
except OSError:
    print(list(through(handling(through(through(asking()))))), list(through(through(asking()))))

print("raised inside")


def failing():
    yield 1
    yield 2
    raise ArithmeticError("inside")


root = through(through(through(failing())))
try:
    for x in root:
        print(x)
except ArithmeticError as e:
    tb = e.__traceback__
    while tb:
        print(tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno)
        tb = tb.tb_next

print("the outer ones die first")


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("end of", self.name)


def holding(name, inner):
    noisy = Noisy(name)
    yield from inner


def numbers():
    noisy = Noisy("numbers")
    try:
        for i in range(5):
            yield i
    finally:
        print("finally")


inner = numbers()
middle = holding("middle", inner)
root = holding("root", through(middle))
links.clear()
print(next(root), next(root))
del root
print(state(middle)[0], state(inner)[0])
inner = numbers()
middle = through(inner)
root = through(middle)
print(next(root), next(root))
links.clear()
frame = middle.gi_frame
del middle
print(frame.f_back, frame.f_lineno - frame.f_code.co_firstlineno)
try:
    frame.clear()
except RuntimeError as e:
    print(e)
del root, frame
print(list(inner))

print("too deep")


def endless(n):
    yield n
    yield from endless(n + 1)


count = 0
try:
    for count in endless(0):
        pass
except RecursionError as e:
    print(count > 900, e)

print("coroutines")


class Suspend:
    def __await__(self):
        return (yield "waiting")


async def leaf():
    return [await Suspend(), await Suspend()]


async def await_deeply(n):
    return await (await_deeply(n - 1) if n else leaf())


c = await_deeply(4)
print(c.send(None), c.send("one"))
inner = c.cr_await
print(inner.cr_running, inner.cr_suspended, inner.cr_frame.f_code.co_name)


async def again():
    await inner


try:
    again().send(None)
except RuntimeError as e:
    print(e)
try:
    c.send("two")
except StopIteration as e:
    print(e.value)
