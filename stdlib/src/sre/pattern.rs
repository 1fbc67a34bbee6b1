//! `re.Pattern`: a compiled program with what its matches need to name their groups.

use super::constants::flag;
use super::matches::new_match;
use super::program::Program;
use super::scanner::{new_finder, new_scanner};
use super::search::{Mode, Scanner};
use super::subject::{Source, advance, with_matcher};
use super::substitute;
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::list::List;
use runtime::objects::mappingproxy::new_proxy;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{generic_alias, int};
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::text_builder::TextBuilder;
use runtime::{
    CompareOp, GetSetDef, Header, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags,
    TypeSpec, Value, getset, method, protocol, readonly_member, slot_fields,
};

/// A compiled pattern.
#[repr(C)]
pub(super) struct Pattern {
    pub(super) header: Header,
    /// The text it was compiled from.
    pub(super) pattern: Slot,
    /// A dict from names of groups to their numbers.
    pub(super) group_index: Slot,
    /// A tuple of the names of groups by number.
    pub(super) index_group: Slot,
    /// The last replacement text, and what it was parsed to.
    pub(super) last_template: Slot,
    pub(super) last_parsed: Slot,
    /// `None` if the pattern was compiled from no text at all: then it runs over both.
    pub(super) wants_bytes: Option<bool>,
    pub(super) code: Box<[u32]>,
    pub(super) program: Program,
}

runtime::object!(Pattern, PATTERN);
slot_fields!(Pattern, pattern, group_index, index_group, last_template, last_parsed);

pub(super) static PATTERN: Type = Type::new_static(&TypeSpec {
    name: "re.Pattern",
    size: size_of::<Pattern>(),
    flags: TypeFlags::GC
        .union(TypeFlags::WEAKREF)
        .union(TypeFlags::IMMUTABLE)
        .union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<Pattern>,
        traverse: Some(traverse_slots::<Pattern>),
        clear: Some(clear_slots::<Pattern>),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    doc: "Compiled regular expression object.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "match",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        NativeFn::Bound(|thread, v, a| run(thread, v, a, Mode::Match)),
        "Matches zero or more characters at the beginning of the string.",
    ),
    method(
        "fullmatch",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        NativeFn::Bound(|thread, v, a| run(thread, v, a, Mode::FullMatch)),
        "Matches against all of the string.",
    ),
    method(
        "search",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        NativeFn::Bound(|thread, v, a| run(thread, v, a, Mode::Search)),
        "Scan through string looking for a match, and return a corresponding match object instance.\n\nReturn None if no position in the string matches.",
    ),
    method(
        "sub",
        "($self, /, repl, string, count=0)",
        NativeFn::Bound(|thread, v, a| {
            let (text, _) = substitute::substitute(thread, v, a[0], a[1], count(thread, a[2])?)?;
            Ok(text)
        }),
        "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.",
    ),
    method(
        "subn",
        "($self, /, repl, string, count=0)",
        NativeFn::Bound(|thread, v, a| {
            let (text, made) = substitute::substitute(thread, v, a[0], a[1], count(thread, a[2])?)?;
            Ok(Tuple::from_refs(vec![text, int::from_usize(made)]))
        }),
        "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.",
    ),
    method(
        "findall",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        NativeFn::Bound(find_all),
        "Return a list of all non-overlapping matches of pattern in string.",
    ),
    method(
        "split",
        "($self, /, string, maxsplit=0)",
        NativeFn::Bound(split),
        "Split string by the occurrences of pattern.",
    ),
    method(
        "finditer",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        NativeFn::Bound(|thread, v, a| {
            let (source, scanner) = start(thread, v, a)?;
            new_finder(thread, v, source, scanner)
        }),
        "Return an iterator over all non-overlapping matches for the RE pattern in string.\n\nFor each match, the iterator returns a match object.",
    ),
    method(
        "scanner",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        NativeFn::Bound(|thread, v, a| {
            let (source, scanner) = start(thread, v, a)?;
            Ok(new_scanner(v, source, scanner))
        }),
        "",
    ),
    method("__copy__", "($self, /)", NativeFn::NoArgs(|_, v| Ok(v.to_ref())), ""),
    method("__deepcopy__", "($self, memo, /)", NativeFn::One(|_, v, _| Ok(v.to_ref())), ""),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(generic_alias::class_getitem),
        "Patterns are generic over the type of string they handle (str or bytes)",
    )
    .class(),
];

const GETSETS: &[GetSetDef] = &[
    readonly_member!(
        Pattern,
        pattern,
        "pattern",
        "The pattern string from which the RE object was compiled."
    ),
    getset(
        "flags",
        |thread, v| Ok(int::new(receiver::<Pattern>(thread, v)?.program.flags().into())),
        "The regex matching flags.",
    )
    .member(),
    getset(
        "groups",
        |thread, v| Ok(int::from_usize(receiver::<Pattern>(thread, v)?.program.groups())),
        "The number of capturing groups in the pattern.",
    )
    .member(),
    getset(
        "groupindex",
        |thread, v| Ok(new_proxy(receiver::<Pattern>(thread, v)?.group_index.peek())),
        "A dictionary mapping group names to group numbers.",
    ),
];

/// An optional count.
fn count(thread: &Thread, v: Value) -> PyResult<usize> {
    if v.is_null() { Ok(0) } else { Ok(protocol::index_isize(thread, v)?.max(0) as usize) }
}

