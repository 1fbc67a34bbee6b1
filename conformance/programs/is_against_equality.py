a = [1, 2]
b = [1, 2]
c = a
print(a == b, a is b, a is c, a is not b, a != b)
print(None is None, None == 0, 1 == 1.0, True == 1, "x" == "x")


class Odd:
    def __eq__(self, other):
        return False


odd = Odd()
print(odd == odd, odd is odd, odd in [odd])
