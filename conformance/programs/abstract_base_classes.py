"""Abstract methods, virtual subclasses and the caches of their answers."""
import _abc


class ABCMeta(type):
    def __new__(meta, name, bases, namespace, **keywords):
        cls = super().__new__(meta, name, bases, namespace, **keywords)
        _abc._abc_init(cls)
        return cls

    def register(cls, subclass):
        return _abc._abc_register(cls, subclass)

    def __instancecheck__(cls, instance):
        return _abc._abc_instancecheck(cls, instance)

    def __subclasscheck__(cls, subclass):
        return _abc._abc_subclasscheck(cls, subclass)


def abstract(function):
    function.__isabstractmethod__ = True
    return function


def attempt(function, *arguments):
    try:
        print(function(*arguments))
    except Exception as error:
        print(type(error).__name__, error)


class Base(metaclass=ABCMeta):
    @abstract
    def needed(self):
        pass


class Half(Base):
    @abstract
    def more(self):
        pass


class Whole(Half):
    def needed(self):
        return "needed"

    more = needed


print(sorted(Base.__abstractmethods__), sorted(Half.__abstractmethods__), sorted(Whole.__abstractmethods__))
attempt(Base)
attempt(Half)
print(Whole().more(), isinstance(Whole(), Base), issubclass(Whole, Half))

before = _abc.get_cache_token()
print(isinstance(5, Base), isinstance(5, Base))
Base.register(int)
print(isinstance(5, Base), issubclass(bool, Base), _abc.get_cache_token() - before)
attempt(Base.register, 5)
attempt(Half.register, Base)
attempt(issubclass, 5, Base)
print([len(part) for part in _abc._get_dump(Base)[:3]])


class Hooked(metaclass=ABCMeta):
    @classmethod
    def __subclasshook__(cls, subclass):
        return answers.pop()


answers = [NotImplemented, False, True, 5]
attempt(issubclass, int, Hooked)
attempt(issubclass, str, Hooked)
attempt(issubclass, float, Hooked)
attempt(issubclass, list, Hooked)


class Sequence(metaclass=ABCMeta):
    __abc_tpflags__ = 1 << 5


@Sequence.register
class Registered:
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return range(2)[index]


match Registered():
    case [first, second]:
        print("sequence", first, second)
print("__abc_tpflags__" in Sequence.__dict__)
