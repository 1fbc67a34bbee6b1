//! `_heapq`: heaps in lists.
//!
//! Comparing items may run Python code that changes the list: its length is looked at after each comparison.

use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::Str;
use runtime::{CompareOp, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_heapq",
    doc: "Heap queue algorithm (a.k.a. priority queue).\n\nHeaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for\nall k, counting elements from 0.  For the sake of comparison,\nnon-existing elements are considered to be infinite.  The interesting\nproperty of a heap is that a[0] is always its smallest element.\n\nUsage:\n\nheap = []            # creates an empty heap\nheappush(heap, item) # pushes a new item on the heap\nitem = heappop(heap) # pops the smallest item from the heap\nitem = heap[0]       # smallest item on the heap without popping it\nheapify(x)           # transforms list into a heap, in-place, in linear time\nitem = heapreplace(heap, item) # pops and returns smallest item, and adds\n                               # new item; the heap size is unchanged\n\nOur API differs from textbook heap algorithms as follows:\n\n- We use 0-based indexing.  This makes the relationship between the\n  index for a node and the indexes for its children slightly less\n  obvious, but is more suitable since Python uses 0-based indexing.\n\n- Our heappop() method returns the smallest item, not the largest.\n\nThese two make it possible to view the heap as a regular Python list\nwithout surprises: heap[0] is the smallest item, and heap.sort()\nmaintains the heap invariant!\n",
    functions: FUNCTIONS,
    init: |_, module| {
        add(module, "__about__", *Str::new(ABOUT));
        Ok(())
    },
};

const ABOUT: &str = "Heap queues\n\n[explanation by François Pinard]\n\nHeaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for\nall k, counting elements from 0.  For the sake of comparison,\nnon-existing elements are considered to be infinite.  The interesting\nproperty of a heap is that a[0] is always its smallest element.\n\nThe strange invariant above is meant to be an efficient memory\nrepresentation for a tournament.  The numbers below are 'k', not a[k]:\n\n                                   0\n\n                  1                                 2\n\n          3               4                5               6\n\n      7       8       9       10      11      12      13      14\n\n    15 16   17 18   19 20   21 22   23 24   25 26   27 28   29 30\n\n\nIn the tree above, each cell 'k' is topping '2*k+1' and '2*k+2'.  In\na usual binary tournament we see in sports, each cell is the winner\nover the two cells it tops, and we can trace the winner down the tree\nto see all opponents s/he had.  However, in many computer applications\nof such tournaments, we do not need to trace the history of a winner.\nTo be more memory efficient, when a winner is promoted, we try to\nreplace it by something else at a lower level, and the rule becomes\nthat a cell and the two cells it tops contain three different items,\nbut the top cell \"wins\" over the two topped cells.\n\nIf this heap invariant is protected at all time, index 0 is clearly\nthe overall winner.  The simplest algorithmic way to remove it and\nfind the \"next\" winner is to move some loser (let's say cell 30 in the\ndiagram above) into the 0 position, and then percolate this new 0 down\nthe tree, exchanging values, until the invariant is re-established.\nThis is clearly logarithmic on the total number of items in the tree.\nBy iterating over all items, you get an O(n ln n) sort.\n\nA nice feature of this sort is that you can efficiently insert new\nitems while the sort is going on, provided that the inserted items are\nnot \"better\" than the last 0'th element you extracted.  This is\nespecially useful in simulation contexts, where the tree holds all\nincoming events, and the \"win\" condition means the smallest scheduled\ntime.  When an event schedule other events for execution, they are\nscheduled into the future, so they can easily go into the heap.  So, a\nheap is a good structure for implementing schedulers (this is what I\nused for my MIDI sequencer :-).\n\nVarious structures for implementing schedulers have been extensively\nstudied, and heaps are good for this, as they are reasonably speedy,\nthe speed is almost constant, and the worst case is not much different\nthan the average case.  However, there are other representations which\nare more efficient overall, yet the worst cases might be terrible.\n\nHeaps are also very useful in big disk sorts.  You most probably all\nknow that a big sort implies producing \"runs\" (which are pre-sorted\nsequences, which size is usually related to the amount of CPU memory),\nfollowed by a merging passes for these runs, which merging is often\nvery cleverly organised[1].  It is very important that the initial\nsort produces the longest runs possible.  Tournaments are a good way\nto that.  If, using all the memory available to hold a tournament, you\nreplace and percolate items that happen to fit the current run, you'll\nproduce runs which are twice the size of the memory for random input,\nand much better for input fuzzily ordered.\n\nMoreover, if you output the 0'th item on disk and get an input which\nmay not fit in the current tournament (because the value \"wins\" over\nthe last output value), it cannot fit in the heap, so the size of the\nheap decreases.  The freed memory could be cleverly reused immediately\nfor progressively building a second heap, which grows at exactly the\nsame rate the first heap is melting.  When the first heap completely\nvanishes, you switch heaps and start a new run.  Clever and quite\neffective!\n\nIn a word, heaps are useful memory structures to know.  I use them in\na few applications, and I think it is good to keep a 'heap' module\naround. :-)\n\n--------------------\n[1] The disk balancing algorithms which are current, nowadays, are\nmore annoying than clever, and this is a consequence of the seeking\ncapabilities of the disks.  On devices which cannot seek, like big\ntape drives, the story was quite different, and one had to be very\nclever to ensure (far in advance) that each tape movement will be the\nmost effective possible (that is, will best participate at\n\"progressing\" the merge).  Some tapes were even able to read\nbackwards, and this was also used to avoid the rewinding time.\nBelieve me, real good tape sorts were quite spectacular to watch!\nFrom all times, sorting has always been a Great Art! :-)\n";

