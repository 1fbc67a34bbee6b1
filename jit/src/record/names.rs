//! Globals and builtins: found at the place where they are now, for as long as the keys of the namespaces stay as they are.
//! Functions, classes, modules and native functions are constants, guarded by identity.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Instruction, Op, Reference};
use ir::register::{Operation, flags};
use runtime::objects::dict::{Dict, Entry};
use runtime::objects::function::FUNCTION;
use runtime::trace_interface::Field;
use runtime::types::TypeFlags;
use runtime::types::registry::{BUILTIN_FUNCTION, MODULE};
use runtime::value::{Ref, Value};

impl Recorder {
    pub fn record_load_global(&mut self, site: &Site) -> Rule {
        let frame = self.frame();
        let name = self.code().name_at(site.payload(1) as usize);
        let globals = frame.globals.peek();
        self.names_are_globals(site)?;
        let namespace = globals.cast_exact::<Dict>().ok_or(NoRule::Step)?;
        let value = match namespace.index_of_interned(name) {
            Some(place) => self.load_entry(globals, place)?,
            None => {
                let builtins = frame.builtins.peek();
                let outer = builtins.cast_exact::<Dict>().ok_or(NoRule::Step)?;
                let place = outer.index_of_interned(name).ok_or(NoRule::Step)?;
                self.guard_keys(globals)?;
                self.load_entry(builtins, place)?
            }
        };
        self.set_register(site.a, value);
        if site.operation == Operation::LoadGlobalCallable {
            let null = self.trace.constant(Constant::Value(Ref::NULL));
            self.set_register(site.a + 1, null);
        }
        Ok(())
    }

    /// Names of a module's own code are its globals; those of classes' bodies are not.
    fn names_are_globals(&self, site: &Site) -> Rule {
        let frame = self.frame();
        let by_name = matches!(site.operation, Operation::LoadName | Operation::StoreName);
        if by_name && !frame.locals.option().is_some_and(|locals| locals.is(frame.globals.peek())) {
            return Err(NoRule::Step);
        }
        Ok(())
    }

    /// A global that exists gets another value.
    pub fn record_store_global(&mut self, site: &Site) -> Rule {
        self.names_are_globals(site)?;
        let name = self.code().name_at(site.payload(1) as usize);
        let globals = self.frame().globals.peek();
        let namespace = globals.cast_exact::<Dict>().ok_or(NoRule::Step)?;
        let place = namespace.index_of_interned(name).ok_or(NoRule::Step)?;
        let value = self.operand_b(site);
        let dying: &[usize] = if site.has(flags::B_DIES) { &[site.b] } else { &[] };
        self.store_entry(globals, place, value, dying)
    }

    /// Stores at a place of a constant dict's entries. These registers die.
    pub fn store_entry(&mut self, dict: Value, place: usize, value: Operand, dying: &[usize]) -> Rule {
        let address = self.guard_keys(dict)?;
        let entries = self.load_field(address, Field::DictEntries);
        let index = self.int(value_word(place));
        let old = self.load_item(entries, index, Field::DictEntryWord);
        for register in dying {
            self.drop_register(*register);
        }
        self.trace.push(Instruction {
            a: entries,
            b: index,
            c: value.reference,
            immediate: Field::DictEntryWord as u32,
            ..Instruction::new(Op::StoreItem)
        });
        self.emit(Op::Own, &[old]);
        Ok(())
    }

    /// Guards that a dict, a constant, has the keys that it has now; its address.
    fn guard_keys(&mut self, dict: Value) -> Rule<Reference> {
        let keys = dict.cast_exact::<Dict>().ok_or(NoRule::Step)?.keys_version();
        let word = self.constant(dict);
        let address = self.emit(Op::Address, &[word]);
        let now = self.load_field(address, Field::DictKeysVersion);
        let wanted = self.int(i64::from(keys));
        let same = self.emit(Op::EqInt, &[now, wanted]);
        self.expect(same, true);
        Ok(address)
    }

    /// The value at a place of a constant dict's entries.
    pub fn load_entry(&mut self, dict: Value, place: usize) -> Rule<Reference> {
        let entry = dict.cast_exact::<Dict>().and_then(|d| d.entry_at(place)).ok_or(NoRule::Step)?;
        let value = self.load_cell_entry(dict, place)?;
        if rarely_changes(entry.value) {
            return Ok(self.guard_is(Operand { reference: value, now: entry.value }));
        }
        Ok(value)
    }

    /// The same, whatever the value is.
    pub fn load_cell_entry(&mut self, dict: Value, place: usize) -> Rule<Reference> {
        let address = self.guard_keys(dict)?;
        let entries = self.load_field(address, Field::DictEntries);
        let index = self.int(value_word(place));
        Ok(self.load_item(entries, index, Field::DictEntryWord))
    }
}

/// The word of a dict's entries where the value at a place is.
fn value_word(place: usize) -> i64 {
    ((place * size_of::<Entry>() + std::mem::offset_of!(Entry, value)) / 8) as i64
}

/// Things that names usually keep meaning.
fn rarely_changes(v: Value) -> bool {
    v.is_pointer()
        && (v.is_exact(&FUNCTION)
            || v.is_exact(&BUILTIN_FUNCTION)
            || v.is_exact(&MODULE)
            || v.ty().has(TypeFlags::TYPE_SUBCLASS))
}
