//! The module `_sre`: what `re._compiler` and `re._parser` call.

use super::chars::{ascii_iscased, ascii_tolower, unicode_iscased, unicode_tolower};
use super::constants::{CODESIZE, MAGIC, MAXGROUPS, MAXREPEAT};
use super::matches::MATCH;
use super::pattern::{PATTERN, Pattern};
use super::program::Program;
use super::scanner::SCANNER;
use super::subject::Source;
use super::substitute::{TEMPLATE, new_template};
use super::template::{Template, TemplatePart};
use runtime::cell::Slot;
use runtime::error::Raised;
use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{int, sequence};
use runtime::types::registry::ready;
use runtime::{Effects, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, new_exact, protocol};

pub static MODULE: ModuleSpec = ModuleSpec { name: "_sre", doc: "", functions: FUNCTIONS, init };

const FUNCTIONS: &[MethodDef] = &[
    method(
        "compile",
        "($module, /, pattern, flags, code, groups, groupindex,\n        indexgroup)",
        NativeFn::Bound(compile),
        "",
    ),
    method(
        "template",
        "($module, pattern, template, /)",
        NativeFn::Bound(template),
        "\n\n  template\n    A list containing interleaved literal strings (str or bytes) and group\n    indices (int), as returned by re._parser.parse_template():\n        [literal1, group1, ..., literalN, groupN]",
    ),
    method("getcodesize", "($module, /)", NativeFn::NoArgs(|_, _| Ok(int::from_usize(CODESIZE))), "")
        .effects(Effects::PURE),
    method(
        "ascii_iscased",
        "($module, character, /)",
        NativeFn::One(|thread, _, v| Ok(Ref::bool(ascii_iscased(character(thread, v)?)))),
        "",
    ),
    method(
        "unicode_iscased",
        "($module, character, /)",
        NativeFn::One(|thread, _, v| Ok(Ref::bool(unicode_iscased(character(thread, v)?)))),
        "",
    ),
    method(
        "ascii_tolower",
        "($module, character, /)",
        NativeFn::One(|thread, _, v| Ok(int::new(ascii_tolower(character(thread, v)?).into()))),
        "",
    ),
    method(
        "unicode_tolower",
        "($module, character, /)",
        NativeFn::One(|thread, _, v| Ok(int::new(unicode_tolower(character(thread, v)?).into()))),
        "",
    ),
];

fn init(_: &Thread, module: Value) -> PyResult<()> {
    for ty in [&PATTERN, &MATCH, &SCANNER, &TEMPLATE] {
        ready(ty);
    }
    let numbers = [
        ("MAGIC", i64::from(MAGIC)),
        ("CODESIZE", CODESIZE as i64),
        ("MAXREPEAT", MAXREPEAT.into()),
        ("MAXGROUPS", MAXGROUPS.into()),
    ];
    for (name, number) in numbers {
        module::add(module, name, *int::new(number));
    }
    let copyright = Str::new(" SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ");
    module::add(module, "copyright", *copyright);
    Ok(())
}

fn character(thread: &Thread, v: Value) -> PyResult<u32> {
    Ok(protocol::c_int(thread, v)? as u32)
}

fn wrong_argument(thread: &Thread, name: &str, wanted: &str, given: Value) -> Raised {
    let given = if given.is_none() { "None".into() } else { given.ty().name() };
    thread.type_error(format!("compile() argument '{name}' must be {wanted}, not {given}"))
}

fn code_words(thread: &Thread, code: &List) -> PyResult<Box<[u32]>> {
    let mut words = Vec::with_capacity(code.len());
    for item in code.items() {
        if !int::is_int(*item) {
            return Err(thread.type_error("an integer is required"));
        }
        let word = protocol::index_u64(thread, *item)?;
        match u32::try_from(word) {
            Ok(word) => words.push(word),
            Err(_) => return Err(thread.overflow_error("regular expression code size limit exceeded")),
        }
    }
    Ok(words.into())
}

fn compile(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let [pattern, flags, code, groups, group_index, index_group] = a else { return Ok(Ref::NONE) };
    let flags = protocol::c_int(thread, *flags)?;
    let Some(code) = code.cast::<List>() else { return Err(wrong_argument(thread, "code", "list", *code)) };
    let groups = protocol::index_isize(thread, *groups)?;
    if group_index.cast::<Dict>().is_none() {
        return Err(wrong_argument(thread, "groupindex", "dict", *group_index));
    }
    if index_group.cast::<Tuple>().is_none() {
        return Err(wrong_argument(thread, "indexgroup", "tuple", *index_group));
    }
    let code = code_words(thread, code)?;
    let wants_bytes = match pattern.is_none() {
        true => None,
        false => Some(!Source::new(thread, *pattern)?.is_str()),
    };
    let program =
        usize::try_from(groups).ok().and_then(|groups| Program::new(&code, groups, flags as u32).ok());
    let Some(program) = program else { return Err(thread.runtime_error("invalid SRE code")) };
    Ok(new_exact(|header| Pattern {
        header,
        pattern: Slot::new(pattern.to_ref()),
        group_index: Slot::new(group_index.to_ref()),
        index_group: Slot::new(index_group.to_ref()),
        last_template: Slot::null(),
        last_parsed: Slot::null(),
        wants_bytes,
        code,
        program,
    }))
}

fn template(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let Some(list) = a[1].cast::<List>() else {
        let given = if a[1].is_none() { "None".into() } else { a[1].ty().name() };
        return Err(thread.type_error(format!("template() argument 2 must be list, not {given}")));
    };
    let is_empty = |v: Value| match v.cast::<Str>() {
        Some(s) => s.len() == 0,
        None => v.cast::<runtime::objects::bytes::Bytes>().is_some_and(|b| b.len() == 0),
    };
    let parts = list.items().iter().enumerate().map(|(i, item)| match i % 2 {
        0 => TemplatePart::Literal((!is_empty(*item)).then(|| item.to_ref())),
        _ if int::is_int(*item) => TemplatePart::Group(sequence::saturated(*item) as i64),
        _ => TemplatePart::Group(-1),
    });
    match Template::new(parts) {
        Ok(template) => Ok(new_template(template)),
        Err(_) => Err(thread.type_error("invalid template")),
    }
}
