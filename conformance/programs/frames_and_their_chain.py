import sys


def inner():
    frame = sys._getframe()
    caller = frame.f_back
    print(frame.f_code.co_name, caller.f_code.co_name, caller.f_back.f_code.co_name)
    print(caller.f_locals["note"], frame.f_lineno, caller.f_lineno)
    print(frame.f_globals is globals(), frame.f_lasti > 0)


def outer():
    note = "seen from below"
    inner()


outer()


def failing():
    raise ValueError("x")


try:
    failing()
except ValueError as error:
    traceback = error.__traceback__
    while traceback is not None:
        print(traceback.tb_frame.f_code.co_name, traceback.tb_lineno)
        traceback = traceback.tb_next
