"""Loops over bytes, bytearrays and arrays, which change meanwhile; floats that become zero; neighbours of an index."""

from array import array


def total(numbers):
    out = 0
    for x in numbers:
        out += x
    return out


def growing(kind):
    data = kind(range(30))
    out = []
    for x in data:
        if x % 7 == 0 and len(data) < 60:
            data.append(x + 1)
        elif x % 11 == 5:
            del data[-2:]
        out.append(x)
    return len(out), sum(out), list(data)[-5:]


def ended(kind):
    data = kind(range(40))
    it = iter(data)
    for x in it:
        pass
    data.extend(kind([1, 2, 3]))
    return x, list(it), sum(zip(it, it), ())


def pairs(a, b):
    out = 0
    for i, (x, y) in enumerate(zip(a, b)):
        out += i * x - y
    return out


def zeros(n):
    a = [float(i % 3) for i in range(n)]
    b = [0.0] * n
    signs = []
    for i in range(1, n):
        b[i] = a[i] - a[i - 1] - 1.0
        a[i] = -b[i] * 0.0
        if i > n - 4:
            signs.append(str(a[i]))
    return sum(b), signs, b.count(0.0)


def neighbours(n):
    a = array("q", range(n))
    b = [0] * n
    for i in range(1, n - 1):
        b[i] = a[i - 1] + 2 * a[i] - a[i + 1]
    last = None
    for i in range(n - 4, n + 4):
        try:
            b[i + 1] = a[i - 1]
        except IndexError as error:
            last = i, str(error)
            break
    for i in range(3, -4, -1):
        b[i - 1] += i
    return sum(b), b[-6:], last


def extremes(n):
    limit = 2**62 - 1
    out = []
    for start, step in ((limit - n // 2, 1), (-limit - 1 + n // 2, -1)):
        x = start
        for _ in range(n):
            x = x + step
        out.append(x)
    return out


for _ in range(3):
    for numbers in (bytes(range(200)), bytearray(range(100)), array("b", range(-100, 100)), array("I", range(300))):
        print(total(numbers), end=" ")
    print(total(array("d", range(200))), total(array("f", [0.1] * 100)))
    print(total(array("q", [2**62 + i for i in range(100)])), total(array("Q", [2**63] * 90)))
    print(growing(bytearray), growing(lambda r: array("h", r)))
    print(ended(bytearray), ended(lambda r: array("d", r)))
    print(pairs(bytes(range(120)), array("d", range(130))), zeros(200), neighbours(120))
    print(extremes(300))
