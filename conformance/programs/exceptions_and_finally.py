# finally, chaining, else, reraise, nested handlers.
log = []


def f(kind):
    try:
        log.append("try")
        if kind == 1:
            raise KeyError("k")
        if kind == 2:
            return "returned"
    except KeyError as error:
        log.append(repr(error))
        raise RuntimeError("wrapped") from error
    else:
        log.append("else")
    finally:
        log.append("finally")
    return "end"


print(f(0), f(2))
try:
    f(1)
except RuntimeError as error:
    print(error, repr(error.__cause__), error.__suppress_context__)
print(log)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        [][1]
except IndexError as error:
    print(error, repr(error.__context__))
try:
    raise ExceptionGroup("group", [ValueError(1), TypeError(2)])
except* ValueError as group:
    print("values", group.exceptions)
except* TypeError as group:
    print("types", group.exceptions)
