# Attributes that are assigned from outside have no room inside the instance: reading, replacing, adding, counting.
class Bare:
    pass


class Derived(Bare):
    def __init__(self, n):
        self.first = n


def fill(target, n):
    target.a, target.b, target.c, target.d = n, n + 1, n + 2, n + 3
    target.e = n + 4
    target.f = [n]
    target.g = str(n)


def total(rounds):
    kept = []
    result = 0
    for i in range(rounds):
        bare = Bare()
        fill(bare, i)
        bare.e += 1
        bare.f = bare.f + [i]
        result += bare.e + bare.f[1] + len(bare.g)
        if i % 50 == 0:
            kept.append(bare)
        derived = Derived(i)
        fill(derived, i)
        result += derived.g.count("1") + derived.first
        if i % 70 == 0:
            del derived.e
            derived.__dict__["g"] = "changed"
        try:
            result += derived.e
        except AttributeError as error:
            result -= len(str(error))
    return result, [(k.e, k.f, k.g, list(vars(k))) for k in kept[:3]]


class Counted:
    alive = 0

    def __del__(self):
        Counted.alive -= 1


def replace(rounds):
    holder = Bare()
    fill(holder, 0)
    for i in range(rounds):
        held = Counted()
        Counted.alive += 1
        holder.f = held
        holder.g = held
        held = None
    return Counted.alive


print(total(400))
print(replace(300))


class Base:
    def __init__(self):
        self.one, self.two, self.three = 1, 2, 3


class Middle(Base):
    def __init__(self):
        super().__init__()
        self.three, self.four = 3, 4


class Leaf(Middle):
    def __init__(self):
        super().__init__()
        self.five, self.six, self.seven = 5, 6, 7


print(sum(leaf.one + leaf.four + leaf.seven for leaf in (Leaf() for _ in range(300))))
print(vars(Leaf()))
