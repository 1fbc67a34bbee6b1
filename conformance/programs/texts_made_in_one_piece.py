"""Texts that common methods make in one piece: join, translate, fields of formats, floats, JSON."""
import json
class T:
    def __init__(self): self.n=[]
    def __getitem__(self,k):
        self.n.append(chr(k)); return {'a':'bb','x':'é','d':None,'q':0x20ac}.get(chr(k),k)
for s in ["ccacca","ccxcxcc","ddcdca", "éccaa","ccc","ababccab","aqa","","q"]:
    t=T(); print(ascii(s.translate(t)), t.n)
print(ascii("hello wörld".translate({111:None,108:"L",246:"oe"})), ascii("hello".translate({104:0x1f600})), "abc".translate(str.maketrans("ab","é\u20ac")))
for bad in [{97:-1},{97:0x110000},{97:1.5},{97:2**70}]:
    try: print("abc".translate(bad))
    except Exception as e: print(type(e), e)
seps=["",",","é","\u20ac","\U0001f600","ab"]
parts=["","a","é","\u20ac","xyz","\U0001f600"]
for sep in seps:
    for n in range(4):
        for k in range(6):
            l=[parts[(k*7+j*5+n)%6] for j in range(n)]
            r=sep.join(l); print(ascii(r), ascii(sep.join(tuple(l))), ascii(sep.join(iter(l))), len(r), r==sep.join(x for x in l), hash(r)==hash("".join([c for c in r])))
class L(list):
    def __iter__(self): return iter(["over","ride"])
print("-".join(L(["a"])))
for x in ([1],["a",1],("a",None),5):
    try: "-".join(x)
    except TypeError as e: print(e)
print([ascii(s.lower()+s.upper()) for s in ["","A","aB","ÄB","abcDEF123"]])
specs=["","d","5","05","<5","^7","=+8","+","- 5"," ","x","#x","#X","#010x","b","#b","o","#o","X","08b","*^12","é>9",",","_","_x","012,","200d","e","5.1f","c","n","+#012X","^+#11o","<+06","z","s","5.2","05.2d","-^9","=9"]
for v in [0,1,-1,7,-42,255,-255,10**10,2**61,-2**61,2**62-1,-2**62,2**63,-2**70,True]:
    out=[]
    for s in specs:
        try: out.append(v.__format__(s))
        except Exception as e: out.append(f"{type(e).__name__}: {e}")
    print(ascii(out))
    for p in ["%d","%5d","%-5d|","%05d","%+d","% d","%x","%#x","%#X","%#o","%o","%X","%.3d","%08x","%i","%u","%-08d|","%+05d","%#08x","%5000d"]:
        r=p%v; print(r if len(r)<100 else (len(r), r[-5:]))
for v in ["","a","abc","äöü","\u20ac"]:
    for s in ["","5",">5","^7","*<6","é^9",".2","5.1","s","<","=5","d","+"]:
        try: print(ascii(f"{v:{s}}"), ascii(("{:"+s+"}").format(v)))
        except Exception as e: print(type(e).__name__, e)
class S(str):
    def __format__(self,s): return "S!"+s
class I(int):
    def __format__(self,s): return "I!"+s
    def __lt__(self,o): return int(self)>int(o)
print(f"{S('x'):5} {I(5):3}", "{:4}{:4}".format(S('a'),I(1)))
for f in [0.0,-0.0,1e16,1e17,1e15,1e-4,1e-5,123456789012345680.0,5e-324,1.7976931348623157e308,float("inf"),float("-inf"),float("nan"),0.1,-1.5,100.0]: print(repr(f), str(f), f"{f}", f"{f:.3}", f"{f:r}" if 0 else "", json.dumps([f]))
docs=[{"a":[1,2.5,None,True,"é\n\"\\\x7f\x00\u20ac\U0001f600"],"b":{"z":1,"y":{"q":[]}, "é":2,"\u20ac":3,"A":{}}},{1:2,None:3,True:4,2.5:1},[[[]]],[-0.0,-5,0,123456789012345678,1234567890123456789,-12345678901234567,10**30],
 {"b":1,"a":2,"":3,"aa":4}]
for d in docs:
    for kw in [{}, {"indent":1},{"indent":"\u20ac"},{"ensure_ascii":False},{"separators":(",",":")}, {"sort_keys":True},{"sort_keys":True,"indent":2,"ensure_ascii":False}]:
        try:
            s=json.dumps(d,**kw); print(ascii(s)); print(ascii(json.loads(s)), json.loads(s)==d)
        except Exception as e: print(type(e).__name__, e)
for t in ["-0","0","-1","00","-","1e5","-1.5E-3","1E400","123456789012345678","-123456789012345678","999999999999999999","-99999999999999999999","[1,]","1.","0.5"]:
    try: print(t, repr(json.loads(t)))
    except Exception as e: print(t, type(e).__name__, e)
print(json.loads("[1,2]", parse_int=str), json.loads("[1.5]",parse_float=str))
try: json.dumps({"b":{"c":object()}}, sort_keys=True)
except TypeError as e: print(e, e.__notes__)
d={}
for i in range(40):
    d[i]=i
    if i%3==0: d.pop(i//2,None)
    print(len(d), list(d), [k in d for k in range(-1,12)])
e={}
for i in range(5): e["k%d"%i]=i
for i in range(5): del e["k%d"%i]
for i in range(9): e["j%d"%i]=i
print(e, e.popitem(), dict(e)==e, e.__sizeof__()>0)
for s in ["  a b  c ","","   ","a","\ta\nb\x1cc\x85d\xa0e\u2003f g", "a b"]:
    print(ascii(s.split()), ascii(s.split(None,1)), ascii(s.split(" ")), ascii(s.split(" ",1)))
for name in ["find","startswith","endswith","count","index","rfind"]:
    for a,k in [((),{}),(("a",),{"x":1}),((1,),{}),(("a",0,9,9),{}),(("a",1),{})]:
        try: print(getattr("banana",name)(*a,**k))
        except Exception as e2: print(type(e2).__name__, e2)
def f(a,b=2,*c,d=3,e,**k): return a,b,c,d,e,k
for a,k in [((1,),{"e":1}),((1,2,3),{"e":5,"z":3}),((),{}),((1,),{}),((1,),{"a":2,"e":1})]:
    try: print(f(*a,**k))
    except TypeError as e3: print(e3)
