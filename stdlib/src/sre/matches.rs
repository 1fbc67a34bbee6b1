//! `re.Match`: the spans of one successful run.

use super::pattern::{Pattern, push_prefix};
use super::search::{Matcher, Scanner};
use super::subject::Source;
use super::substitute;
use runtime::cell::Slot;
use runtime::error::Raised;
use runtime::object::drop_object;
use runtime::objects::dict::Dict;
use runtime::objects::tuple::Tuple;
use runtime::objects::{generic_alias, int, sequence};
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::text_builder::TextBuilder;
use runtime::types::Effects;
use runtime::types::binding::no_keywords;
use runtime::{
    Args, GetSetDef, Header, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec,
    Value, getset, method, new_exact, protocol, readonly_member, slot_fields,
};

/// A match.
#[repr(C)]
pub(super) struct Match {
    pub(super) header: Header,
    /// The pattern, a `Pattern`.
    pub(super) pattern: Slot,
    /// The text.
    pub(super) string: Slot,
    /// The tuple of all spans, once it was asked for.
    spans: Slot,
    whole: (usize, usize),
    groups: Box<[Option<(usize, usize)>]>,
    last_index: Option<usize>,
    pos: usize,
    endpos: usize,
}

runtime::object!(Match, MATCH);
slot_fields!(Match, pattern, string, spans);

pub(super) static MATCH: Type = Type::new_static(&TypeSpec {
    name: "re.Match",
    size: size_of::<Match>(),
    flags: TypeFlags::GC.union(TypeFlags::IMMUTABLE).union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<Match>,
        traverse: Some(traverse_slots::<Match>),
        clear: Some(clear_slots::<Match>),
        repr: Some(repr),
        get_item: Some(|thread, v, key| {
            let m = receiver::<Match>(thread, v)?;
            let group = group_number(thread, m, key)?;
            slice(thread, m, group, Value::NONE)
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "group",
        "?",
        NativeFn::Raw(group),
        "group([group1, ...]) -> str or tuple.\n    Return subgroup(s) of the match by indices or names.\n    For 0 returns the entire match.",
    ).effects(Effects::PLAIN),
    method(
        "start",
        "($self, group=0, /)",
        NativeFn::Bound(|thread, v, a| {
            let (m, group) = named_group(thread, v, a[0])?;
            Ok(int::new(m.span(group).0))
        }),
        "Return index of the start of the substring matched by group.",
    ).effects(Effects::PLAIN),
    method(
        "end",
        "($self, group=0, /)",
        NativeFn::Bound(|thread, v, a| {
            let (m, group) = named_group(thread, v, a[0])?;
            Ok(int::new(m.span(group).1))
        }),
        "Return index of the end of the substring matched by group.",
    ).effects(Effects::PLAIN),
    method(
        "span",
        "($self, group=0, /)",
        NativeFn::Bound(|thread, v, a| {
            let (m, group) = named_group(thread, v, a[0])?;
            Ok(span_tuple(m, group))
        }),
        "For match object m, return the 2-tuple (m.start(group), m.end(group)).",
    ).effects(Effects::PLAIN),
    method(
        "groups",
        "($self, /, default=None)",
        NativeFn::Bound(groups),
        "Return a tuple containing all the subgroups of the match, from 1.\n\n  default\n    Is used for groups that did not participate in the match.",
    ).effects(Effects::PLAIN),
    method(
        "groupdict",
        "($self, /, default=None)",
        NativeFn::Bound(group_dict),
        "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.\n\n  default\n    Is used for groups that did not participate in the match.",
    ).effects(Effects::PLAIN),
    method(
        "expand",
        "($self, /, template)",
        NativeFn::Bound(|thread, v, a| substitute::expand(thread, receiver(thread, v)?, a[0])),
        "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.",
    ),
    method("__copy__", "($self, /)", NativeFn::NoArgs(|_, v| Ok(v.to_ref())), ""),
    method("__deepcopy__", "($self, memo, /)", NativeFn::One(|_, v, _| Ok(v.to_ref())), ""),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(generic_alias::class_getitem),
        "Matches are generic over the type of string which was matched (str or bytes)",
    )
    .class(),
];

const GETSETS: &[GetSetDef] = &[
    getset(
        "lastindex",
        |thread, v| Ok(receiver::<Match>(thread, v)?.last_index.map_or(Ref::NONE, int::from_usize)),
        "The integer index of the last matched capturing group.",
    ),
    getset("lastgroup", last_group, "The name of the last matched capturing group."),
    getset("regs", regs, ""),
    readonly_member!(Match, string, "string", "The string passed to match() or search()."),
    readonly_member!(Match, pattern, "re", "The regular expression object."),
    getset(
        "pos",
        |thread, v| Ok(int::from_usize(receiver::<Match>(thread, v)?.pos)),
        "The index into the string at which the RE engine started looking for a match.",
    )
    .member(),
    getset(
        "endpos",
        |thread, v| Ok(int::from_usize(receiver::<Match>(thread, v)?.endpos)),
        "The index into the string beyond which the RE engine will not go.",
    )
    .member(),
];

/// The match that a matcher has found; `scanner` says between which positions it looked.
pub(super) fn new_match(
    v: Value,
    pattern: &Pattern,
    string: Value,
    matcher: &Matcher,
    scanner: &Scanner,
) -> Ref {
    let groups = (1..=pattern.program.groups()).map(|i| matcher.group(i)).collect();
    let (pos, endpos) = scanner.bounds();
    new_exact(|header| Match {
        header,
        pattern: Slot::new(v.to_ref()),
        string: Slot::new(string.to_ref()),
        spans: Slot::null(),
        whole: matcher.span(),
        groups,
        last_index: matcher.last_index(),
        pos,
        endpos,
    })
}

impl Match {
    pub(super) fn group(&self, group: usize) -> Option<(usize, usize)> {
        if group == 0 { Some(self.whole) } else { self.groups.get(group - 1).copied().flatten() }
    }
    /// Number of groups with the whole match.
    pub(super) fn group_count(&self) -> usize {
        self.groups.len() + 1
    }
    fn span(&self, group: usize) -> (i64, i64) {
        self.group(group).map_or((-1, -1), |(start, end)| (start as i64, end as i64))
    }
}

pub(super) fn no_such_group(thread: &Thread) -> Raised {
    thread.index_error("no such group")
}

/// The number of the group that an index or name means.
fn group_number(thread: &Thread, m: &Match, key: Value) -> PyResult<usize> {
    let number = if key.ty().slots().index.is_some() {
        sequence::saturated(*protocol::index(thread, key)?)
    } else {
        let pattern = m.pattern.get();
        let names = pattern.cast::<Pattern>().map(|p| p.group_index.get());
        let found = match names.as_ref().and_then(|names| names.cast::<Dict>()) {
            Some(names) => names.get(thread, key)?,
            None => None,
        };
        found.filter(|v| int::is_int(**v)).map_or(-1, |v| sequence::saturated(*v))
    };
    match usize::try_from(number) {
        Ok(number) if number < m.group_count() => Ok(number),
        _ => Err(no_such_group(thread)),
    }
}

/// The receiver and an optional group.
fn named_group(thread: &Thread, v: Value, key: Value) -> PyResult<(&'static Match, usize)> {
    let m = receiver::<Match>(thread, v)?;
    let group = if key.is_null() { 0 } else { group_number(thread, m, key)? };
    Ok((m, group))
}

/// The text of a group, or what stands for a group that took no part.
fn slice(thread: &Thread, m: &Match, group: usize, default: Value) -> PyResult {
    match m.group(group) {
        None => Ok(default.to_ref()),
        Some((start, end)) => Ok(Source::new(thread, m.string.peek())?.slice(start, end)),
    }
}

fn group(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "Match.group", arguments)?;
    let m = receiver::<Match>(thread, v)?;
    let one = |key| slice(thread, m, group_number(thread, m, key)?, Value::NONE);
    match arguments.positional() {
        [] => slice(thread, m, 0, Value::NONE),
        [key] => one(*key),
        keys => Ok(Tuple::from_refs(keys.iter().map(|key| one(*key)).collect::<PyResult<_>>()?)),
    }
}

