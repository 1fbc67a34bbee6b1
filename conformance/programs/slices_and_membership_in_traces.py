# Slices taken, stored and deleted, comparisons by identity, membership, and keys that are objects, in hot loops.
class Node:
    pass
class Kind:
    def __init__(self, n): self.n = n
A, B = Kind(1), Kind(2)
def slices(n):
    t = 0
    l = list(range(10)); tp = tuple(l); s = "abcdefghij"
    for i in range(n):
        k = i % 7
        a = l[k::-1]; b = tp[::2]; c = s[k:1:-2]; d = l[1:k:3]
        l[:k+1] = a
        e = l[:]
        e[2:4] = tp[5:9]
        del e[1:3]
        del e[0]
        del e[-1]
        x = slice(k, None, 2)
        t += len(a) + len(b) + len(c) + sum(d) + len(e) + e[0] + len(l[x])
    return t, l, a, b, c, d, e, x
def identity(n):
    t = 0
    objs = [A, B, A, None, 3, "x", (1,2), [1], 2.5, True]
    for i in range(n):
        o = objs[i % 10]
        if o == A: t += 1
        if o != B: t += 2
        if o == None: t += 4
        if o == "x": t += 8
        if o == (1, 2): t += 16
        if o == [1]: t += 32
        if o == 3: t += 64
        if o in objs: t += 128
        if o in (A, "x", 2.5): t += 256
        if B in objs: t += 512
        if [1] in objs: t += 1024
        if Node not in objs: t+= 2048
    return t
def dicts(n):
    nodes = [Node() for _ in range(8)]
    d = {}; seen = set(); t = 0
    for i in range(n):
        x = nodes[i & 7]
        d[x] = d.get(x, 0) + 1
        if x in seen: t += 1
        seen.add(x)
        if i % 5 == 0: del d[x]
        d[i % 3] = i
        if i % 3 in d: t += d[i % 3]
    return t, len(d), len(seen)
def lists(n):
    l = []; t = 0; m = list(range(6)); ins = m.insert; pop = m.pop
    for i in range(n):
        l.append(i)
        if i % 3 == 2: t += l.pop() + l.pop(0) + l.pop(-1)
        ins(i % 7 - 3, pop(0))
        m.insert(3, m.pop(i % 6))
    return t, l[:5], m
class D:
    log = []
    def __del__(self): D.log.append(self.n)
def deaths(n):
    for i in range(n):
        l = [D(), 1, 2]
        l[0].n = i
        l[0:1] = [5, 6]
        if D.log[-1] != i: print("late", i, D.log[-1])
        x = D(); x.n = -i
        m = [x, 3]
        del x
        del m[0]
        if D.log[-1] != -i: print("late", i)
    return len(D.log)
def unpacked(n):
    a = b = 0
    t = (1, [2, 3])
    for i in range(n):
        a, (b, c) = t
        a, (c, b) = t
        t = (c, [a, b])
    return a, b, t
for f in (slices, identity, dicts, lists, deaths, unpacked):
    print(f.__name__, f(3000))
