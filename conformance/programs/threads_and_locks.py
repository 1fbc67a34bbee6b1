"""Threads take turns, wait for locks and each other, and keep data of their own."""
import _thread


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except Exception as error:
        print(type(error).__name__, error)


lock = _thread.allocate_lock()
print(lock.acquire(), lock.acquire(False), lock.acquire(True, 0.01), lock.locked())
for arguments in [(False, 1), (True, -2), (True, 1e30), (True, "x"), (True, float("nan"))]:
    attempt(lock.acquire, *arguments)
lock.release()
attempt(lock.release)
with lock:
    print(lock.locked())

again = _thread.RLock()
print(again.acquire(), again.acquire(), again._recursion_count(), again._is_owned())
state = again._release_save()
print(state[0], again.locked())
again._acquire_restore(state)
attempt(_thread.start_joinable_thread, print, handle=5)
_thread.start_joinable_thread(lambda: attempt(again.release)).join()

# Increments under a lock are not lost; a busy loop lets others run.
counter = [0]
going = [True]


def count():
    for _ in range(5000):
        with lock:
            counter[0] += 1


def spin():
    while going[0]:
        pass


spinner = _thread.start_joinable_thread(spin)
handles = [_thread.start_joinable_thread(count) for _ in range(4)]
for handle in handles:
    handle.join()
going[0] = False
spinner.join()
print(counter, [handle.is_done() for handle in handles])

# A lock may be released by another thread than took it.
lock.acquire()
_thread.start_new_thread(lock.release, ())
print(lock.acquire(True, 5))

handle = _thread._ThreadHandle()
attempt(handle.join)
_thread.start_joinable_thread(lambda: None, handle).join()
attempt(_thread.start_joinable_thread, print, handle)
attempt(_thread._make_thread_handle(_thread.get_ident()).join)


class Local(_thread._local):
    def __init__(self, *arguments, **keywords):
        print("init", arguments, keywords)


local = Local(1, two=2)
local.name = "main"


def look():
    print(local.__dict__, hasattr(local, "name"))
    local.name = "other"
    print(local.name)


_thread.start_joinable_thread(look).join()
print(local.name)
attempt(setattr, local, "__dict__", {})
attempt(_thread._local, 1)
