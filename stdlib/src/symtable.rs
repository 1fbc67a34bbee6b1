//! `_symtable`: the compiler's symbol table as objects.

use crate::builtins::compile::{Source, filename_argument, source_argument};
use crate::source;
use frontend::compile::CompileOptions;
use frontend::parser::Mode;
use frontend::symtable::{BlockKind, NameScope, ScopeId, SymbolTable, flags};
use runtime::objects::dict::Dict;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::{self, Str};
use runtime::types::registry::ready;
use runtime::{
    GetSetDef, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset,
    method, new_exact, object::drop_object,
};

/// How far a symbol's scope lies above its flags.
const SCOPE_OFFSET: u32 = 12;

/// One block of the table.
#[repr(C)]
pub struct Entry {
    header: Header,
    name: Ref,
    symbols: Ref,
    varnames: Ref,
    children: Ref,
    nested: bool,
    kind: u8,
    lineno: i32,
}

runtime::object!(Entry, ENTRY);

/// Numbers of block kinds and scopes, as `symtable` has them.
fn kind_number(kind: BlockKind) -> u8 {
    match kind {
        BlockKind::Function => 0,
        BlockKind::Class => 1,
        BlockKind::Module => 2,
        BlockKind::Annotation => 3,
        BlockKind::TypeAlias => 4,
        BlockKind::TypeParameters => 5,
        BlockKind::TypeVariable => 6,
    }
}

fn scope_number(scope: NameScope) -> u32 {
    match scope {
        NameScope::Unknown => 0,
        NameScope::Local => 1,
        NameScope::GlobalExplicit => 2,
        NameScope::GlobalImplicit => 3,
        NameScope::Free => 4,
        NameScope::Cell => 5,
    }
}

/// The name of a block: those of nameless blocks stand without their brackets.
fn block_name(name: &str) -> &str {
    if name == "<module>" { "top" } else { name.trim_start_matches('<').trim_end_matches('>') }
}

fn entry(thread: &Thread, table: &SymbolTable, id: ScopeId) -> PyResult {
    thread.check_native_stack()?;
    let scope = table.scope(id);
    let symbols = Dict::new();
    if let Some(dict) = symbols.cast::<Dict>() {
        for symbol in scope.symbols.iter() {
            let number = symbol.flags | scope_number(symbol.scope) << SCOPE_OFFSET;
            dict.set_str(&symbol.name, Value::small_int(number.into()));
        }
    }
    let varnames = scope.varnames.iter().map(|name| str::intern_text(name).to_ref()).collect();
    let children: PyResult<Vec<Ref>> =
        scope.children.iter().map(|child| entry(thread, table, *child)).collect();
    let children = List::from_refs(children?);
    let made = new_exact(|header| Entry {
        header,
        name: Str::new(block_name(&scope.name)),
        symbols,
        varnames: List::from_refs(varnames),
        children,
        nested: scope.nested,
        kind: kind_number(scope.kind),
        lineno: scope.span.lineno as i32,
    });
    Ok(made)
}

fn symtable(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let &[source, filename, start] = arguments else { return Ok(Ref::NONE) };
    let filename = filename_argument(thread, filename)?;
    let Some(start) = start.cast::<Str>() else {
        let name = if start.is_none() { "None".into() } else { start.ty().name() };
        return Err(thread.type_error(format!("symtable() argument 3 must be str, not {name}")));
    };
    let source = source_argument(thread, source, "symtable", "string or bytes")?;
    let mode = match start.to_text_lossy().as_ref() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => return Err(thread.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
    };
    let options = CompileOptions::default();
    let tree = match &source {
        Source::Text(text) => source::parse_text(thread, text, &filename, mode, options)?,
        Source::Bytes(bytes) => source::parse_bytes(thread, bytes, &filename, mode, options)?,
    };
    let table = frontend::compile::symbol_table(&tree, options);
    let table = table.map_err(|error| source::raise(thread, &error, &filename))?;
    entry(thread, &table, 0)
}

