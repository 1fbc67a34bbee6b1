"""The order in which values die: those of a frame, of an instruction's operands, of a call's arguments; cold and hot."""
class D:
    def __init__(s,n): s.n=n
    def __del__(s): log.append(s.n)
    def __add__(s,o): return 1
    def __lt__(s,o): return True
    def __eq__(s,o): return True
    def __hash__(s): return 1
    def __contains__(s,o): return True
    def __getitem__(s,i): return 1
    def __setitem__(s,i,v): pass
    def __delitem__(s,i): pass
    def __call__(s,*a,**k): return 1
    def m(s,*a): pass
    def __format__(s,f): return "x"
    def __enter__(s): return s
    def __exit__(s,*a): pass
log=[]
def t(name, f):
    before=None
    for i in range(60):
        log.clear()
        try: f()
        except ZeroDivisionError: log.append("caught")
        if log!=before:
            before=log[:]
            print("--",name, i if i in(0,) else "later",before)
t("add",lambda: D("l")+D("r"))
t("lt",lambda: D("l")<D("r"))
t("eq",lambda: D("l")==D("r"))
t("in",lambda: D("l") in D("r"))
t("notin",lambda: D("l") not in D("r"))
t("is",lambda: D("l") is D("r"))
def st(): D("o")[D("i")]=D("v")
t("store",st)
def dl(): del D("o")[D("i")]
t("del",dl)
t("slice",lambda: D("l")[D("a"):D("b")])
def sts(): D("o")[D("a"):D("b")]=D("v")
t("storeslice",sts)
t("call",lambda: D("f")(D("x"),D("y"),k=D("z")))
t("isinst",lambda: isinstance(D("x"),(int,str)))
t("divmod",lambda: max(D("x"),D("y")))
t("print",lambda: len([D("x"),D("y")]))
t("id2",lambda: hash((D("x"),D("y"))))
t("append",lambda: [].append(D("x")))
t("dictget",lambda: {}.get(D("x"),D("y")) and None)
t("setdefault",lambda: {}.setdefault(D("x"),D("y")) and None)
t("m",lambda: D("s").m(D("x"),D("y")))
t("m2",lambda: D("s").m(*[D("x"),D("y")]))
t("getattr",lambda: getattr(D("x"),"n",D("y")))
t("fstr",lambda: f"{D('x')}{D('y')}")
t("pair",lambda: (D("a"),D("b"))and None)
t("list",lambda: [D("a"),D("b")] and None)
t("dict",lambda: {D("a"):D("b")} and None)
t("set",lambda: {D("a"),D("b")} and None)
t("unpack",lambda: [*(D("a"),D("b"))] and None)
def up():
    a,b=D("a"),D("b"); a,b=b,a
t("swap",up)
def un():
    a,b=(D("a"),D("b")); c=1
t("un",un)
def wi():
    with D("c") as x: pass
    with D("c2"): pass
t("with",wi)
def at(): D("o").attr=D("v")
t("attr",at)
def lp():
    for x in [D("a"),D("b")]: pass
    for i,x in enumerate([D("a"),D("b")]): pass
    for x in (D(c) for c in "ab"): pass
t("loop",lp)
def ma():
    match D("x"), D("y"):
        case (a, b): pass
t("match",ma)
def ra():
    try: raise ValueError(D("x"), D("y"))
    except ValueError as e: pass
t("raise",ra)
def ra2():
    a=D("la"); b=D("lb")
    def inner():
        c=D("lc"); d=D("ld"); raise KeyError(1)
    try: inner()
    except KeyError: log.append("in handler")
    log.append("after")
t("raise2",ra2)
def ra3():
    x=[D("i1"), D("i2")+D("i3"), 1/0]
t("stack",ra3)
def ra4(): print(D("i1"), D("i2"), 1/0)
t("stack2",ra4)
def sup():
    class P: 
        def __init__(s,a,b): pass
    P(D("a"),D("b"))
t("init",sup)
import functools
t("partial",lambda: functools.partial(lambda a,b:1,D("a"))(D("b")))
t("map",lambda: list(map(lambda a,b:1,[D("a")],[D("b")])))
t("sorted",lambda: sorted([D("a"),D("b")]) and None)
def gg():
    a=D("a");b=D("b")
    try: yield 1
    finally: log.append("fin")
t("gen",lambda: next(gg()))
t("genthrow",lambda: gg().close())
async def co(): a=D("a"); b=D("b"); return 5
def ru():
    try: co().send(None)
    except StopIteration as e: log.append(e.value)
t("coro",ru)