const FUNCTIONS: &[MethodDef] = &[
    method(
        "heapify",
        "($module, heap, /)",
        NativeFn::One(|t, _, heap| heapify(t, heap, "heapify", MIN)),
        "Transform list into a heap, in-place, in O(len(heap)) time.",
    ),
    method(
        "heapify_max",
        "($module, heap, /)",
        NativeFn::One(|t, _, heap| heapify(t, heap, "heapify_max", MAX)),
        "Maxheap variant of heapify.",
    ),
    method(
        "heappop",
        "($module, heap, /)",
        NativeFn::One(|t, _, heap| pop(t, heap, "heappop", MIN)),
        "Pop the smallest item off the heap, maintaining the heap invariant.",
    ),
    method(
        "heappop_max",
        "($module, heap, /)",
        NativeFn::One(|t, _, heap| pop(t, heap, "heappop_max", MAX)),
        "Maxheap variant of heappop.",
    ),
    method(
        "heappush",
        "($module, heap, item, /)",
        NativeFn::Bound(|t, _, a| push(t, a, "heappush", MIN)),
        "Push item onto heap, maintaining the heap invariant.",
    ),
    method(
        "heappush_max",
        "($module, heap, item, /)",
        NativeFn::Bound(|t, _, a| push(t, a, "heappush_max", MAX)),
        "Push item onto max heap, maintaining the heap invariant.",
    ),
    method(
        "heappushpop",
        "($module, heap, item, /)",
        NativeFn::Bound(|t, _, a| push_pop(t, a, "heappushpop", MIN)),
        "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to heappop().",
    ),
    method(
        "heappushpop_max",
        "($module, heap, item, /)",
        NativeFn::Bound(|t, _, a| push_pop(t, a, "heappushpop_max", MAX)),
        "Maxheap variant of heappushpop.\n\nThe combined action runs more efficiently than heappush_max()\nfollowed by a separate call to heappop_max().",
    ),
    method(
        "heapreplace",
        "($module, heap, item, /)",
        NativeFn::Bound(|t, _, a| replace(t, a, "heapreplace", MIN)),
        "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)",
    ),
    method(
        "heapreplace_max",
        "($module, heap, item, /)",
        NativeFn::Bound(|t, _, a| replace(t, a, "heapreplace_max", MAX)),
        "Maxheap variant of heapreplace.",
    ),
];

/// Which end of the order comes out first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Order {
    is_max: bool,
}

const MIN: Order = Order { is_max: false };
const MAX: Order = Order { is_max: true };