fn repr(_: &Thread, v: Value) -> PyResult {
    let Some(entry) = v.cast::<Entry>() else { return Ok(Ref::NONE) };
    let (name, id) = (str::display(*entry.name), runtime::objects::builtin_function::address(v));
    Ok(Str::new(&format!("<symtable entry {name}({id}), line {}>", entry.lineno)))
}

macro_rules! member {
    ($name:literal, |$entry:ident, $value:ident| $get:expr) => {
        getset(
            $name,
            |_, $value| {
                let Some($entry) = $value.cast::<Entry>() else { return Ok(Ref::NONE) };
                Ok($get)
            },
            "",
        )
        .member()
    };
}

const MEMBERS: &[GetSetDef] = &[
    member!("id", |_entry, v| int::from_u64(runtime::objects::builtin_function::address(v))),
    member!("name", |entry, v| entry.name.clone()),
    member!("symbols", |entry, v| entry.symbols.clone()),
    member!("varnames", |entry, v| entry.varnames.clone()),
    member!("children", |entry, v| entry.children.clone()),
    member!("nested", |entry, v| int::new(entry.nested.into())),
    member!("type", |entry, v| int::new(entry.kind.into())),
    member!("lineno", |entry, v| int::new(entry.lineno.into())),
];

pub static ENTRY: Type = Type::new_static(&TypeSpec {
    name: "symtable entry",
    size: size_of::<Entry>(),
    flags: TypeFlags::NO_INSTANTIATION,
    slots: Slots { drop: drop_object::<Entry>, repr: Some(repr), ..Slots::EMPTY },
    getsets: MEMBERS,
    ..TypeSpec::EMPTY
});

fn init(_: &Thread, module: Value) -> PyResult<()> {
    ready(&ENTRY);
    let numbers = [
        ("USE", flags::USE),
        ("DEF_GLOBAL", flags::DEF_GLOBAL),
        ("DEF_NONLOCAL", flags::DEF_NONLOCAL),
        ("DEF_LOCAL", flags::DEF_LOCAL),
        ("DEF_PARAM", flags::DEF_PARAM),
        ("DEF_TYPE_PARAM", flags::DEF_TYPE_PARAM),
        ("DEF_FREE_CLASS", flags::DEF_FREE_CLASS),
        ("DEF_IMPORT", flags::DEF_IMPORT),
        ("DEF_BOUND", flags::DEF_LOCAL | flags::DEF_PARAM | flags::DEF_IMPORT),
        ("DEF_ANNOT", flags::DEF_ANNOT),
        ("DEF_COMP_ITER", flags::DEF_COMP_ITER),
        ("DEF_COMP_CELL", flags::DEF_COMP_CELL),
        ("SCOPE_OFF", SCOPE_OFFSET),
        ("SCOPE_MASK", 15),
    ];
    let kinds = [
        ("TYPE_FUNCTION", BlockKind::Function),
        ("TYPE_CLASS", BlockKind::Class),
        ("TYPE_MODULE", BlockKind::Module),
        ("TYPE_ANNOTATION", BlockKind::Annotation),
        ("TYPE_TYPE_ALIAS", BlockKind::TypeAlias),
        ("TYPE_TYPE_PARAMETERS", BlockKind::TypeParameters),
        ("TYPE_TYPE_VARIABLE", BlockKind::TypeVariable),
    ];
    let scopes = [
        ("LOCAL", NameScope::Local),
        ("GLOBAL_EXPLICIT", NameScope::GlobalExplicit),
        ("GLOBAL_IMPLICIT", NameScope::GlobalImplicit),
        ("FREE", NameScope::Free),
        ("CELL", NameScope::Cell),
    ];
    let kinds = kinds.map(|(name, kind)| (name, kind_number(kind).into()));
    let scopes = scopes.map(|(name, scope)| (name, scope_number(scope)));
    for (name, number) in numbers.into_iter().chain(kinds).chain(scopes) {
        add(module, name, Value::small_int(number.into()));
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_symtable",
    doc: "",
    functions: &[method(
        "symtable",
        "($module, source, filename, startstr, /)",
        NativeFn::Bound(symtable),
        "Return symbol and scope dictionaries used internally by compiler.",
    )],
    init,
};
