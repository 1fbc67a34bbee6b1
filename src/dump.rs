//! `-X dump=bytecode,ir`: the forms of the main program's code objects, on stdout.

use ir::register::{CodeView, lower, print};
use runtime::objects::code::Code;
use runtime::objects::str::{self, Str};
use runtime::state::{STATE, import_module};
use runtime::{PyResult, Thread, Value, attributes, marshal};

/// Prints the wanted forms of a code object and of those within it.
pub fn code(thread: &Thread, code: Value, kinds: &[String]) -> PyResult<()> {
    let Some(object) = code.cast::<Code>() else { return Ok(()) };
    let wants = |kind: &str| kinds.iter().any(|k| k == kind);
    if wants("bytecode") {
        let dis = import_module(thread, "dis")?;
        let function = attributes::get(thread, *dis, str::intern_text("disco"))?;
        let print = STATE.builtin("print").ok_or_else(|| thread.runtime_error("lost print"))?;
        thread.call(*print, &[*Str::new(&format!("; bytecode of {}", str::display(*object.qualname)))])?;
        thread.call(*function, &[code])?;
        crate::finish::flush(thread);
    }
    if wants("ir")
        && let Some(parts) = marshal::to_ir(object)
    {
        match lower(&CodeView::of(&parts)) {
            Ok(lowered) => println!("{}", print(&lowered, Some(&parts))),
            Err(error) => println!("; {}: {error}", str::display(*object.qualname)),
        }
    }
    for constant in object.consts.iter().filter(|c| c.cast::<Code>().is_some()) {
        self::code(thread, **constant, kinds)?;
    }
    Ok(())
}
