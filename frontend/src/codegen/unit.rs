//! The code object under construction: entering it, leaving it, assembling it.

use std::sync::Arc;

use ir::code::{Code, Const, co_flags, local_kind};
use ir::locations::Location;
use ir::opcode::Opcode::*;
use ir::wtf8::Wtf8;
use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks::FrameBlock;
use super::sequence::Sequence;
use super::{Compiler, Label};
use crate::assemble::assemble;
use crate::ast::{Identifier, Stmt};
use crate::constants::ConstPool;
use crate::diagnostic::{Result, internal_error};
use crate::flowgraph::{self, LocalsLayout, UnitFacts};
use crate::symtable::{NameScope, ScopeId, flags, mangle};

/// What kind of code a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeType {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    /// Evaluators of annotations, and the blocks around generic definitions.
    Annotations,
}

/// Names with numbers, in order of first use.
#[derive(Clone, Debug, Default)]
pub struct NameTable {
    list: Vec<Identifier>,
    index: FxHashMap<Identifier, u32>,
}

impl NameTable {
    /// A table of distinct names.
    fn from_names(names: impl IntoIterator<Item = Identifier>) -> NameTable {
        let mut table = NameTable::default();
        for name in names {
            table.add(&name);
        }
        table
    }

    /// The number of a name, which is added if it isn't there yet.
    pub fn add(&mut self, name: &Identifier) -> u32 {
        if let Some(&known) = self.index.get(name) {
            return known;
        }
        let number = self.list.len() as u32;
        self.list.push(name.clone());
        self.index.insert(name.clone(), number);
        number
    }

    /// The number of a name.
    pub fn get(&self, name: &str) -> Option<u32> {
        self.index.get(name).copied()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The name with this number.
    pub fn name(&self, number: u32) -> Option<&Identifier> {
        self.list.get(number as usize)
    }
}

/// How many parameters a function has, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParameterCounts {
    pub positional_only: u32,
    /// Positional parameters that also take a keyword.
    pub positional: u32,
    pub keyword_only: u32,
}

/// A simple annotation of a class or module, evaluated later.
#[derive(Clone, Copy)]
pub struct DeferredAnnotation<'t> {
    pub stmt: &'t Stmt,
    /// The number that the body records when the annotation is reached, if it may not be.
    pub conditional_index: Option<u32>,
}

/// A code object under construction.
pub struct Unit<'t> {
    pub scope: ScopeId,
    pub scope_type: ScopeType,
    pub name: Identifier,
    pub qualname: String,
    pub private: Option<Identifier>,
    pub first_line: i32,
    pub parameters: ParameterCounts,
    pub sequence: Sequence,
    pub consts: ConstPool,
    pub names: NameTable,
    pub varnames: NameTable,
    pub cellvars: NameTable,
    pub freevars: NameTable,
    /// Names that inlined comprehensions keep in fast slots outside functions; true while in force.
    pub fast_hidden: FxHashMap<Identifier, bool>,
    pub inlined_comprehensions: u32,
    pub blocks: Vec<FrameBlock<'t>>,
    /// Attributes that methods set on `self`.
    pub static_attributes: FxHashSet<Identifier>,
    pub deferred_annotations: Vec<DeferredAnnotation<'t>>,
    pub in_conditional_block: bool,
    pub next_conditional_index: u32,
}

impl Unit<'_> {
    /// True when a comprehension keeps the name in a fast slot just now.
    pub fn is_fast_hidden(&self, name: &str) -> bool {
        self.fast_hidden.get(name).copied().unwrap_or(false)
    }
}

