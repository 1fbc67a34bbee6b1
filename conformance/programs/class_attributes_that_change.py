# Attributes of classes that are stored again and again, in loops that get hot, and everything that may happen to such a name.
N = 3000


class Base:
    n = 0

    def count(self):
        type(self).n += 1
        return self.n

    @classmethod
    def counted(cls):
        cls.n += 1
        return cls.n


class Derived(Base):
    pass


class Leaf(Derived):
    pass


def own_copy():
    b, d, leaf = Base(), Derived(), Leaf()
    total = 0
    for i in range(N):
        total += b.count() + leaf.n
        if i == N // 2:
            total += d.count()
        total += Derived.n
        if i % 7 == 0:
            Leaf.counted()
    return total, Base.n, Derived.n, Leaf.n, "n" in vars(Leaf)


class Doubling:
    def __init__(self, value):
        self.value = value

    def __get__(self, instance, owner):
        return self.value * 2


def becomes_descriptor():
    class C:
        x = 0

    c, seen = C(), []
    for i in range(N):
        if i == 1500:
            C.x = Doubling(7)
        elif i == 1600:
            C.x = property(lambda self: 5)
        elif i == 1700:
            C.x = lambda self: 6
        elif i == 1800:
            del C.x
        elif i > 1801 or i < 1500:
            C.x = i
        try:
            v = c.x
        except AttributeError as e:
            v = str(e)
        if not isinstance(v, int):
            v = v() if callable(v) else v
        if i % 100 == 0 or 1499 <= i <= 1501 or 1799 <= i <= 1803:
            seen.append(v)
    return seen


def type_gets_get():
    class V:
        pass

    class C:
        x = V()

    c, kinds = C(), []
    for i in range(N):
        C.x = V()
        if i == 2000:
            V.__get__ = lambda self, instance, owner: "got " + ("class" if instance is None else "instance")
        if i == 2500:
            del V.__get__
        v, w = c.x, C.x
        if i % 500 == 0 or i == 1999:
            kinds.append((v if isinstance(v, str) else "V", w if isinstance(w, str) else "V"))
    return kinds


def hidden_by_instances():
    class C:
        level = 0

    c, total = C(), 0
    for i in range(N):
        C.level = i
        if i == 2000:
            c.level = -1
        if i == 2500:
            del c.level
        total += c.level
    return total


class Meta(type):
    log = 0

    def __setattr__(cls, name, value):
        if name == "watched":
            Meta.log += value & 1
        super().__setattr__(name, value)


class Plain(type):
    pass


def metaclasses():
    class C(metaclass=Meta):
        watched = 0

    class D(metaclass=Plain):
        m = 0

    for i in range(N):
        C.watched = i
        D.m += 1
        if i == 2000:
            Plain.m = property(lambda cls: 1, lambda cls, value: None)
    return Meta.log, C.watched, D.m, vars(D)["m"]


def through_super():
    class A:
        k = 0

    class B(A):
        k = -1

        def up(self):
            return super().k

    b, total = B(), 0
    for i in range(N):
        A.k = i
        total += b.up()
    return total


def bases_change():
    class A:
        v = 0

    class B:
        v = 0

    class C(A):
        pass

    c, total = C(), 0
    for i in range(N):
        A.v += 1
        B.v -= 1
        if i == 2000:
            C.__bases__ = (B,)
        total += c.v + C.v
    return total


class Dying:
    log = []

    def __init__(self, i):
        self.i = i

    def __del__(self):
        Dying.log.append((self.i, Holder.now.i))


class Holder:
    now = None


def last_reference():
    Dying.log = []
    for i in range(N):
        Holder.now = Dying(i)
    result = len(Dying.log), Dying.log[-2:]
    Holder.now = Dying(N)
    return result


def special_names():
    class C:
        __slots__ = ()
        __hash__ = None

        def __len__(self):
            return 1

    c, total = C(), 0
    for i in range(N):
        C.__doc__ = i
        C.__match_args__ = ("a", "b") if i & 1 else ()
        if i == 2000:
            C.__hash__ = lambda self: 3
            C.__len__ = lambda self: 4
        total += len(c) + c.__doc__ + len(C.__match_args__)
    return total, hash(c)


def floats_and_others():
    class C:
        f = 0.0
        s = ""
        cache = None
        on = False

    for i in range(N):
        C.f += 0.5
        C.s = str(i)
        C.cache = {i: C.s}
        C.on = not C.on
        C.big = i << 70
    return C.f, C.s, C.cache, C.on, C.big


def module_attributes():
    import types

    m = types.ModuleType("m")
    m.x = 0
    for i in range(N):
        m.x += 2
        m.__doc__ = i
        if i == 2000:
            del m.x
            m.y, m.x = 1, 0
    return m.x, m.y, m.__doc__


for f in (own_copy, becomes_descriptor, type_gets_get, hidden_by_instances, metaclasses, through_super, bases_change,
          last_reference, special_names, floats_and_others, module_attributes):
    print(f.__name__, f())
