//! `_opcode`: what `opcode` and `dis` know about the bytecode, from the table of opcodes.

use ir::opcode::{BinaryOperator, Intrinsic1, Intrinsic2, OpcodeFlags, opcode_info, stack_effect};
use runtime::objects::code::Code;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{Effects, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

/// The number of an opcode that exists: one of the table, an instrumented or a specialised one.
fn valid(number: i32) -> Option<u16> {
    let number = u16::try_from(number).ok()?;
    let is_specialised = ir::opcode::SPECIALIZED.iter().any(|row| row.1 == number);
    (is_specialised || opcode_info(number).is_some()).then_some(number)
}

fn is_valid(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let number = protocol::c_int(thread, arguments[0])?;
    Ok(Ref::bool(valid(number).is_some()))
}

/// Whether an opcode has a property; a specialised one has those of its base.
fn has(thread: &Thread, arguments: &[Value], flag: OpcodeFlags) -> PyResult {
    let number = protocol::c_int(thread, arguments[0])?;
    let found = valid(number).is_some_and(|number| {
        let base =
            ir::opcode::SPECIALIZED.iter().find(|row| row.1 == number).map_or(number, |row| row.2.number());
        opcode_info(base).is_some_and(|info| info.flags.contains(flag))
    });
    Ok(Ref::bool(found))
}

macro_rules! property {
    ($function:ident, $flag:ident) => {
        fn $function(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
            has(thread, arguments, OpcodeFlags::$flag)
        }
    };
}

property!(has_arg, ARG);
property!(has_const, CONST);
property!(has_name, NAME);
property!(has_jump, JUMP);
property!(has_free, FREE);
property!(has_local, LOCAL);
property!(has_exc, EXC);

fn effect(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let &[opcode, oparg, jump] = arguments else { return Ok(Ref::NONE) };
    let number = protocol::c_int(thread, opcode)?;
    let oparg = match oparg.is_null() || oparg.is_none() {
        true => 0,
        false => protocol::c_int(thread, oparg)?,
    };
    let jump = match jump {
        Value::TRUE => Some(true),
        Value::FALSE => Some(false),
        v if v.is_null() || v.is_none() => None,
        _ => return Err(thread.value_error("stack_effect: jump must be False, True or None")),
    };
    let found = u16::try_from(number).ok().and_then(|number| stack_effect(number, oparg as u32, jump));
    match found {
        Some(effect) => Ok(int::new(effect)),
        None => Err(thread.value_error("invalid opcode or oparg")),
    }
}

/// No counts are kept.
fn get_specialization_stats(_: &Thread, _: Value, _: &[Value]) -> PyResult {
    Ok(Ref::NONE)
}

fn get_nb_ops(_: &Thread, _: Value, _: &[Value]) -> PyResult {
    let pair = |op: &BinaryOperator| Tuple::from_refs(vec![Str::new(op.name()), Str::new(op.symbol())]);
    Ok(List::from_refs(BinaryOperator::ALL.iter().map(pair).collect()))
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Ref {
    List::from_refs(names.into_iter().map(Str::new).collect())
}

fn get_intrinsic1_descs(_: &Thread, _: Value, _: &[Value]) -> PyResult {
    Ok(names(Intrinsic1::ALL.iter().map(|intrinsic| intrinsic.name())))
}

fn get_intrinsic2_descs(_: &Thread, _: Value, _: &[Value]) -> PyResult {
    Ok(names(Intrinsic2::ALL.iter().map(|intrinsic| intrinsic.name())))
}

/// The methods that `LOAD_SPECIAL` loads.
fn get_special_method_names(_: &Thread, _: Value, _: &[Value]) -> PyResult {
    Ok(names(["__enter__", "__exit__", "__aenter__", "__aexit__"]))
}

/// Code objects carry no executors: traces belong to register code.
fn get_executor(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    if arguments[0].cast::<Code>().is_none() {
        let name = arguments[0].ty().name();
        return Err(thread.type_error(format!("expected a code object, not '{name}'")));
    }
    protocol::c_int(thread, arguments[1])?;
    Err(thread.value_error("no executor at given byte offset"))
}

const fn row(
    name: &'static str,
    signature: &'static str,
    function: fn(&Thread, Value, &[Value]) -> PyResult,
    doc: &'static str,
) -> MethodDef {
    method(name, signature, NativeFn::Bound(function), doc)
}

const OPCODE: &str = "($module, /, opcode)";
const NOTHING: &str = "($module, /)";

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_opcode",
    doc: "Opcode support module.",
    functions: &[
        row(
            "stack_effect",
            "($module, opcode, oparg=None, /, *, jump=None)",
            effect,
            "Compute the stack effect of the opcode.",
        ),
        row("is_valid", OPCODE, is_valid, "Return True if opcode is valid, False otherwise."),
        row("has_arg", OPCODE, has_arg, "Return True if the opcode uses its oparg, False otherwise."),
        row(
            "has_const",
            OPCODE,
            has_const,
            "Return True if the opcode accesses a constant, False otherwise.",
        ),
        row(
            "has_name",
            OPCODE,
            has_name,
            "Return True if the opcode accesses an attribute by name, False otherwise.",
        ),
        row("has_jump", OPCODE, has_jump, "Return True if the opcode has a jump target, False otherwise."),
        row(
            "has_free",
            OPCODE,
            has_free,
            "Return True if the opcode accesses a free variable, False otherwise.\n\nNote that 'free' in this context refers to names in the current scope\nthat are referenced by inner scopes or names in outer scopes that are\nreferenced from this scope. It does not include references to global\nor builtin scopes.",
        ),
        row(
            "has_local",
            OPCODE,
            has_local,
            "Return True if the opcode accesses a local variable, False otherwise.",
        ),
        row(
            "has_exc",
            OPCODE,
            has_exc,
            "Return True if the opcode sets an exception handler, False otherwise.",
        ),
        row("get_specialization_stats", NOTHING, get_specialization_stats, "Return the specialization stats"),
        row(
            "get_nb_ops",
            NOTHING,
            get_nb_ops,
            "Return array of symbols of binary ops.\n\nIndexed by the BINARY_OP oparg value.",
        )
        .effects(Effects::READS_HEAP),
        row(
            "get_intrinsic1_descs",
            NOTHING,
            get_intrinsic1_descs,
            "Return a list of names of the unary intrinsics.",
        ),
        row(
            "get_intrinsic2_descs",
            NOTHING,
            get_intrinsic2_descs,
            "Return a list of names of the binary intrinsics.",
        ),
        row(
            "get_special_method_names",
            NOTHING,
            get_special_method_names,
            "Return a list of special method names.",
        ),
        row(
            "get_executor",
            "($module, /, code, offset)",
            get_executor,
            "Return the executor object at offset in code if exists, None otherwise.",
        ),
    ],
    init: |_, module| {
        add(module, "ENABLE_SPECIALIZATION", Value::small_int(1));
        add(module, "ENABLE_SPECIALIZATION_FT", Value::small_int(1));
        Ok(())
    },
};
