//! `compile`, `eval` and `exec`: source to code object through the front end, and running it in namespaces.

use super::namespaces::caller;
use crate::{ast, source};
use frontend::compile::CompileOptions;
use frontend::parser::{LATEST_VERSION, Mode, ParseFlags};
use ir::code::co_flags;
use runtime::frame::Frame;
use runtime::objects::code::Code;
use runtime::objects::dict::Dict;
use runtime::objects::str::Str;
use runtime::objects::{bytes::Bytes, frame};
use runtime::state::STATE;
use runtime::{PyResult, Ref, Thread, Value, attributes, names, protocol};

/// `PyCF_DONT_IMPLY_DEDENT`
const DONT_IMPLY_DEDENT: i64 = 0x200;
/// `PyCF_ONLY_AST`
const ONLY_AST: i64 = 0x400;
/// `PyCF_TYPE_COMMENTS`
const TYPE_COMMENTS: i64 = 0x1000;
/// `PyCF_ALLOW_TOP_LEVEL_AWAIT`
const ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;
/// `PyCF_ALLOW_INCOMPLETE_INPUT`
const ALLOW_INCOMPLETE_INPUT: i64 = 0x4000;
/// `PyCF_OPTIMIZED_AST`
const OPTIMIZED_AST: i64 = 0x8000 | ONLY_AST;

/// The `co_flags` bits of future features.
const FUTURE_FLAGS: i64 = (co_flags::FUTURE_DIVISION
    | co_flags::FUTURE_ABSOLUTE_IMPORT
    | co_flags::FUTURE_WITH_STATEMENT
    | co_flags::FUTURE_PRINT_FUNCTION
    | co_flags::FUTURE_UNICODE_LITERALS
    | co_flags::FUTURE_BARRY_AS_BDFL
    | co_flags::FUTURE_GENERATOR_STOP
    | co_flags::FUTURE_ANNOTATIONS) as i64;

/// The source argument of one of the three functions, as the front end takes it.
pub enum Source {
    Text(String),
    Bytes(Vec<u8>),
}

pub fn source_argument(thread: &Thread, v: Value, function: &str, what: &str) -> PyResult<Source> {
    if let Some(s) = v.cast::<Str>() {
        return match s.to_text() {
            Some(text) => Ok(Source::Text(text.into_owned())),
            None => Err(source::surrogates_not_allowed(thread, s)),
        };
    }
    if let Some(b) = v.cast::<Bytes>() {
        return Ok(Source::Bytes(b.as_bytes().to_vec()));
    }
    if let Some(export) = v.ty().slots().buffer {
        let view = export(thread, v, 0)?;
        return Ok(Source::Bytes(view.as_slice().to_vec()));
    }
    Err(thread.type_error(format!("{function}() arg 1 must be a {what} object")))
}

/// A file name argument: a string, bytes or a path.
pub fn filename_argument(thread: &Thread, filename: Value) -> PyResult<String> {
    let plain = |v: Value| match (v.cast::<Str>(), v.cast::<Bytes>()) {
        (Some(text), _) => Some(text.to_text_lossy().into_owned()),
        (_, Some(bytes)) => Some(String::from_utf8_lossy(bytes.as_bytes()).into_owned()),
        _ => None,
    };
    if let Some(text) = plain(filename) {
        return Ok(text);
    }
    let path = match attributes::special(thread, filename, names::get().__fspath__)? {
        Some(method) => thread.call(*method, &[])?,
        None => {
            let name = filename.ty().name();
            let message = format!("expected str, bytes or os.PathLike object, not {name}");
            return Err(thread.type_error(message));
        }
    };
    plain(*path).ok_or_else(|| {
        let (owner, name) = (filename.ty().name(), path.ty().name());
        thread.type_error(format!("expected {owner}.__fspath__() to return str or bytes, not {name}"))
    })
}

fn compile_source(
    thread: &Thread,
    source: &Source,
    filename: &str,
    mode: Mode,
    options: CompileOptions,
) -> PyResult {
    match source {
        Source::Text(text) => source::compile_text(thread, text, filename, mode, options),
        Source::Bytes(bytes) => source::compile_bytes(thread, bytes, filename, mode, options),
    }
}

