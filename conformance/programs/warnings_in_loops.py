# A warning given in a hot loop tells the line that it comes from, once.
import warnings

warnings.showwarning = lambda message, category, filename, line, *rest: print(category.__name__, line)


def inverted(n):
    found = None
    for i in range(n):
        flag = i % 2 == 0
        found = i, ~flag
        if i % 8 == 7:
            found = None
    return found


with warnings.catch_warnings():
    warnings.simplefilter("default")
    print(inverted(300))
