"""Garbage in cycles is finalised, and its weak references' callbacks run, from the oldest object to the youngest, whatever
places in memory the objects got."""
import gc
import weakref


class Filler:
    pass


class Finalised:
    def __init__(self, number):
        self.number = number
        self.me = self

    def __del__(self):
        print(self.number, end=" ")


class Watched:
    def __init__(self, number):
        self.me = self
        watchers.append(weakref.ref(self, lambda r: print(number, end=" ")))


gc.collect()
gc.disable()
fillers = [Filler() for _ in range(100)]
for filler in fillers:
    filler.number = 1
for round in range(3):
    # The cells given back lie in the heap in an order of their own.
    del fillers[round::3]
    watchers = []
    for i in range(20):
        Finalised(i)
    gc.collect()
    print()
    for i in range(20):
        Watched(i)
    gc.collect()
    print()
