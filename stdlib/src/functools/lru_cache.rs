//! `_lru_cache_wrapper`: a function that remembers its results.
//!
//! A dict leads from a call's key to the result (without a bound), or to the number of a link in `links` (with one). Links
//! form a ring in order of use around link 0; the one behind it was used longest ago.
//!
//! Looking a key up may run Python code, which may use or clear this very cache; between a lookup's end and the use of
//! what it found none runs.

use runtime::attributes;
use runtime::object::drop_object;
use runtime::objects::builtin_function::INSTANCE_DICT;
use runtime::objects::dict::Dict;
use runtime::objects::int;
use runtime::objects::method::new_method;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::types::registry::{INT, OBJECT, STR};
use runtime::types::slots::Visit;
use runtime::{
    Args, GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags,
    TypeSpec, Value, method, names, new_object, protocol,
};
use std::cell::Cell;

/// A remembered result of a bounded cache.
struct Link {
    previous: usize,
    next: usize,
    hash: i64,
    key: Ref,
    result: Ref,
}

impl Link {
    fn root() -> Link {
        Link { previous: 0, next: 0, hash: 0, key: Ref::NULL, result: Ref::NULL }
    }
}

#[repr(C)]
pub struct LruCache {
    pub header: Header,
    function: Slot,
    /// A dict.
    cache: Slot,
    info_type: Slot,
    /// How many results at most; `usize::MAX`: all of them.
    bound: usize,
    typed: bool,
    hits: Cell<usize>,
    misses: Cell<usize>,
    links: GilCell<Vec<Link>>,
}

runtime::object!(LruCache, LRU_CACHE_WRAPPER);

const UNBOUNDED: usize = usize::MAX;

pub static LRU_CACHE_WRAPPER: Type = Type::new_static(&TypeSpec {
    name: "functools._lru_cache_wrapper",
    size: size_of::<LruCache>(),
    flags: TypeFlags::GC
        .union(TypeFlags::BASETYPE)
        .union(TypeFlags::WEAKREF)
        .union(TypeFlags::METHOD_DESCRIPTOR)
        .union(TypeFlags::ATTRIBUTES),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<LruCache>,
        traverse: Some(traverse),
        clear: Some(|v| {
            if let Some(cache) = v.cast::<LruCache>() {
                forget(cache);
            }
        }),
        call: Some(call),
        descriptor_get: Some(|_, v, object, _| match object {
            Value::NULL | Value::NONE => Ok(v.to_ref()),
            object => Ok(new_method(v, object)),
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[INSTANCE_DICT],
    doc: "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize\n",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("cache_info", "($self, /)", NativeFn::NoArgs(cache_info), "Report cache statistics"),
    method(
        "cache_clear",
        "($self, /)",
        NativeFn::NoArgs(cache_clear),
        "Clear the cache and cache statistics",
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|t, v| attributes::get(t, v, names::get().__qualname__)),
        "",
    ),
    method("__copy__", "!($self, /)", NativeFn::NoArgs(|_, v| Ok(v.to_ref())), ""),
    method("__deepcopy__", "!($self, memo, /)", NativeFn::One(|_, v, _| Ok(v.to_ref())), ""),
];

fn this(thread: &Thread, v: Value) -> PyResult<&'static LruCache> {
    receiver(thread, v)
}

fn traverse(v: Value, visit: Visit) {
    let Some(cache) = v.cast::<LruCache>() else { return };
    for slot in [&cache.function, &cache.cache, &cache.info_type] {
        if slot.peek().is_pointer() {
            visit(slot.peek());
        }
    }
    cache.links.with(|links| {
        for link in links.iter().skip(1) {
            for held in [&link.key, &link.result] {
                if held.is_pointer() {
                    visit(**held);
                }
            }
        }
    });
}

static PARAMETERS: Parameters =
    Parameters::new("lru_cache", "(user_function, maxsize, typed, cache_info_type)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    PARAMETERS.bind(thread, arguments, |a| {
        if a[0].ty().slots().call.is_none() {
            return Err(thread.type_error("the first argument must be callable"));
        }
        let bound = match a[1] {
            Value::NONE => UNBOUNDED,
            size if int::is_int(size) || size.ty().slots().index.is_some() => {
                protocol::c_ssize(thread, size)?.max(0) as usize
            }
            _ => return Err(thread.type_error("maxsize should be integer or None")),
        };
        let typed = protocol::is_true(thread, a[2])?;
        Ok(new_object(ty, |header| LruCache {
            header,
            function: Slot::new(a[0].to_ref()),
            cache: Slot::new(Dict::new()),
            info_type: Slot::new(a[3].to_ref()),
            bound,
            typed,
            hits: Cell::new(0),
            misses: Cell::new(0),
            links: GilCell::new(vec![Link::root()]),
        }))
    })
}

/// An object that is no argument, between the positional ones and the keywords.
fn keyword_mark() -> Ref {
    static MARK: GilCell<Option<Ref>> = GilCell::new(None);
    if let Some(mark) = MARK.with(|mark| mark.clone()) {
        return mark;
    }
    let mark = runtime::objects::object::new_bare(&OBJECT);
    drop(MARK.replace(Some(mark.clone())));
    mark
}

