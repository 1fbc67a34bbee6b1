"""Members and attributes of instances whose native part differs in size: subclasses of str, bytes, int and tuple."""


class Line(str):
    __slots__ = "clean", "number"

    def __new__(cls, text, number):
        return super().__new__(cls, text)

    def __init__(self, text, number):
        self.clean = text.strip()
        self.number = number


class Number(int):
    def __init__(self, value):
        self.half = value // 2


class Data(bytes):
    def __init__(self, content):
        self.content = content


class Items(tuple):
    def __init__(self, items):
        self.count = len(items)


def total(count):
    result = 0
    for i in range(count):
        line = Line(" " + "y" * (i % 100), i)
        line.number += 1
        result += len(line.clean) + line.number
        result += Number(1 << (i % 200)).half
        result += len(Data(b"x" * (i % 100)).content)
        result += Items((1,) * (i % 100)).count
    return result


print(total(3000))
