//! `sub`, `subn` and `expand`: replacement texts, templates and callables.

use super::matches::{Match, new_match, no_such_group};
use super::pattern::Pattern;
use super::search::{Mode, Scanner};
use super::subject::{Source, advance, with_matcher};
use super::template::{Piece, Template};
use runtime::attributes;
use runtime::error::Raised;
use runtime::object::drop_object;
use runtime::objects::bytes::{BYTES, Bytes};
use runtime::objects::str::{self, Data, Str};
use runtime::slot_fields::receiver;
use runtime::state::import_module;
use runtime::str_kernel::TextBuilder;
use runtime::types::registry::STR;
use runtime::{Header, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, new_exact};

/// A parsed template.
#[repr(C)]
pub(super) struct TemplateObject {
    pub(super) header: Header,
    template: Template<Ref>,
}

runtime::object!(TemplateObject, TEMPLATE);

pub(super) static TEMPLATE: Type = Type::new_static(&TypeSpec {
    name: "_sre.SRE_Template",
    size: size_of::<TemplateObject>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::NO_INSTANTIATION),
    slots: Slots { drop: drop_object::<TemplateObject>, ..Slots::EMPTY },
    ..TypeSpec::EMPTY
});

pub(super) fn new_template(template: Template<Ref>) -> Ref {
    new_exact(|header| TemplateObject { header, template })
}

/// What replaces a match.
enum Replacement {
    /// The result of a call with the match.
    Call(Ref),
    /// Always the same object; `None` is nothing.
    Literal(Option<Ref>),
    /// A `TemplateObject`.
    Template(Ref),
}

/// The parsed form of a replacement text, from `re._compile_template`.
fn parse(thread: &Thread, pattern: Value, text: Value) -> PyResult {
    let remembered = pattern.cast::<Pattern>().filter(|_| text.is_exact(&STR) || text.is_exact(&BYTES));
    if let Some(p) = remembered
        && p.last_template.peek().is(text)
    {
        return Ok(p.last_parsed.get());
    }
    let re = import_module(thread, "re")?;
    let compile = attributes::get(thread, *re, str::intern_text("_compile_template"))?;
    let parsed = thread.call(*compile, &[pattern, text])?;
    if parsed.cast::<TemplateObject>().is_none() {
        let name = parsed.ty().name();
        let message =
            format!("the result of compiling a replacement string is {name}, not _sre.SRE_Template");
        return Err(thread.type_error(message));
    }
    if let Some(p) = remembered {
        p.last_template.set(text.to_ref());
        p.last_parsed.set(parsed.clone());
    }
    Ok(parsed)
}

/// Whether a replacement is text without a backslash.
fn is_literal(thread: &Thread, v: Value) -> bool {
    match Source::new(thread, v) {
        Ok(source) => match source.string() {
            Some(Data::Ascii(units) | Data::Latin1(units)) => !units.contains(&b'\\'),
            Some(Data::Ucs2(units)) => !units.contains(&u16::from(b'\\')),
            Some(Data::Ucs4(units)) => !units.contains(&'\\'.into()),
            None => !source.bytes().contains(&b'\\'),
        },
        Err(_) => {
            drop(thread.take_raised());
            false
        }
    }
}

fn replacement(thread: &Thread, pattern: Value, v: Value) -> PyResult<Replacement> {
    if v.ty().slots().call.is_some() {
        return Ok(Replacement::Call(v.to_ref()));
    }
    if is_literal(thread, v) {
        return Ok(Replacement::Literal(Some(v.to_ref())));
    }
    let parsed = parse(thread, pattern, v)?;
    let literal = parsed.cast::<TemplateObject>().and_then(|t| t.template.as_literal());
    match literal {
        Some(literal) => Ok(Replacement::Literal(literal.cloned())),
        None => Ok(Replacement::Template(parsed)),
    }
}

/// The texts joined so far.
enum Joined {
    Text(TextBuilder),
    Bytes(Vec<u8>),
}

