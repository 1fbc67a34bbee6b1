# Functions that call themselves in traces: exits deep inside, exceptions, limits, types that change, what frames show.
import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def tak(x, y, z):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


def down(n, to):
    if n == to:
        return len(sys._getframe(1).f_code.co_name) + n
    return down(n - 1, to) + 1


def divide(n, by):
    if n == 0:
        return 100 // by
    return divide(n - 1, by) + 1


def depth(n):
    return depth(n + 1) if n >= 0 else n


def mixed(n, unit):
    if n <= 0:
        return unit
    return mixed(n - 1, unit) + unit


class Tree:
    def __init__(self, left, right, value):
        self.left, self.right, self.value = left, right, value

    def total(self):
        result = self.value
        if self.left is not None:
            result += self.left.total()
        if self.right is not None:
            result += self.right.total()
        return result


def make(levels, value):
    if levels == 0:
        return None
    return Tree(make(levels - 1, value * 2), make(levels - 1, value * 2 + 1), value)


def pairs(n):
    if n == 0:
        return ()
    rest = (pairs(n - 1), n)
    return rest


def count(n, seen):
    if n == 0:
        return len(seen)
    held = [n]
    result = count(n - 1, seen)
    return result + len(held)


print(fib(22), fib(1.5), fib(10.0), fib(True), fib(15))
print(ackermann(2, 30), tak(12, 8, 4))
print([down(k, 0) for k in range(40)], sum(down(k % 20, k % 3) for k in range(3, 400) if k % 20 >= k % 3))
print(sum(divide(k % 30, 3) for k in range(500)))
for by in (0, 5, 0):
    try:
        print(divide(25, by))
    except ZeroDivisionError as error:
        levels, traceback = 0, error.__traceback__
        while traceback is not None:
            levels, traceback = levels + 1, traceback.tb_next
        print(error, levels)
for _ in range(3):
    try:
        depth(0)
    except RecursionError as error:
        print(str(error)[:32])
print(mixed(20, 1), mixed(20, 1.5), mixed(20, "ab"), mixed(20, 1 << 62), mixed(20, (1,)), mixed(20, 2))
print(make(10, 1).total(), make(9, 2.5).total(), make(8, 1 << 61).total())
nested, length = pairs(60), 0
while nested:
    nested, length = nested[0], length + nested[1]
print(length, sum(count(k % 25, [k]) for k in range(400)))


def counted(n):
    if n == 0:
        return sys.getrefcount(counted) > 1
    return counted(n - 1)


print(all(counted(k % 30) for k in range(300)))


def changing(n):
    if n == 0:
        return step
    return changing(n - 1) + step


step = 1
results = []
for k in range(300):
    step = k if k % 3 else float(k)
    results.append(changing(k % 15))
print(results[:6], sum(results))