/// The text of `(string, pos, endpos)` and a scanner over it.
fn start(thread: &Thread, v: Value, a: &[Value]) -> PyResult<(Source, Scanner)> {
    let position = |v: Value, default: isize| {
        if v.is_null() { Ok(default) } else { protocol::index_isize(thread, v) }
    };
    let (from, to) = (position(a[1], 0)?, position(a[2], isize::MAX)?);
    let source = Source::of_pattern(thread, receiver(thread, v)?, a[0])?;
    let clamp = |position: isize| (position.max(0) as usize).min(source.len());
    let scanner = Scanner::new(clamp(from), clamp(to));
    Ok((source, scanner))
}

fn run(thread: &Thread, v: Value, a: &[Value], mode: Mode) -> PyResult {
    let pattern = receiver::<Pattern>(thread, v)?;
    let (source, scanner) = start(thread, v, a)?;
    with_matcher(|matcher| {
        let mut walk = scanner;
        match advance(thread, matcher, pattern, &source, &mut walk, mode)? {
            true => Ok(new_match(v, pattern, *source.object, matcher, &scanner)),
            false => Ok(Ref::NONE),
        }
    })
}

fn find_all(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let pattern = receiver::<Pattern>(thread, v)?;
    let (source, mut scanner) = start(thread, v, a)?;
    let mut found = Vec::new();
    with_matcher(|matcher| {
        while advance(thread, matcher, pattern, &source, &mut scanner, Mode::Search)? {
            let group = |i| {
                let (start, end) = matcher.group(i).unwrap_or((0, 0));
                source.slice(start, end)
            };
            found.push(match pattern.program.groups() {
                groups @ (0 | 1) => group(groups),
                groups => Tuple::from_refs((1..=groups).map(group).collect()),
            });
        }
        Ok(())
    })?;
    Ok(List::from_refs(found))
}

fn split(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let pattern = receiver::<Pattern>(thread, v)?;
    let limit = count(thread, a[1])?;
    let source = Source::of_pattern(thread, pattern, a[0])?;
    let mut scanner = Scanner::new(0, source.len());
    let (mut parts, mut made, mut last) = (Vec::new(), 0, 0);
    with_matcher(|matcher| {
        while (limit == 0 || made < limit)
            && advance(thread, matcher, pattern, &source, &mut scanner, Mode::Search)?
        {
            let (start, end) = matcher.span();
            parts.push(source.slice(last, start));
            parts.extend((1..=pattern.program.groups()).map(|i| match matcher.group(i) {
                Some((start, end)) => source.slice(start, end),
                None => Ref::NONE,
            }));
            made += 1;
            last = end;
        }
        Ok(())
    })?;
    parts.push(source.slice(last, source.len()));
    Ok(List::from_refs(parts))
}

/// Most characters of a pattern's text that its repr shows.
const SHOWN: usize = 200;

const FLAG_NAMES: [(u32, &str); 8] = [
    (flag::IGNORECASE, "re.IGNORECASE"),
    (flag::LOCALE, "re.LOCALE"),
    (flag::MULTILINE, "re.MULTILINE"),
    (flag::DOTALL, "re.DOTALL"),
    (flag::UNICODE, "re.UNICODE"),
    (flag::VERBOSE, "re.VERBOSE"),
    (flag::DEBUG, "re.DEBUG"),
    (flag::ASCII, "re.ASCII"),
];

fn repr(thread: &Thread, v: Value) -> PyResult {
    let pattern = receiver::<Pattern>(thread, v)?;
    let mut flags = pattern.program.flags();
    let kinds = flags & (flag::LOCALE | flag::UNICODE | flag::ASCII);
    if pattern.wants_bytes == Some(false) && kinds == flag::UNICODE {
        flags &= !flag::UNICODE;
    }
    let mut names: Vec<String> = Vec::new();
    for (bit, name) in FLAG_NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let text = protocol::repr(thread, pattern.pattern.peek())?;
    let mut out = TextBuilder::new("re.compile(");
    push_prefix(&mut out, *text, SHOWN);
    if !names.is_empty() {
        out.push(", ").push(&names.join("|"));
    }
    out.push(")");
    Ok(out.finish())
}

/// Appends the first so many characters of a string.
pub(super) fn push_prefix(out: &mut TextBuilder, text: Value, most: usize) {
    let Some(text) = text.cast::<Str>() else { return };
    if let Some(prefix) = text.substring(0, text.len().min(most)).cast::<Str>() {
        out.push_string(prefix);
    }
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let pattern = receiver::<Pattern>(thread, v)?;
    let text = protocol::hash(thread, pattern.pattern.peek())?;
    let code: Vec<u8> = pattern.code.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let code = runtime::state::hash_bytes(&code);
    let kind = pattern.wants_bytes.map_or(-1, i64::from);
    let flags = i64::from(pattern.program.flags());
    let hash = text ^ code ^ flags ^ kind ^ pattern.program.groups() as i64;
    Ok(if hash == -1 { -2 } else { hash })
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast::<Pattern>(), b.cast::<Pattern>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let equal = std::ptr::eq(left, right)
        || left.program.flags() == right.program.flags()
            && left.wants_bytes == right.wants_bytes
            && left.program.groups() == right.program.groups()
            && left.code == right.code
            && protocol::compare_bool(thread, left.pattern.peek(), right.pattern.peek(), CompareOp::Eq)?;
    Ok(Ref::bool(equal == (op == CompareOp::Eq)))
}
