"""What runs at the end of a program, and in which order."""
import atexit
import sys


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("dropped", self.name, "finalizing", sys is not None and sys.is_finalizing())


first = Loud("first")
second = Loud("second")
_private = Loud("private")


def in_cycle():
    return first


atexit.register(print, "registered", 1)


@atexit.register
def last():
    print("registered first runs last?", first.name)


atexit.register(lambda: 1 / 0)
cycle = Loud("cycle")
cycle.me = cycle
print("end of the program")
