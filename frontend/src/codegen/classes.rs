//! Class definitions.

use ir::code::Const;
use ir::locations::Location;
use ir::opcode::Intrinsic1;
use ir::opcode::Opcode::*;

use super::functions::first_line;
use super::unit::{ScopeType, string_tuple};
use super::{Compiler, Context, loc};
use crate::ast::*;
use crate::diagnostic::Result;
use crate::symtable::Part;

impl<'t> Compiler<'t> {
    pub(super) fn class_def(&mut self, stmt: &'t Stmt, def: &'t ClassDef) -> Result<()> {
        let at = loc(stmt.span);
        self.exprs(&def.decorator_list)?;
        let first_line = first_line(stmt, &def.decorator_list);
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_type_params(&def.name, &def.type_params, first_line, Some(def.name.clone()))?;
            self.type_params(&def.type_params)?;
            self.store_name(at, ".type_params")?;
        }
        self.class_body(stmt, def, first_line)?;
        if generic {
            self.load_name(at, ".type_params")?;
            self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::SubscriptGeneric as u32);
            self.store_name(at, ".generic_base")?;
            self.call_arguments(at, 2, &def.bases, Some(".generic_base"), &def.keywords)?;
            self.op(at, RETURN_VALUE);
            let code = self.leave_unit(false)?;
            self.make_closure(at, code, 0)?;
            self.op(at, PUSH_NULL);
            self.op_arg(at, CALL, 0);
        } else {
            self.call_arguments(at, 2, &def.bases, None, &def.keywords)?;
        }
        self.apply_decorators(&def.decorator_list);
        self.name_op(at, &def.name, Context::Store)
    }

    /// The function that runs the body, ready to be called with `__build_class__`.
    fn class_body(&mut self, stmt: &'t Stmt, def: &'t ClassDef, first_line: u32) -> Result<()> {
        let scope = self.scope_of_node(def, Part::Body)?;
        self.enter_unit(def.name.clone(), ScopeType::Class, scope, first_line, Some(def.name.clone()));
        let start = Location::line_only(first_line as i32).with_columns(0, 0);
        self.load_name(start, "__name__")?;
        self.store_name(start, "__module__")?;
        let qualname = self.unit_ref().qualname.clone();
        self.load_str(start, &qualname);
        self.store_name(start, "__qualname__")?;
        self.load_const(start, Const::int(first_line));
        self.store_name(start, "__firstlineno__")?;
        if !def.type_params.is_empty() {
            self.load_name(start, ".type_params")?;
            self.store_name(start, "__type_params__")?;
        }
        let needs_classdict = self.scope().needs_classdict;
        if needs_classdict {
            self.op(start, LOAD_LOCALS);
            let index = self.deref_index("__classdict__", true)?;
            self.op_arg(start, STORE_DEREF, index);
        }
        if self.scope().has_conditional_annotations {
            self.op_arg(start, BUILD_SET, 0);
            let index = self.deref_index("__conditional_annotations__", true)?;
            self.op_arg(start, STORE_DEREF, index);
        }
        self.body(start, &def.body, false)?;
        let mut attributes: Vec<Identifier> = self.unit().static_attributes.drain().collect();
        attributes.sort_unstable();
        self.load_const(Location::NONE, string_tuple(&attributes));
        self.store_name(Location::NONE, "__static_attributes__")?;
        if needs_classdict {
            let index = self.deref_index("__classdict__", true)?;
            self.op_arg(Location::NONE, LOAD_CLOSURE, index);
            self.store_name(Location::NONE, "__classdictcell__")?;
        }
        if self.scope().needs_class_closure {
            let index = self.deref_index("__class__", true)?;
            self.op_arg(Location::NONE, LOAD_CLOSURE, index);
            self.op_arg(Location::NONE, COPY, 1);
            self.store_name(Location::NONE, "__classcell__")?;
        } else {
            self.load_none(Location::NONE);
        }
        self.op(Location::NONE, RETURN_VALUE);
        let code = self.leave_unit(true)?;

        let at = loc(stmt.span);
        self.op(at, LOAD_BUILD_CLASS);
        self.op(at, PUSH_NULL);
        self.make_closure(at, code, 0)?;
        self.load_str(at, &def.name);
        Ok(())
    }
}
