//! `_ast`: node classes, trees as objects and back.
//!
//! `table` holds a row for each class; `classes` makes the classes, `node` is their common base, `convert` is the
//! conversion that the rows expand to.

mod classes;
mod convert;
mod node;
mod table;

use convert::{Maker, Node, Reader};
use frontend::ast::Mod;
use frontend::parser::Mode;
use frontend::validate::{self, Invalid};
use runtime::objects::module::{ModuleSpec, add};
use runtime::types::instance_check::isinstance;
use runtime::{PyResult, Raised, Thread, Value};
use table::Class;

/// Whether an object is a node (as `compile` asks).
pub fn is_node(thread: &Thread, object: Value) -> PyResult<bool> {
    match object.ty().has(runtime::TypeFlags::ATTRIBUTES) {
        true => isinstance(thread, object, Value::of(&node::AST)),
        false => Ok(false),
    }
}

/// The objects of a tree.
pub fn to_object(thread: &Thread, tree: &Mod) -> PyResult {
    tree.make(&Maker::new(thread)?)
}

/// The tree of an object, which must be of the class that the mode wants, and valid.
pub fn from_object(thread: &Thread, object: Value, mode: Mode) -> PyResult<Mod> {
    let class = match mode {
        Mode::Exec => Class::Module,
        Mode::Eval => Class::Expression,
        Mode::Single => Class::Interactive,
        Mode::FuncType => Class::FunctionType,
    };
    let reader = Reader::new(thread)?;
    if !isinstance(thread, object, reader.class_object(class))? {
        let message = format!("expected {} node, got {}", class.row().name, object.ty().short_name());
        return Err(thread.type_error(message));
    }
    let Some(tree) = Mod::read(&reader, object)? else {
        return Err(thread.type_error("expected some sort of mod"));
    };
    validate::tree(&tree).map_err(|invalid| raise(thread, &invalid))?;
    Ok(tree)
}

fn raise(thread: &Thread, invalid: &Invalid) -> Raised {
    if invalid.is_type_error {
        thread.type_error(&invalid.message)
    } else {
        thread.value_error(&invalid.message)
    }
}

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    let classes = classes::get(thread)?;
    add(module, "AST", Value::of(&node::AST));
    for (name, class) in classes.all() {
        add(module, name, class);
    }
    for (name, flag) in classes::flags() {
        add(module, name, *flag);
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec { name: "_ast", doc: "", functions: &[], init };