fn span_tuple(m: &Match, group: usize) -> Ref {
    let (start, end) = m.span(group);
    Tuple::from_refs(vec![int::new(start), int::new(end)])
}

fn groups(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let m = receiver::<Match>(thread, v)?;
    let default = if a[0].is_null() { Value::NONE } else { a[0] };
    let source = Source::new(thread, m.string.peek())?;
    let text = |group: &Option<(usize, usize)>| match group {
        Some((start, end)) => source.slice(*start, *end),
        None => default.to_ref(),
    };
    Ok(Tuple::from_refs(m.groups.iter().map(text).collect()))
}

fn group_dict(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let m = receiver::<Match>(thread, v)?;
    let default = if a[0].is_null() { Value::NONE } else { a[0] };
    let result = Dict::new();
    let pattern = m.pattern.get();
    let names = pattern.cast::<Pattern>().map(|p| p.group_index.get());
    let (Some(names), Some(out)) = (names.as_ref().and_then(|n| n.cast::<Dict>()), result.cast::<Dict>())
    else {
        return Ok(result);
    };
    for (name, number) in names.items() {
        let text = slice(thread, m, group_number(thread, m, *number)?, default)?;
        out.set(thread, *name, text)?;
    }
    Ok(result)
}

fn last_group(thread: &Thread, v: Value) -> PyResult {
    let m = receiver::<Match>(thread, v)?;
    let name = m.last_index.and_then(|i| {
        let pattern = m.pattern.get();
        let names = pattern.cast::<Pattern>()?.index_group.get();
        Some(names.cast::<Tuple>()?.items().get(i)?.to_ref())
    });
    Ok(name.unwrap_or(Ref::NONE))
}

fn regs(thread: &Thread, v: Value) -> PyResult {
    let m = receiver::<Match>(thread, v)?;
    if m.spans.is_null() {
        m.spans.set(Tuple::from_refs((0..m.group_count()).map(|i| span_tuple(m, i)).collect()));
    }
    Ok(m.spans.get())
}

/// Most characters of the matched text that the repr shows.
const SHOWN: usize = 50;

fn repr(thread: &Thread, v: Value) -> PyResult {
    let m = receiver::<Match>(thread, v)?;
    let text = protocol::repr(thread, *slice(thread, m, 0, Value::NONE)?)?;
    let (start, end) = m.whole;
    let mut out = TextBuilder::new(&format!("<re.Match object; span=({start}, {end}), match="));
    push_prefix(&mut out, *text, SHOWN);
    out.push(">");
    Ok(out.finish())
}
