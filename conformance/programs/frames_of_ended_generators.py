# The frame of a generator that has ended, by return, exception or close, has nobody behind it.
def t():
    def g():
        yield
    generator = g()
    frame = generator.gi_frame
    print(frame.f_back is None, end=" ")
    next(generator)
    print(frame.f_back is None, end=" ")
    next(generator, None)
    print(frame.f_back is None)
t()
def g():
    yield
    raise KeyError
def h():
    x = g(); next(x); next(x)
try: h()
except KeyError as e:
    tb=e.__traceback__
    while tb: print(tb.tb_frame.f_code.co_name, tb.tb_frame.f_back and tb.tb_frame.f_back.f_code.co_name); tb=tb.tb_next
x=g(); fr=x.gi_frame; next(x); x.close(); print(fr.f_back)
