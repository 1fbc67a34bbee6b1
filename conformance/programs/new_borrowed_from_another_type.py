"""Classes whose `__new__` is a native type's that does not fit their layout: it is passed over or refused, never obeyed."""


def show(function, *arguments):
    try:
        print(type(function(*arguments)).__bases__)
    except TypeError as error:
        print(error)


class PlainWithListNew(object):
    __new__ = list.__new__


class ListWithObjectNew(list):
    __new__ = object.__new__


class IntWithObjectNew(int):
    __new__ = object.__new__


class StrWithObjectNew(str):
    __new__ = object.__new__


class ErrorWithOther(KeyError):
    __new__ = OSError.__new__


class Dictionary(dict):
    pass


for made in PlainWithListNew, ListWithObjectNew, IntWithObjectNew, StrWithObjectNew, ErrorWithOther:
    show(made)
    show(object.__new__, made)
show(list.__new__, Dictionary)
show(tuple.__new__, list)
show(type.__new__, int)