impl<'t> Compiler<'t> {
    /// Begins a unit; the `RESUME` instruction is emitted.
    pub(super) fn enter_unit(
        &mut self,
        name: Identifier,
        scope_type: ScopeType,
        scope: ScopeId,
        first_line: u32,
        private: Option<Identifier>,
    ) {
        let private = private.or_else(|| self.units.last().and_then(|outer| outer.private.clone()));
        let entry = self.table.scope(scope);
        let symbols = &entry.symbols;
        let mut cellvars = NameTable::from_names(symbols.sorted_names(|symbol| {
            symbol.scope == NameScope::Cell || symbol.flags & flags::DEF_COMP_CELL != 0
        }));
        if entry.needs_class_closure {
            cellvars.add(&"__class__".into());
        }
        if entry.needs_classdict {
            cellvars.add(&"__classdict__".into());
        }
        if entry.has_conditional_annotations {
            cellvars.add(&"__conditional_annotations__".into());
        }
        let freevars = NameTable::from_names(symbols.sorted_names(|symbol| {
            symbol.scope == NameScope::Free || symbol.flags & flags::DEF_FREE_CLASS != 0
        }));
        let varnames = NameTable::from_names(entry.varnames.iter().cloned());
        let qualname = self.qualname(&name, scope_type);
        self.units.push(Unit {
            scope,
            scope_type,
            name,
            qualname,
            private,
            first_line: first_line as i32,
            parameters: ParameterCounts::default(),
            sequence: Sequence::default(),
            consts: ConstPool::default(),
            names: NameTable::default(),
            varnames,
            cellvars,
            freevars,
            fast_hidden: FxHashMap::default(),
            inlined_comprehensions: 0,
            blocks: Vec::new(),
            static_attributes: FxHashSet::default(),
            deferred_annotations: Vec::new(),
            in_conditional_block: false,
            next_conditional_index: 0,
        });
        let mut start = Location::line_only(first_line as i32).with_columns(0, 0);
        if scope_type == ScopeType::Module {
            start.line = 0;
        }
        self.op_arg(start, RESUME, ir::opcode::resume::AT_FUNC_START);
    }

    fn qualname(&self, name: &Identifier, scope_type: ScopeType) -> String {
        let mut outer = self.units.iter().rev();
        let mut parent = outer.next();
        if parent.is_some_and(|unit| unit.scope_type == ScopeType::Annotations) {
            parent = outer.next();
        }
        // A child of the module itself has no prefix.
        let Some(parent) = parent.filter(|unit| unit.scope_type != ScopeType::Module) else {
            return name.to_string();
        };
        if matches!(scope_type, ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Class) {
            let mangled = mangle(parent.private.as_deref(), name);
            if self.table.scope(parent.scope).scope_of(&mangled) == NameScope::GlobalExplicit {
                return name.to_string();
            }
        }
        match parent.scope_type {
            ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Lambda => {
                format!("{}.<locals>.{name}", parent.qualname)
            }
            _ => format!("{}.{name}", parent.qualname),
        }
    }

    /// Ends a unit: falling off the end returns `None`, or what is on the stack.
    pub(super) fn leave_unit(&mut self, add_none: bool) -> Result<Arc<Code>> {
        if add_none {
            self.load_none(Location::NONE);
        }
        self.op(Location::NONE, RETURN_VALUE);
        let code_flags = self.code_flags();
        let filename = self.options.filename.clone();
        let nparams = self.scope().varnames.len();
        let Some(unit) = self.units.pop() else { return internal_error("no unit to leave") };
        unit.finish(code_flags, filename, nparams)
    }

    fn code_flags(&self) -> u32 {
        let entry = self.scope();
        let mut bits = self.options.future_flags;
        let mut set = |condition: bool, bit: u32| {
            if condition {
                bits |= bit;
            }
        };
        if entry.is_function_like() {
            set(true, co_flags::NEWLOCALS | co_flags::OPTIMIZED);
            set(entry.nested, co_flags::NESTED);
            set(entry.generator && !entry.coroutine, co_flags::GENERATOR);
            set(entry.generator && entry.coroutine, co_flags::ASYNC_GENERATOR);
            set(entry.coroutine && !entry.generator, co_flags::COROUTINE);
            set(entry.varargs, co_flags::VARARGS);
            set(entry.varkeywords, co_flags::VARKEYWORDS);
            set(entry.has_docstring && self.options.optimize < 2, co_flags::HAS_DOCSTRING);
            set(entry.method, co_flags::METHOD);
        } else if self.options.top_level_await {
            set(entry.coroutine && !entry.generator, co_flags::COROUTINE);
        }
        bits
    }

