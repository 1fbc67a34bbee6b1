# Ints and floats mixed, at the edges of exactness, and floats in and out of their words.
def mixed(values):
    out = []
    for v in values:
        out.append((v * 1.0, v + 0.5, 3.0 - v, v < 9007199254740993.0, v == 9007199254740992.0))
    return out
big = 1 << 53
vals = [1, 2, 3] * 200 + [big - 1, big, big + 1, -big - 1, (1 << 61) + 1, -(1 << 62)] * 20
print(mixed(vals)[-6:])
class P: pass
def walk(n, xs):
    p = P(); p.x = 1.0; p.y = 0.0
    for i in range(n):
        p.x = p.x * xs[i % len(xs)]
        p.y += p.x
        if p.x > 1e80 or p.x < 1e-80: p.x = 1.0
    return p.x, p.y
print(walk(5000, [1.5, 2.0, 0.25, 1e60, 0.0, -3.0]))
print(walk(5000, [1.5, 2.0, 0.25, 1e-60, 1e60, float('inf')]))
def powers(n):
    s = 0.0
    for i in range(1, n):
        x = i * 0.37
        s += x ** 0.5 + x ** 2 + x ** -1.5 + x ** 3 + (-x) ** 2 - (-x) ** 3
    return s
print(powers(30000))
