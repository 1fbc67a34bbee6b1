"""`isinstance` and `issubclass` with tuples nested deeper than the machine stack may be: an answer or RecursionError."""


def deep(leaf):
    nested = (leaf,)
    for _ in range(1_000_000):
        nested = (nested,)
    return nested


def survives(check, argument, classes):
    try:
        return check(argument, classes)
    except RecursionError:
        return True


classes = deep(str)
for _ in range(3):
    print(survives(isinstance, "", classes), survives(issubclass, str, classes))
for kinds in str, classes, classes:
    try:
        print(isinstance("", kinds))
    except RecursionError:
        print(True)