impl Order {
    /// Whether `a` comes out before `b`.
    #[inline]
    fn before(self, thread: &Thread, a: Value, b: Value) -> PyResult<bool> {
        let (low, high) = if self.is_max { (b, a) } else { (a, b) };
        if Value::both_small_int(low, high) {
            return Ok(low.small_int_unchecked() < high.small_int_unchecked());
        }
        if Value::both_inline_float(low, high) {
            return Ok(low.inline_float_unchecked() < high.inline_float_unchecked());
        }
        let (low, high) = (low.to_ref(), high.to_ref());
        protocol::compare_bool(thread, *low, *high, CompareOp::Lt)
    }
    /// `before` of the items at two places of a heap that is to keep its length.
    #[inline]
    fn items_before(self, thread: &Thread, heap: &List, a: usize, b: usize) -> PyResult<bool> {
        let length = heap.len();
        let (Some(&x), Some(&y)) = (heap.items().get(a), heap.items().get(b)) else {
            return Err(thread.index_error("index out of range"));
        };
        let before = self.before(thread, x, y)?;
        if heap.len() != length {
            return Err(thread.runtime_error("list changed size during iteration"));
        }
        Ok(before)
    }
}

fn list(thread: &Thread, heap: Value, name: &str, argument: &str) -> PyResult<&'static List> {
    heap.cast::<List>().ok_or_else(|| {
        let found = heap.ty().name();
        thread.type_error(format!("{name}() argument{argument} must be list, not {found}"))
    })
}

/// Moves the item at `place` up to where its parent comes before it, at most to `top`.
fn sift_up(thread: &Thread, heap: &List, top: usize, mut place: usize, order: Order) -> PyResult<()> {
    while place > top {
        let parent = (place - 1) >> 1;
        if !order.items_before(thread, heap, place, parent)? {
            break;
        }
        heap.with_items(|items| items.swap(place, parent));
        place = parent;
    }
    Ok(())
}

/// Lets the item at `top` sink to a leaf along the children that come first, then rise to its place: most items belong
/// near the leaves, so this compares less than stopping on the way.
fn sink(thread: &Thread, heap: &List, top: usize, order: Order) -> PyResult<()> {
    let end = heap.len();
    let mut place = top;
    while place < end >> 1 {
        let mut child = 2 * place + 1;
        if child + 1 < end {
            // The right child goes up unless the left one strictly comes before it.
            let left_first = order.items_before(thread, heap, child, child + 1)?;
            child += !left_first as usize;
        }
        heap.with_items(|items| items.swap(place, child));
        place = child;
    }
    sift_up(thread, heap, top, place, order)
}

fn heapify(thread: &Thread, heap: Value, name: &str, order: Order) -> PyResult {
    let heap = list(thread, heap, name, "")?;
    for place in (0..heap.len() >> 1).rev() {
        sink(thread, heap, place, order)?;
    }
    Ok(Ref::NONE)
}

fn push(thread: &Thread, a: &[Value], name: &str, order: Order) -> PyResult {
    let heap = list(thread, a[0], name, " 1")?;
    heap.push(a[1].to_ref());
    sift_up(thread, heap, 0, heap.len() - 1, order)?;
    Ok(Ref::NONE)
}

/// Puts `item` at the top of a heap that is not empty, handing out what was there.
fn replace_top(thread: &Thread, heap: &List, item: Ref, order: Order) -> PyResult {
    let Some(top) = heap.get(0) else { return Err(thread.index_error("index out of range")) };
    heap.set(0, item);
    sink(thread, heap, 0, order)?;
    Ok(top)
}

fn pop(thread: &Thread, heap: Value, name: &str, order: Order) -> PyResult {
    let heap = list(thread, heap, name, "")?;
    let Some(last) = heap.pop() else { return Err(thread.index_error("index out of range")) };
    if heap.len() == 0 {
        return Ok(last);
    }
    replace_top(thread, heap, last, order)
}

fn replace(thread: &Thread, a: &[Value], name: &str, order: Order) -> PyResult {
    let heap = list(thread, a[0], name, " 1")?;
    replace_top(thread, heap, a[1].to_ref(), order)
}

fn push_pop(thread: &Thread, a: &[Value], name: &str, order: Order) -> PyResult {
    let heap = list(thread, a[0], name, " 1")?;
    let Some(top) = heap.get(0) else { return Ok(a[1].to_ref()) };
    if !order.before(thread, *top, a[1])? {
        return Ok(a[1].to_ref());
    }
    replace_top(thread, heap, a[1].to_ref(), order)
}
