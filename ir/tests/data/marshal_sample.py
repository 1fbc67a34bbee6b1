"""Docstring of the sample."""
from a.b import c as d

LONG = "a string with blanks", b"bytes", 12345, 12345, 2 ** 70, -1.5, 1j, ..., None, True
SET = LONG in {1, 2, "three"}
PART = LONG[1:2], LONG[1:2:3]


class Class:
    """Docstring of the class."""

    x: int = 12345

    def method(self, *args, key="a string with blanks", **kwargs):
        try:
            return [self.x for self.y in args if key]
        except* ValueError as error:
            raise error from None
        finally:
            del key

    def other(self):
        return lambda: self, "Σ", "é", "!", "", b"", b"x"


def f(): pass
def g(): pass
async def h(x, /, y):
    async with x as y:
        yield f"{x!r:>{y}}", (1, 2, (3, "four", "not a name"))
