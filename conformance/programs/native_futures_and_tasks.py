"""`_asyncio`: what futures and tasks do at their edges, with a loop small enough to be read."""
import _asyncio
import asyncio
import builtins
import gc
import os
import types
import warnings
import weakref

warnings.simplefilter("ignore")


def print(*values):
    builtins.print(*(str(value).replace(__file__, "FILE") for value in values))


Future, Task = _asyncio.Future, _asyncio.Task


class Loop:
    debug = False

    def __init__(self):
        self.ready = []

    def call_soon(self, callback, *arguments, context=None):
        self.ready.append((callback, arguments, context))

    def get_debug(self):
        return self.debug

    def is_running(self):
        return True

    def call_exception_handler(self, context):
        print("handler:", context)

    def __repr__(self):
        return "<Loop>"

    def run(self):
        while self.ready:
            callback, arguments, context = self.ready.pop(0)
            try:
                context.run(callback, *arguments)
            except BaseException as error:
                print("left the step:", repr(error))


loop, other = Loop(), Loop()
asyncio._set_running_loop(loop)


def attempt(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except BaseException as error:
        print(type(error).__name__, error, repr(error.__cause__))


def future():
    return Future(loop=loop)


print("states")
f = future()
attempt(f.result)
attempt(f.exception)
attempt(f.set_exception, 5)
attempt(f.set_exception, StopIteration("x"))
attempt(f.exception)
attempt(f.set_result, 1)
f = future()
f.set_exception(ValueError("unseen"))
del f
f = future()
f.cancel("because")
attempt(f.result)
attempt(f._make_cancelled_error)
blank = Future.__new__(Future)
for name in "result exception cancel cancelled done get_loop _make_cancelled_error __iter__ __repr__".split():
    attempt(getattr(blank, name))
for name in "_state _loop _callbacks _log_traceback _asyncio_awaited_by".split():
    attempt(getattr, blank, name)
attempt(delattr, blank, "_cancel_message")

print("iterator")
f = future()
iterator = iter(f)
attempt(next, iterator)
attempt(next, iterator)
f.set_result(7)
attempt(iterator.send, None)
for arguments in [(), (1,), (ValueError,), (ValueError, (3, 4)), (ValueError(3), 3), (ValueError, 3, 4)]:
    iterator = iter(future())
    attempt(iterator.throw, *arguments)
    attempt(next, iterator)


print("steps")


@types.coroutine
def give(value):
    return (yield value)


async def awaits(value):
    return await give(value)


def run(coroutine):
    task = Task(coroutine, loop=loop, name="T")
    loop.run()
    attempt(task.result)
    task._log_destroy_pending = False
    return task


blocking_elsewhere = Future(loop=other)
blocking_elsewhere._asyncio_future_blocking = True
for value in (None, 5, future(), blocking_elsewhere):
    run(awaits(value))


async def awaits_itself():
    await asyncio.current_task()


async def raises(error):
    raise error


run(awaits_itself())
for error in (ValueError(1), KeyboardInterrupt(2), asyncio.CancelledError("c"), StopIteration(3)):
    run(raises(error))


class Awaited:
    _asyncio_future_blocking = True

    def get_loop(self):
        return loop

    def add_done_callback(self, function, context):
        self.function = function

    def result(self):
        raise KeyError("other")

    def __repr__(self):
        return "Awaited"


awaited = Awaited()
task = run(awaits(awaited))
print(task, awaited._asyncio_future_blocking)
awaited.function(awaited)
attempt(task.result)

print("cancelling")


async def sleeps():
    await future()


task = Task(sleeps(), loop=loop, name="c")
attempt(task.cancel)
print(task.cancelling(), task._must_cancel)
attempt(task.uncancel)
print(task._must_cancel)
loop.run()
attempt(task.cancel, msg="m")
print(task.cancelling(), task._fut_waiter)
loop.run()
attempt(task.result)
attempt(task.result)

print("current task")
a, b = (Task(sleeps(), loop=loop, name=name) for name in "ab")
attempt(asyncio.tasks._enter_task, other, a)
attempt(asyncio.tasks._enter_task, loop, a)
attempt(asyncio.tasks._enter_task, loop, b)
attempt(asyncio.tasks._leave_task, loop, b)
attempt(asyncio.tasks._swap_current_task, loop, b)
attempt(asyncio.tasks._swap_current_task, loop, None)
print(asyncio.current_task(), asyncio.all_tasks() == {a, b})
a._log_destroy_pending = b._log_destroy_pending = False
loop.run()
print(a._fut_waiter._asyncio_awaited_by == {a})

print("eager")


async def at_once():
    print(asyncio.current_task().get_name())
    return 9


task = Task(at_once(), loop=loop, name="e", eager_start=True)
print(task, task.get_coro())
attempt(Task, raises(KeyboardInterrupt()), loop=loop, name="k", eager_start=True)

print("deaths")


class SubTask(Task):
    def __del__(self):
        print("__del__ of a subclass")
        super().__del__()


task = SubTask(sleeps(), loop=loop, name="s")
task.extra = "attribute"
reference = weakref.ref(task)
loop.ready.clear()
del task
gc.collect()
print(reference())


class Meddler:
    """Comparing it takes the callbacks away that are being compared."""

    def __eq__(self, other):
        if future_with_callbacks._callbacks:
            future_with_callbacks.cancel()
        return NotImplemented


future_with_callbacks = future()
for callback in (Meddler(), Meddler(), print):
    future_with_callbacks.add_done_callback(callback)
print(future_with_callbacks.remove_done_callback(print), future_with_callbacks._callbacks)

print("fork")
asyncio.tasks._enter_task(loop, a)
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    asyncio._set_running_loop(loop)
    os.write(writer, repr(asyncio.current_task()).encode())
    os._exit(0)
os.waitpid(child, 0)
print(os.read(reader, 100), asyncio.current_task() is a)
asyncio.tasks._leave_task(loop, a)
