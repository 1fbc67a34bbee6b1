//! `itertools`.
//!
//! Each iterator keeps the iterators it reads from in slots and takes a reference of its own before it asks one for an
//! item, because that may run Python code that uses or exhausts this very object.

mod chaining;
mod combinatoric;
mod grouping;
mod infinite;
mod permutations;
mod selecting;
mod slicing;
mod tee;
mod zipping;

use runtime::objects::module::{ModuleSpec, add_type};
use runtime::{NativeFn, method};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "itertools",
    doc: "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) --> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or up to n times\n\nIterators terminating on the shortest input sequence:\naccumulate(p[, func]) --> p0, p0+p1, p0+p1+p2\nbatched(p, n) --> [p0, p1, ..., p_n-1], [p_n, p_n+1, ..., p_2n-1], ...\nchain(p, q, ...) --> p0, p1, ... plast, q0, q1, ...\nchain.from_iterable([p, q, ...]) --> p0, p1, ... plast, q0, q1, ...\ncompress(data, selectors) --> (d[0] if s[0]), (d[1] if s[1]), ...\ndropwhile(predicate, seq) --> seq[n], seq[n+1], starting when predicate fails\ngroupby(iterable[, keyfunc]) --> sub-iterators grouped by value of keyfunc(v)\nfilterfalse(predicate, seq) --> elements of seq where predicate(elem) is False\nislice(seq, [start,] stop [, step]) --> elements from\n       seq[start:stop:step]\npairwise(s) --> (s[0],s[1]), (s[1],s[2]), (s[2], s[3]), ...\nstarmap(fun, seq) --> fun(*seq[0]), fun(*seq[1]), ...\ntee(it, n=2) --> (it1, it2 , ... itn) splits one iterator into n\ntakewhile(predicate, seq) --> seq[0], seq[1], until predicate fails\nzip_longest(p, q, ...) --> (p[0], q[0]), (p[1], q[1]), ...\n\nCombinatoric generators:\nproduct(p, q, ... [repeat=1]) --> cartesian product\npermutations(p[, r])\ncombinations(p, r)\ncombinations_with_replacement(p, r)\n",
    functions: &[method(
        "tee",
        "($module, iterable, n=2, /)",
        NativeFn::Bound(tee::tee),
        "Returns a tuple of n independent iterators.",
    )],
    init: |_, module| {
        for ty in [
            &slicing::ACCUMULATE,
            &slicing::BATCHED,
            &chaining::CHAIN,
            &combinatoric::COMBINATIONS,
            &combinatoric::COMBINATIONS_WITH_REPLACEMENT,
            &selecting::COMPRESS,
            &infinite::COUNT,
            &infinite::CYCLE,
            &selecting::DROPWHILE,
            &selecting::FILTERFALSE,
            &grouping::GROUPBY,
            &grouping::GROUPER,
            &slicing::ISLICE,
            &zipping::PAIRWISE,
            &permutations::PERMUTATIONS,
            &permutations::PRODUCT,
            &infinite::REPEAT,
            &chaining::STARMAP,
            &selecting::TAKEWHILE,
            &tee::TEE,
            &tee::TEE_DATA,
            &zipping::ZIP_LONGEST,
        ] {
            add_type(module, ty);
        }
        Ok(())
    },
};

/// Declares the type of an iterator whose struct lists its slots.
macro_rules! iterator_type {
    ($static:ident, $struct:ident, $name:literal, $new:expr, $next:expr, $methods:expr, $signature:literal, $doc:literal) => {
        runtime::object!($struct, $static);
        pub static $static: runtime::Type = runtime::Type::new_static(&runtime::TypeSpec {
            name: $name,
            size: size_of::<$struct>(),
            flags: runtime::TypeFlags::GC.union(runtime::TypeFlags::BASETYPE),
            slots: runtime::Slots {
                new: Some($new),
                drop: runtime::object::drop_object::<$struct>,
                traverse: Some(runtime::slot_fields::traverse_slots::<$struct>),
                iter: Some(runtime::objects::iterators::itself),
                next: Some($next),
                ..runtime::Slots::EMPTY
            },
            methods: $methods,
            signature: $signature,
            doc: $doc,
            ..runtime::TypeSpec::EMPTY
        });
    };
}
use iterator_type;
