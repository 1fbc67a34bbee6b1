"""A generator that a loop leaves early closes those that it delegates to, which may have something to finish."""
import sys

log = []
complaints = []
sys.unraisablehook = complaints.append


def counting(n):
    try:
        while n > 0:
            n -= 1
            yield n
    finally:
        log.append(n)


def delegating(n):
    result = yield from counting(n)
    yield result


def twice(n):
    yield from delegating(n)


def leave(function, n):
    total = 0
    for i in range(n):
        for j in function(3):
            total += j
            if i % 3 < 2 or j < 2:
                break
    return total


print(leave(delegating, 2000), leave(twice, 2000), len(log), set(log), complaints)
