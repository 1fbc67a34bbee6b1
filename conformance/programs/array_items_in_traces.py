# Items of arrays of every type code, loaded and stored in hot loops, up to their limits.
from array import array

LIMITS = {"b": 127, "B": 255, "h": 32767, "H": 65535, "i": 2**31 - 1, "I": 2**32 - 1, "l": 2**63 - 1, "q": 2**63 - 1, "Q": 2**64 - 1}


def whole(code, n):
    a = array(code, range(20))
    t = 0
    for i in range(n):
        k = i % 20
        a[k] = (a[k] + a[-1 - k]) % 100
        t += a[k] - a[0]
    return t, a.tolist()


def limits(code, n):
    top = LIMITS[code]
    low = 0 if code.isupper() else -top - 1
    a = array(code, [top - 50, low + 50] * 4)
    refused = 0
    for i in range(n):
        k = i % 8
        try:
            a[k] = a[k] + (1 if k % 2 == 0 else -1)
        except OverflowError as e:
            refused += 1
            text = str(e)
    return refused, text, a.tolist()


def real(code, n):
    a = array(code, [0.5] * 10)
    t = 0.0
    for i in range(n):
        k = i % 10
        a[k] += 0.1 * k
        a[k - 1] = i if k == 3 else a[k]
        t += a[k]
    return t, a.tolist()


def grows(n):
    a = array("i")
    t = 0
    for i in range(n):
        a.append(i)
        t += a[-1] + a[i // 2]
        if i % 3 == 0:
            del a[0]
            a.insert(0, 7)
        t += a[0]
    return t, len(a)


def shared(n):
    a = array("d", [1.0] * 4)
    m = memoryview(a)
    b = bytearray(8)
    t = 0.0
    for i in range(n):
        m[i & 3] = i * 0.5
        t += a[i & 3]
        b[i & 7] = i & 255
        t += b[i & 7] - b[0]
    return t, a.tolist(), bytes(b)


for code in "bBhHiIlqQ":
    print(code, whole(code, 3000), limits(code, 1200))
for code in "fd":
    print(code, real(code, 3000))
print(grows(3000), shared(3000))
try:
    a = array("i", [1])
    for i in range(2000):
        a[i // 1000] += 1
        a[i // 1000] -= 1
except IndexError as e:
    print(e, i)
