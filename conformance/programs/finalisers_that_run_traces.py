# A finaliser that gets hot itself changes a class attribute and a global that a loop counts in.
log = []
total = 0


def note(*parts):
    global total
    total += 1
    log.append(repr(parts))


class D:
    alive = 0

    def __init__(self, n):
        self.n = n
        D.alive += 1

    def __del__(self):
        D.alive -= 1
        note("del", self.n, D.alive)


class A:
    pass


def main():
    o = A()
    for i, j in enumerate([None] * 20000):
        o.c = D(0)


main()
print(log[:2], log[-3:], sorted(set(log)), total, D.alive)
