# Tuples that traces make hold what they were made of, are tracked, hash like others, and may be too large for a small cell.
import gc
class K:
    __slots__=('t',)
    def __init__(self,t): self.t=t
def f(n):
    d={}; keep=[None]*16; s=0
    for i in range(n):
        t=(i&31, i&7, None)
        d[t]=d.get(t,0)+1
        keep[i&15]=K((i, i*0.5, t, (i,), 'x'))
        s+=keep[(i*5)&15] is not None
        if i%1000==0: s+=len(keep[0].t)
    return s, len(d), sorted(d.items())[:3], keep[3].t, gc.is_tracked(keep[3].t)
for k in range(3): print(f(20000))
def g(n):
    l=[]
    for i in range(n):
        l.append((i, -i, i*1.5, str(i)))
    return l[::n//5], hash(l[7])==hash((7,-7,10.5,'7'))
print(g(30000))
def big(n):
    out=[]
    for i in range(n):
        a=i
        out.append((a,)*3 + (a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a))
    return sum(map(sum,out))
print(big(2000))