impl Joined {
    fn new(source: &Source) -> Joined {
        match source.is_str() {
            true => Joined::Text(TextBuilder::with_capacity(source.len())),
            false => Joined::Bytes(Vec::with_capacity(source.len())),
        }
    }
    /// Appends a part of the subject.
    fn push_part(&mut self, source: &Source, start: usize, end: usize) {
        match self {
            Joined::Bytes(out) => out.extend(source.bytes().get(start..end).unwrap_or_default()),
            Joined::Text(out) => {
                if let Some(data) = source.string() {
                    runtime::str_kernel::with_units!(data, |units| out.extend(&units[start..end]));
                }
            }
        }
    }
    /// Appends an item; false if it is not of the subject's kind.
    fn push_item(&mut self, thread: &Thread, item: Value) -> bool {
        match self {
            Joined::Text(out) => item.cast::<Str>().map(|s| out.extend_data(s.data())).is_some(),
            Joined::Bytes(_) if item.cast::<Str>().is_some() => false,
            Joined::Bytes(out) => match Source::new(thread, item) {
                Ok(source) => {
                    out.extend(source.bytes());
                    true
                }
                Err(_) => {
                    drop(thread.take_raised());
                    false
                }
            },
        }
    }
    fn wrong_item(&self, thread: &Thread, place: usize, item: Value) -> Raised {
        let wanted = match self {
            Joined::Text(_) => "str instance,",
            Joined::Bytes(_) => "a bytes-like object,",
        };
        let name = item.ty().name();
        thread.type_error(format!("sequence item {place}: expected {wanted} {name} found"))
    }
    fn finish(self) -> Ref {
        match self {
            Joined::Text(out) => Str::from_data(out.finish().data()),
            Joined::Bytes(out) => Bytes::new(&out),
        }
    }
    /// Appends a template's expansion.
    fn push_template(
        &mut self,
        thread: &Thread,
        template: &Template<Ref>,
        source: &Source,
        groups: usize,
        span: impl Fn(usize) -> Option<(usize, usize)>,
    ) -> PyResult<()> {
        let mut place = 0;
        for piece in template.pieces() {
            match piece {
                Piece::Group(group) if group > groups => return Err(no_such_group(thread)),
                Piece::Group(group) => {
                    let Some((start, end)) = span(group) else { continue };
                    self.push_part(source, start, end);
                }
                Piece::Literal(literal) => {
                    if !self.push_item(thread, **literal) {
                        return Err(self.wrong_item(thread, place, **literal));
                    }
                }
            }
            place += 1;
        }
        Ok(())
    }
}

/// `pattern.subn(repl, string, count)`.
pub(super) fn substitute(
    thread: &Thread,
    v: Value,
    repl: Value,
    string: Value,
    limit: usize,
) -> PyResult<(Ref, usize)> {
    let pattern = receiver::<Pattern>(thread, v)?;
    let replacement = replacement(thread, v, repl)?;
    let source = Source::of_pattern(thread, pattern, string)?;
    let first = Scanner::new(0, source.len());
    let mut scanner = first;
    let mut out: Option<Joined> = None;
    let (mut made, mut last, mut items) = (0, 0, 0);
    let mut wrong: Option<(usize, Ref)> = None;
    while limit == 0 || made < limit {
        // The matcher is given back before a callable runs, so that this may use patterns too.
        let step = with_matcher(|matcher| {
            loop {
                if !advance(thread, matcher, pattern, &source, &mut scanner, Mode::Search)? {
                    return Ok(None);
                }
                let out = out.get_or_insert_with(|| Joined::new(&source));
                let (start, end) = matcher.span();
                if last < start {
                    out.push_part(&source, last, start);
                    items += 1;
                }
                last = end;
                made += 1;
                match &replacement {
                    Replacement::Call(_) => {
                        return Ok(Some(new_match(v, pattern, *source.object, matcher, &first)));
                    }
                    Replacement::Literal(None) => {}
                    Replacement::Literal(Some(literal)) => {
                        if !out.push_item(thread, **literal) && wrong.is_none() {
                            wrong = Some((items, literal.clone()));
                        }
                        items += 1;
                    }
                    Replacement::Template(template) => {
                        let template = receiver::<TemplateObject>(thread, **template)?;
                        let groups = pattern.program.groups();
                        out.push_template(thread, &template.template, &source, groups, |i| matcher.group(i))?;
                        items += 1;
                    }
                }
                if made == limit {
                    return Ok(None);
                }
            }
        })?;
        let (Some(found), Replacement::Call(callable)) = (step, &replacement) else { break };
        let item = thread.call(**callable, &[*found])?;
        if item.is_none() {
            continue;
        }
        let out = out.get_or_insert_with(|| Joined::new(&source));
        if !out.push_item(thread, *item) && wrong.is_none() {
            wrong = Some((items, item));
        }
        items += 1;
    }
    let Some(mut out) = out else { return Ok((source.slice(0, source.len()), 0)) };
    if let Some((place, item)) = wrong {
        return Err(out.wrong_item(thread, place, *item));
    }
    out.push_part(&source, last, source.len());
    Ok((out.finish(), made))
}

/// `match.expand(template)`.
pub(super) fn expand(thread: &Thread, m: &Match, text: Value) -> PyResult {
    let parsed = parse(thread, m.pattern.peek(), text)?;
    let template = &receiver::<TemplateObject>(thread, *parsed)?.template;
    let source = Source::new(thread, m.string.peek())?;
    if let Some(literal) = template.as_literal() {
        return Ok(literal.cloned().unwrap_or_else(|| source.slice(0, 0)));
    }
    let mut out = Joined::new(&source);
    out.push_template(thread, template, &source, m.group_count() - 1, |group| m.group(group))?;
    Ok(out.finish())
}