    /// Wraps the code of a generator so that an escaping `StopIteration` becomes a `RuntimeError`.
    pub(super) fn wrap_in_stop_iteration_handler(&mut self) {
        let handler: Label = self.new_label();
        self.unit().sequence.push_front(SETUP_CLEANUP, handler.0, Location::NONE);
        self.load_none(Location::NONE);
        self.op(Location::NONE, RETURN_VALUE);
        self.place(handler);
        self.op_arg(Location::NONE, CALL_INTRINSIC_1, ir::opcode::Intrinsic1::StopIterationError as u32);
        self.op_arg(Location::NONE, RERAISE, 1);
    }
}

impl Unit<'_> {
    fn finish(mut self, code_flags: u32, filename: Wtf8, nparams: usize) -> Result<Arc<Code>> {
        let facts = UnitFacts {
            first_line: self.first_line,
            flags: code_flags,
            nlocals: self.varnames.len(),
            nparams,
        };
        let layout = LocalsLayout {
            cell_is_local: self
                .cellvars
                .list
                .iter()
                .map(|name| self.varnames.get(name).map(|at| at as usize))
                .collect(),
            nfree: self.freevars.len(),
        };
        let sequence = std::mem::take(&mut self.sequence);
        let cfg = flowgraph::optimize(sequence, &mut self.consts, &facts);
        let Ok(mut lowered) = flowgraph::lower(cfg, &facts, &layout) else {
            return internal_error(&format!("stack underflow in the code of '{}'", self.qualname));
        };
        let assembled = assemble(&mut lowered.sequence, self.first_line);
        let (localsplusnames, localspluskinds) = self.locals(code_flags);
        let counts = self.parameters;
        Ok(Arc::new(Code {
            argcount: counts.positional_only + counts.positional,
            posonlyargcount: counts.positional_only,
            kwonlyargcount: counts.keyword_only,
            stacksize: lowered.stack_depth,
            flags: code_flags,
            code: assembled.code,
            consts: self.consts.into_items(),
            names: self.names.list.iter().map(|name| Wtf8::from(&**name)).collect(),
            localsplusnames,
            localspluskinds,
            filename,
            name: Wtf8::from(&*self.name),
            qualname: Wtf8::from(self.qualname),
            firstlineno: self.first_line,
            linetable: assembled.linetable,
            exceptiontable: assembled.exceptiontable,
        }))
    }

    /// Names and kinds of the fast locals.
    fn locals(&self, code_flags: u32) -> (Vec<Wtf8>, Vec<u8>) {
        use local_kind::*;
        let counts = self.parameters;
        let groups = [
            (counts.positional_only, ARG_POS),
            (counts.positional, ARG_POS | ARG_KW),
            (counts.keyword_only, ARG_KW),
            (u32::from(code_flags & co_flags::VARARGS != 0), ARG_VAR | ARG_POS),
            (u32::from(code_flags & co_flags::VARKEYWORDS != 0), ARG_VAR | ARG_KW),
        ];
        let mut parameter_kinds =
            groups.into_iter().flat_map(|(count, kind)| std::iter::repeat_n(kind, count as usize));
        let mut names = Vec::new();
        let mut kinds = Vec::new();
        for name in &self.varnames.list {
            let mut kind = LOCAL | parameter_kinds.next().unwrap_or(0);
            if self.fast_hidden.contains_key(name) {
                kind |= HIDDEN;
            }
            if self.cellvars.get(name).is_some() {
                kind |= CELL;
            }
            names.push(Wtf8::from(&**name));
            kinds.push(kind);
        }
        let own_cells = self.cellvars.list.iter().filter(|name| self.varnames.get(name).is_none());
        let captured =
            own_cells.map(|name| (name, CELL)).chain(self.freevars.list.iter().map(|name| (name, FREE)));
        for (name, kind) in captured {
            names.push(Wtf8::from(&**name));
            kinds.push(kind);
        }
        (names, kinds)
    }
}

/// A tuple of strings.
pub fn string_tuple<'a>(names: impl IntoIterator<Item = &'a Identifier>) -> Const {
    Const::Tuple(names.into_iter().map(|name| Const::str(name)).collect())
}
