"""Type parameters, type aliases and generic classes."""
from _typing import Generic, NoDefault, ParamSpec, TypeAliasType, TypeVar, TypeVarTuple


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except Exception as error:
        print(type(error).__name__, error)


T = TypeVar("T")
print(T, T.__module__, T.__bound__, T.__constraints__, T.__default__ is NoDefault, T.has_default())
print(TypeVar("A", covariant=True), TypeVar("A", contravariant=True), TypeVar("A", infer_variance=True))
attempt(TypeVar)
attempt(TypeVar, 5)
attempt(TypeVar, "T", int)
attempt(TypeVar, "T", covariant=True, contravariant=True)
attempt(TypeVar, "T", covariant=True, infer_variance=True)
choice = TypeVar("choice", int, str, default=None)
print(choice.__constraints__, choice.__default__, choice.evaluate_constraints, choice.evaluate_default(4))
print(T | int, int | T, T | None)
attempt(T.__mro_entries__, ())
attempt(setattr, T, "__name__", 5)

P = ParamSpec("P")
print(P, P.args, P.kwargs, P.args.__origin__ is P, P.args == P.args, P.args == P.kwargs)
attempt(ParamSpec, "P", 5)
Ts = TypeVarTuple("Ts")
print(Ts, Ts.has_default())
attempt(Ts.__typing_subst__, 5)


def generic[X: int, *Y, **Z = [int]]():
    pass


X, Y, Z = generic.__type_params__
print(X, Y, Z, X.__bound__, X.__infer_variance__, Z.__default__, X.evaluate_constraints)


def lazy[Q: undefined]():
    pass


attempt(lambda: lazy.__type_params__[0].__bound__)
type Pairs[R] = list[tuple[R, R]]
print(Pairs, Pairs.__type_params__, Pairs.__value__, Pairs[int], Pairs.__module__)
type Broken = undefined
attempt(lambda: Broken.__value__)
made = TypeAliasType("made", list[T], type_params=(T,))
print(made.__parameters__, made[int], made | None)
attempt(TypeAliasType, "made", int, type_params=(5,))
attempt(TypeAliasType, "made", int, type_params=(choice, T))
attempt(lambda: TypeAliasType("made", int)[int])
print(isinstance(Generic(), Generic))
