"""Iterators of all kinds in hot loops, alone, joined and numbered; loops of a module's own code."""
def loops(n):
    out = []
    l = [i % 7 for i in range(n)]
    m = [str(i) for i in range(n)]
    d = {i: str(i) for i in range(n)}
    t = 0
    for i, x in enumerate(l):
        t += i * x
    out.append(t)
    for i, x in enumerate(l, 10):
        t += i - x
    out.append(t)
    c = 0
    for a, b in zip(l, m):
        c += a + len(b)
    out.append(c)
    for a, b, e in zip(l, m, range(5, n)):
        c += a + len(b) * e
    out.append(c)
    for i, (a, b) in enumerate(zip(l, m)):
        c += a + len(b) + i
    out.append(c)
    for k in d:
        c += k
    for v in d.values():
        c += len(v)
    for k, v in d.items():
        c += k + len(v)
    out.append(c)
    s = 'hello world' * (n // 11)
    v = 0
    for ch in s:
        if ch == 'o':
            v += 1
    out.append(v)
    for x in reversed(l):
        v = v * 3 + x & 0xFFFF
    out.append(v)
    it = iter(range(n))
    pairs = 0
    for a, b in zip(it, it):
        pairs += b - a
    out.append(pairs)
    st = set(range(n))
    for x in st:
        pairs += x
    out.append(pairs)
    for x in map(str, l):
        pairs += len(x)
    for x in filter(None, l):
        pairs += x
    out.append(pairs)
    z = 0
    for i in range(n):
        for dx, dy in ((0, 1), (1, 0), (-1, 0)):
            z += dx * i + dy
    out.append(z)
    for x in b'abcdef' * (n // 6):
        z += x
    out.append(z)
    for x in reversed(range(n)):
        z ^= x
    out.append(z)
    for t3 in zip(l, l):
        z += len(t3)
    out.append(z)
    return out
for k in range(3):
    print(loops(3000))
def ended():
    log = []
    for r in range(400):
        a = iter([1, 2, 3, 4, 5])
        b = iter('abc')
        for x, y in zip(a, b):
            pass
        log.append(next(a))
        try:
            d = {1: 2, 2: 3, 3: 4}
            for k in d:
                d[k + 10 + r] = 1
        except RuntimeError as e:
            log.append(str(e))
    return sorted(set(log), key=str)
print(ended())
total = 0
names = []
for i in range(5000):
    total += i * 2
    if i % 1000 == 0:
        names.append(total)
x = 0.5
y = 0
while y < 3000:
    x = x * 1.5 + 1.0 if x < 1e6 else 0.25
    y += 1
print(total, names, x, y)
del x