/// What tells calls apart.
fn make_key(arguments: &Args, typed: bool) -> Ref {
    if !typed
        && !arguments.has_keywords()
        && let [only] = *arguments.positional()
        && (only.is_small_int() || only.is_exact(&STR) || only.is_exact(&INT))
    {
        return only.to_ref();
    }
    if !typed && !arguments.has_keywords() {
        return arguments.positional_tuple();
    }
    let mut parts: Vec<Ref> = arguments.positional().iter().map(|v| v.to_ref()).collect();
    if arguments.has_keywords() {
        parts.push(keyword_mark());
        parts.extend(arguments.keywords().flat_map(|(name, value)| [name.to_ref(), value.to_ref()]));
    }
    if typed {
        parts.extend(arguments.all_values().iter().map(|v| Value::of(v.ty()).to_ref()));
    }
    Tuple::from_refs(parts)
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let cache = this(thread, v)?;
    let function = cache.function.get();
    if cache.bound == 0 {
        cache.misses.set(cache.misses.get() + 1);
        return thread.call_args(*function, arguments);
    }
    let key = make_key(arguments, cache.typed);
    let hash = match key.as_small_int() {
        Some(i) => runtime::hash::hash_i64(i),
        None => protocol::hash(thread, *key)?,
    };
    let held = cache.cache.get();
    let Some(dict) = held.cast::<Dict>() else { return thread.call_args(*function, arguments) };
    if let Some(found) = dict.get_hashed(thread, *key, hash)? {
        cache.hits.set(cache.hits.get() + 1);
        if cache.bound == UNBOUNDED {
            return Ok(found);
        }
        if let Some(result) = use_link(cache, *found) {
            return Ok(result);
        }
    }
    cache.misses.set(cache.misses.get() + 1);
    let result = thread.call_args(*function, arguments)?;
    match cache.bound {
        UNBOUNDED => dict.set_hashed(thread, *key, hash, result.clone())?,
        _ => remember(thread, cache, dict, key, hash, &result)?,
    }
    Ok(result)
}

fn unlink(links: &mut [Link], at: usize) {
    let (previous, next) = (links[at].previous, links[at].next);
    links[previous].next = next;
    links[next].previous = previous;
}

/// Puts a link in front of the root, where the one used last stands.
fn link_last(links: &mut [Link], at: usize) {
    let last = links[0].previous;
    links[last].next = at;
    links[0].previous = at;
    links[at].previous = last;
    links[at].next = 0;
}

/// The result in a link, which becomes the one used last.
#[inline]
fn use_link(cache: &LruCache, number: Value) -> Option<Ref> {
    let at = number.as_small_int()? as usize;
    cache.links.with(|links| {
        let result = links.get(at)?.result.clone();
        if links[0].previous != at {
            unlink(links, at);
            link_last(links, at);
        }
        Some(result)
    })
}

/// Remembers a result in a bounded cache, in place of the one used longest ago if it is full.
fn remember(
    thread: &Thread,
    cache: &LruCache,
    dict: &Dict,
    key: Ref,
    hash: i64,
    result: &Ref,
) -> PyResult<()> {
    // The call itself may have remembered a result for this key.
    if dict.find(thread, *key, hash)?.is_some() {
        return Ok(());
    }
    let count = cache.links.with(|links| links.len() - 1);
    if count < cache.bound {
        let at = cache.links.with(|links| {
            links.push(Link { hash, key: key.clone(), result: result.clone(), ..Link::root() });
            let at = links.len() - 1;
            link_last(links, at);
            at
        });
        return dict.set_hashed(thread, *key, hash, int::from_usize(at));
    }
    let oldest = cache.links.with(|links| {
        let at = links[0].next;
        (at, links[at].key.clone(), links[at].hash)
    });
    let (at, old_key, old_hash) = oldest;
    let place = dict.find(thread, *old_key, old_hash)?;
    let is_same = cache.links.with(|links| links.get(at).is_some_and(|link| link.key.is(*old_key)));
    let entry = place.and_then(|place| dict.entry_at(place));
    let (Some(place), Some(entry), true) = (place, entry, is_same) else {
        // Comparing keys has changed the cache; the result is not worth a second try.
        return Ok(());
    };
    if entry.value.as_small_int() != Some(at as i64) {
        return Ok(());
    }
    let removed = dict.remove_at(place);
    let replaced = cache.links.with(|links| {
        unlink(links, at);
        let new = Link { hash, key: key.clone(), result: result.clone(), ..Link::root() };
        let old = std::mem::replace(&mut links[at], new);
        link_last(links, at);
        old
    });
    dict.set_hashed(thread, *key, hash, int::from_usize(at))?;
    drop((removed, replaced));
    Ok(())
}

/// Empties the cache.
fn forget(cache: &LruCache) {
    let old = cache.links.replace(vec![Link::root()]);
    if let Some(dict) = cache.cache.get().cast::<Dict>() {
        dict.clear_entries();
    }
    drop(old);
}

fn cache_clear(thread: &Thread, v: Value) -> PyResult {
    let cache = this(thread, v)?;
    cache.hits.set(0);
    cache.misses.set(0);
    forget(cache);
    Ok(Ref::NONE)
}

fn cache_info(thread: &Thread, v: Value) -> PyResult {
    let cache = this(thread, v)?;
    let class = cache.info_type.get();
    let size = cache.cache.peek().cast::<Dict>().map_or(0, |d| d.len());
    let bound = if cache.bound == UNBOUNDED { Ref::NONE } else { int::from_usize(cache.bound) };
    let (hits, misses) = (int::from_usize(cache.hits.get()), int::from_usize(cache.misses.get()));
    thread.call(*class, &[*hits, *misses, *bound, *int::from_usize(size)])
}
