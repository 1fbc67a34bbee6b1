"""What `sys.unraisablehook` hears of exceptions that nobody can catch, by where they came from."""
import gc
import io
import sys
import warnings


def hook(arguments):
    message = arguments.err_msg and arguments.err_msg.split(" at 0x")[0].split(" name=")[0]
    print(message, arguments.object, arguments.exc_type.__name__)


sys.unraisablehook = hook
warnings.simplefilter("error")


class Deleted:
    def __del__(self):
        1 / 0


def generator():
    try:
        yield
    finally:
        1 / 0


class Iterator:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def __getattr__(self, name):
        1 / 0


def delegating():
    yield from Iterator()


class File(io.RawIOBase):
    def close(self):
        1 / 0


async def asynchronous():
    yield 1


def collector_callback(phase, information):
    if phase == "start":
        1 / 0


Deleted()
for function in generator, delegating:
    suspended = function()
    next(suspended)
    del suspended
File()
opened = open(__file__)
del opened
gc.callbacks.append(collector_callback)
gc.collect()
gc.callbacks.clear()
never_started = asynchronous().asend(None)
del never_started
sys.set_asyncgen_hooks(finalizer=lambda g: 1 / 0)
started = asynchronous()
try:
    started.__anext__().send(None)
except StopIteration:
    pass
del started