/// The future features of the code that called.
fn inherited_flags(thread: &Thread) -> u32 {
    frame::nth(thread, 0).map_or(0, |f| f.code().flags & FUTURE_FLAGS as u32)
}

/// `compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)`
pub fn compile(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let &[source, filename, mode, flags, dont_inherit, optimize, feature_version] = arguments else {
        return Ok(Ref::NONE);
    };
    let flags = if flags.is_null() { 0 } else { i64::from(protocol::c_int(thread, flags)?) };
    let known = FUTURE_FLAGS
        | DONT_IMPLY_DEDENT
        | TYPE_COMMENTS
        | ALLOW_TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE_INPUT
        | OPTIMIZED_AST;
    if flags & !known != 0 {
        return Err(thread.value_error("compile(): unrecognised flags"));
    }
    let only_ast = flags & ONLY_AST != 0;
    let optimize = if optimize.is_null() { -1 } else { protocol::c_int(thread, optimize)? };
    if !(-1..=2).contains(&optimize) {
        return Err(thread.value_error("compile(): invalid optimize value"));
    }
    let Some(mode_text) = mode.cast::<Str>() else {
        let name = mode.ty().name();
        return Err(thread.type_error(format!("compile() argument 'mode' must be str, not {name}")));
    };
    let mode = match mode_text.to_text_lossy().as_ref() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if only_ast => Mode::FuncType,
        "func_type" => {
            return Err(thread.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if only_ast => {
            return Err(thread.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(thread.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let feature_version = match feature_version.is_null() {
        true => -1,
        false => protocol::c_int(thread, feature_version)?,
    };
    let mut future_flags = (flags & FUTURE_FLAGS) as u32;
    if dont_inherit.is_null() || !protocol::is_true(thread, dont_inherit)? {
        future_flags |= inherited_flags(thread);
    }
    let options = CompileOptions {
        optimize: if optimize < 0 { STATE.optimize() } else { optimize as u8 },
        future_flags,
        top_level_await: flags & ALLOW_TOP_LEVEL_AWAIT != 0,
        parse: ParseFlags {
            allow_incomplete_input: flags & ALLOW_INCOMPLETE_INPUT != 0,
            dont_imply_dedent: flags & DONT_IMPLY_DEDENT != 0,
            type_comments: flags & TYPE_COMMENTS != 0,
            feature_version: match u8::try_from(feature_version) {
                Ok(minor) if only_ast => minor,
                _ => LATEST_VERSION,
            },
            ..ParseFlags::default()
        },
        ..CompileOptions::default()
    };
    let filename = filename_argument(thread, filename)?;
    let optimize_tree = flags & OPTIMIZED_AST == OPTIMIZED_AST;
    let mut tree = if ast::is_node(thread, source)? {
        ast::from_object(thread, source, mode)?
    } else {
        let source = source_argument(thread, source, "compile", "string, bytes or AST")?;
        if !only_ast {
            return compile_source(thread, &source, &filename, mode, options);
        }
        match &source {
            Source::Text(text) => source::parse_text(thread, text, &filename, mode, options)?,
            Source::Bytes(bytes) => source::parse_bytes(thread, bytes, &filename, mode, options)?,
        }
    };
    if !only_ast {
        return source::compile_tree(thread, &tree, &filename, options);
    }
    if optimize_tree {
        frontend::preprocess::tree(&mut tree, options.optimize);
    }
    ast::to_object(thread, &tree)
}

/// The namespaces for `eval` and `exec`: those given, else the caller's. `__builtins__` is added to the globals.
fn namespaces(thread: &Thread, function: &str, globals: Value, locals: Value) -> PyResult<(Ref, Ref)> {
    let given = |v: Value| !v.is_null() && !v.is_none();
    if given(locals) && locals.ty().slots().get_item.is_none() {
        let name = locals.ty().name();
        return Err(thread.type_error(match function {
            "eval" => "locals must be a mapping".to_string(),
            _ => format!("locals must be a mapping or None, not {name}"),
        }));
    }
    let from_frame = |get: fn(&Thread, &Frame) -> PyResult| get(thread, caller(thread)?);
    let (globals, locals) = if given(globals) {
        if globals.cast::<Dict>().is_none() {
            let name = globals.ty().name();
            return Err(thread.type_error(match function {
                "exec" => format!("exec() globals must be a dict, not {name}"),
                _ if globals.ty().slots().get_item.is_some() => {
                    "globals must be a real dict; try eval(code, {}, mapping)".to_string()
                }
                _ => "globals must be a dict".to_string(),
            }));
        }
        (globals.to_ref(), if given(locals) { locals.to_ref() } else { globals.to_ref() })
    } else {
        let own = from_frame(|_, f| Ok(f.globals.get()))?;
        (own, if given(locals) { locals.to_ref() } else { from_frame(frame::locals)? })
    };
    if let Some(d) = globals.cast::<Dict>()
        && d.get_interned(names::get().__builtins__).is_none()
    {
        d.insert_interned(names::get().__builtins__, STATE.builtins_dict.peek());
    }
    Ok((globals, locals))
}

/// `eval(source, /, globals=None, locals=None)`
pub fn eval(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let &[given, globals, locals] = arguments else { return Ok(Ref::NONE) };
    let (globals, locals) = namespaces(thread, "eval", globals, locals)?;
    let code = match given.cast::<Code>() {
        Some(code) if code.nfreevars() > 0 => {
            return Err(thread.type_error("code object passed to eval() may not contain free variables"));
        }
        Some(_) => given.to_ref(),
        None => {
            let mut source = source_argument(thread, given, "eval", "string, bytes or code")?;
            match &mut source {
                Source::Text(text) => *text = text.trim_start_matches([' ', '\t']).to_string(),
                Source::Bytes(b) => {
                    let start = b.iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
                    b.drain(..start);
                }
            }
            let options = CompileOptions {
                optimize: STATE.optimize(),
                future_flags: inherited_flags(thread),
                ..CompileOptions::default()
            };
            compile_source(thread, &source, "<string>", Mode::Eval, options)?
        }
    };
    STATE.interpreter().run_code(thread, *code, *globals, *locals, None)
}

/// `exec(source, /, globals=None, locals=None, *, closure=None)`
pub fn exec(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let &[given, globals, locals, closure] = arguments else { return Ok(Ref::NONE) };
    let (globals, locals) = namespaces(thread, "exec", globals, locals)?;
    let has_closure = !closure.is_null() && !closure.is_none();
    let code = match given.cast::<Code>() {
        Some(code) => {
            check_closure(thread, code, has_closure.then_some(closure))?;
            given.to_ref()
        }
        None if has_closure => {
            return Err(thread.type_error("closure argument can only be used when source is a code object"));
        }
        None => {
            let source = source_argument(thread, given, "exec", "string, bytes or code")?;
            let options = CompileOptions {
                optimize: STATE.optimize(),
                future_flags: inherited_flags(thread),
                ..CompileOptions::default()
            };
            compile_source(thread, &source, "<string>", Mode::Exec, options)?
        }
    };
    let closure = has_closure.then_some(closure);
    STATE.interpreter().run_code(thread, *code, *globals, *locals, closure)?;
    Ok(Ref::NONE)
}

/// Refuses a closure that doesn't fit the code object's free variables.
fn check_closure(thread: &Thread, code: &Code, closure: Option<Value>) -> PyResult<()> {
    let wanted = code.nfreevars();
    let Some(closure) = closure else {
        if wanted == 0 {
            return Ok(());
        }
        return Err(thread.type_error(format!("code object requires a closure of exactly length {wanted}")));
    };
    if wanted == 0 {
        return Err(thread.type_error("cannot use a closure with this code object"));
    }
    let fits = closure.cast_exact::<runtime::objects::tuple::Tuple>().is_some_and(|t| {
        t.len() == wanted && t.items().iter().all(|c| c.cast::<runtime::objects::function::Cell_>().is_some())
    });
    if fits {
        return Ok(());
    }
    Err(thread.type_error(format!("code object requires a closure of exactly length {wanted}")))
}
