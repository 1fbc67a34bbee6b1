class Base:
    def __init_subclass__(cls, **kwargs):
        print("subclass", cls.__name__, kwargs)

    def greet(self):
        return "base"


class Vector(Base, flavour="plain"):
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __repr__(self):
        return f"Vector({self.x}, {self.y})"

    def __eq__(self, other):
        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)

    def __getitem__(self, index):
        return (self.x, self.y)[index]

    def __bool__(self):
        return bool(self.x or self.y)

    @property
    def total(self):
        return self.x + self.y

    @classmethod
    def zero(cls):
        return cls(0, 0)

    @staticmethod
    def name():
        return "vector"

    def greet(self):
        return "derived " + super().greet()


v = Vector(1, 2) + Vector(3, 4)
print(v, v == Vector(4, 6), v[0], bool(Vector.zero()), v.total, Vector.name(), v.greet())
print([c.__name__ for c in Vector.__mro__])
match v:
    case Vector(x=4, y=other):
        print("matched", other)
try:
    v.total = 1
except AttributeError as error:
    print(error)
