# Ranges whose step changes from one loop to the next, and loops over lists in loops.
def steps(n, acc):
    for s in list(range(-7, 0)) + list(range(1, 9)):
        t = 0
        for lo in (0, 3, 10):
            for i in range(lo, n, s):
                t += i * 3 + 1
            for i in range(n, lo, s):
                t += i * 5 + 2
        acc.append(t)
def run():
    acc = []
    for n in range(30):
        steps(n, acc)
    return sum(acc), len(acc)
print(run())
def walk(rows, s):
    out = []
    for i in range(len(rows)):
        for j in range(0, 10, s[i % len(s)]):
            out.append(rows[i][j % 5])
    return sum(out), len(out)
rows = [[i + j for j in range(5)] for i in range(50)]
for _ in range(20):
    r = walk(rows, [1, 2, 3, 4])
print(r)
try:
    walk(rows, [1, 2, 3, 0])
except ValueError as e:
    print(e)
print(walk(rows, [True, 2]))
def big(s):
    t = 0
    for k in range(40):
        for i in range(0, 1 << 40, s << 38 if k < 35 else s << 70):
            t += i
    return t
print(big(1), big(3))
def nest(xs, n):
    t = 0
    for _ in range(n):
        for x in xs:
            if x == 3: xs.append(1) if len(xs) < 12 else None
            t += x
    return t
print(nest([1, 2, 3, 4], 300))
def make(n):
    t = 0
    for i in range(n):
        for x in [i, i + 1, i + 2][:]:
            t += x
            if x % 5 == 0: break
    return t
print(make(500))
