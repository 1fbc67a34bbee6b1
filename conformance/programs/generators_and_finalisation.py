def numbers():
    try:
        received = yield 1
        print("received", received)
        yield 2
    finally:
        print("closed")


g = numbers()
print(next(g), g.send("hello"))
del g
print("after")


def delegating():
    result = yield from part()
    print("result", result)


def part():
    yield "a"
    yield "b"
    return "c"


print([item for item in delegating()])


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone", self.name)


first = Noisy("first")
first = Noisy("second")
print("rebound")
del first
print("done")
