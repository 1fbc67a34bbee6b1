"""sys.settrace: events of calls, lines, returns and exceptions; functions that end, change or break the tracing."""
import sys, threading

events = []


def trace(frame, event, argument):
    if event == "exception":
        argument = argument[0].__name__
    events.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, argument))
    return trace


def show(function, *arguments, tracer=trace):
    events.clear()
    sys.settrace(tracer)
    try:
        result = function(*arguments)
    except Exception as e:
        result = repr(e)
    sys.settrace(None)
    print(function.__name__, "->", result)
    for event in events:
        print("   ", *event)


def loops(n):
    pass
    for i in range(n):
        if i: pass
        else:
            x = 1
    while n: n -= 1
    return [a for a in [1, 2]
        if a
       ]


def generator():
    got = yield 1
    try:
        yield got
    except KeyError:
        yield 3
    return 5


def delegating():
    return (yield from generator())


def generators():
    g = generator()
    next(g)
    g.send(2)
    g.throw(KeyError)
    for x in generator(): break
    return list(delegating())


def exceptions():
    try:
        int("a")
    except ValueError as e:
        pass
    finally:
        y = 2
    with C() as f:
        z = 1
    try:
        deeper(0)
    except ZeroDivisionError:
        raise


def deeper(n): return 1 / n


def long(
    a,
    b=1,
):
    return (a +
            b)


class C:
    x = 1

    def __iter__(self): return self
    def __next__(self): raise StopIteration
    def __init__(self): self.y = 2
    def __repr__(self): return "a C"
    def __enter__(self): return self
    def __exit__(self, *exc): return False


def classes():
    c = C()
    for i in c: pass
    return (lambda: c.y)()


def matching(v):
    match v:
        case [1, x]:
            return x
        case {"a": y}:
            return y
        case _:
            return None


for function, *arguments in [(loops, 2), (generators,), (exceptions,), (long, 3), (classes,), (matching, {"a": 1})]:
    show(function, *arguments)


def only_calls(frame, event, argument):
    events.append((event, frame.f_code.co_name))


show(exceptions, tracer=only_calls)


def breaks(frame, event, argument):
    events.append((event, frame.f_code.co_name))
    if event == "line":
        raise OSError("broken")
    return breaks


show(loops, 1, tracer=breaks)
print(sys.gettrace())


def no_lines(frame, event, argument):
    frame.f_trace_lines = False
    return trace(frame, event, argument)


show(loops, 1, tracer=no_lines)


def inside():
    # The frame that switches tracing on is traced itself once it has a function.
    sys._getframe().f_trace = trace
    sys.settrace(trace)
    x = 1
    for i in range(2):
        x += i
    sys.settrace(None)
    return x


events.clear()
print(inside(), events)


def jump(frame, event, argument):
    if event == "line" and frame.f_lineno - frame.f_code.co_firstlineno == 4 and not events:
        events.append("jump")
        frame.f_lineno = frame.f_code.co_firstlineno + 6
    return jump


def jumping():
    out = []
    for i in 1, 2, 3:
        out.append(i)
        out.append("skipped")
    out.append("also skipped")
    out.append("end")
    return out


events.clear()
sys.settrace(jump)
print(jumping())
sys.settrace(None)


def forbidden(frame, event, argument):
    try:
        frame.f_lineno = frame.f_code.co_firstlineno + 2
    except ValueError as e:
        events.append((event, str(e)))
    return forbidden


show(lambda: 0, tracer=forbidden)

threads = []
threading.settrace(lambda frame, event, argument: threads.append(frame.f_code.co_name))
thread = threading.Thread(target=loops, args=(1,))
thread.start()
thread.join()
threading.settrace(None)
print("loops" in threads)


def profile(frame, event, argument):
    if event.startswith("c_"):
        argument = argument.__name__
    events.append((event, frame.f_code.co_name, argument))


def natives():
    len([])
    [].append(1)
    sorted([2, 1], key=abs)
    try:
        int("a")
        len(1)
    except (ValueError, TypeError):
        pass
    try:
        len(1)
    except TypeError:
        return list(generator())


events.clear()
sys.setprofile(profile)
natives()
sys.setprofile(None)
for event in events:
    print("   ", *event)
