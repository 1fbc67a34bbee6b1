# Items that the next round of a loop finds where this one stored or loaded them: aliases, other types, lists that change.
from array import array
def chain(a, b):
    for i in range(1, len(a)):
        a[i] = b[i - 1] + a[i]
    return a[-3:], b[-3:]
def two(a, b):
    for i in range(1, len(a) - 1):
        a[i] = a[i - 1] + b[i + 1]
        b[i] = a[i + 1] - b[i - 1]
    return a[-2:], b[-2:]
def three(a):
    t = 0
    for i in range(2, len(a)):
        t += a[i] - a[i - 1] * 2 + a[i - 2]
    return t
def grown(a):
    for i in range(1, len(a)):
        a[i] = a[i - 1] * 3 + a[i]
    return a[5], a[-1] % 1000003
def some(a):
    for i in range(1, len(a)):
        if a[i] % 3: a[i] = a[i - 1] + 1
    return sum(a)
def other_type(a, at):
    for i in range(1, len(a)):
        if i == at: a[i] = 0.5
        a[i] = a[i - 1] + a[i]
    return a[-1]
def strings(a):
    for i in range(1, len(a)):
        a[i] = a[i - 1][-3:] + a[i]
    return a[-1]
def replaced(a, b):
    for i in range(1, len(a)):
        a[i] = a[i - 1] + i
        if i % 40 == 0: a = b
    return a[-1], b[41]
def appended(a):
    for i in range(1, 200):
        a[i] = a[i - 1] + 2
        a.append(a[i])
    return len(a), a[-1]
def inserted(a):
    for i in range(1, 200):
        a[i] = a[i - 1] + 2
        if i % 60 == 7: a.insert(0, i)
    return a[199], len(a)
def backwards(a):
    for i in range(len(a) - 2, -1, -1):
        a[i] = a[i + 1] + a[i]
    return a[0]
def strided(a):
    for i in range(2, len(a), 2):
        a[i] = a[i - 2] + a[i - 1]
    return a[-2:]
def lcs(x, y):
    p = [0] * (len(y) + 1)
    for c in x:
        q = [0] * (len(y) + 1)
        for j in range(len(y)):
            if c == y[j]: q[j + 1] = p[j] + 1
            else: q[j + 1] = max(p[j + 1], q[j])
        p = q
    return p[-1]
def edit(x, y):
    d = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i in range(len(x) + 1): d[i][0] = i
    for j in range(len(y) + 1): d[0][j] = j
    for i in range(1, len(x) + 1):
        for j in range(1, len(y) + 1):
            d[i][j] = min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (x[i - 1] != y[j - 1]))
    return d[-1][-1]
def sor(g, n):
    for i in range(1, n - 1):
        up, row, down = g[i - 1], g[i], g[i + 1]
        for j in range(1, n - 1):
            row[j] = 0.3 * (up[j] + down[j] + row[j - 1] + row[j + 1]) - 0.2 * row[j]
    return round(sum(map(sum, g)), 6)
def arrays(code):
    a = array(code, range(120))
    for i in range(1, 120):
        a[i] = a[i - 1] / 3 + a[i] if code in 'df' else (a[i - 1] * 5 + a[i]) & 127
    return a[-1], a[60]
def octets(n):
    a = bytearray(range(n))
    for i in range(1, n):
        a[i] = (a[i - 1] + a[i] * 3) & 255
    return bytes(a[-5:])
def caught(a, n):
    try:
        for i in range(1, n):
            a[i] = a[i - 1] + 1
            a[i + 1] = a[i] * 2
    except IndexError:
        return i, a[-1]
    return a[-1]
def zeros(n):
    a = [0.0] * n
    a[0] = -0.0
    b = [1e300, -1e-300, 0.0, float('inf')] * (n // 4)
    for i in range(1, n):
        a[i] = a[i - 1] * b[i]
        b[i - 1] = b[i] * 2.0
    return a[:6], b[:6], str(a[-1])
def both(n):
    a = list(range(n))
    i = 1
    while i < n:
        a[i] += a[i - 1]
        i += 1
        if i % 50 == 0: i += 1
    return a[-1], a[50], a[51]
def kept(n):
    a = [object()] * n
    out = []
    for i in range(1, n):
        a[i] = (i, a[i - 1]) if i % 10 else None
        out.append(a[i - 1] is a[i])
    return sum(out), a[-1][0]
for _ in range(25):
    l = [float(i % 7) for i in range(150)]
    m = [i % 5 - 2 for i in range(150)]
    out = [
        chain(l[:], m[:]), chain(l, l), chain(m[:], l), two(m[:], m[:]), two(l, m[:]), two(m, m), three(m), three(l),
        grown(list(range(150))), some(list(range(150))), other_type(list(range(90)), 50), other_type(list(range(90)), 99),
        strings([str(i) for i in range(99)]), replaced([0] * 100, [7] * 100), appended([1] * 200), inserted([1] * 200),
        backwards(list(range(150))), strided(list(range(151))), lcs('abcbdab' * 6, 'bdcaba' * 6), edit('kitten' * 5, 'sitting' * 5),
        sor([[float(i * j % 5) for j in range(20)] for i in range(20)], 20), sor([[1.0 * j for j in range(20)]] * 20, 20),
        arrays('d'), arrays('f'), arrays('i'), arrays('b'), octets(200), caught([0] * 80, 100), caught([0] * 80, 60),
        zeros(80), both(150), kept(95),
    ]
for line in out: print(line)
