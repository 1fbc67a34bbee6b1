//! Writing classes, functions and others that are found again by module and name.

use super::errors::{pickling, pickling_instead};
use super::opcode::*;
use super::registry::{self, attribute_path, dotted_path, find, find_pair};
use super::save::Save;
use super::save_object::{extension_code, own_name};
use runtime::objects::bytes::Bytes;
use runtime::objects::codecs;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{
    ATTRIBUTE_ERROR, IMPORT_ERROR, KEY_ERROR, UNICODE_ENCODE_ERROR, VALUE_ERROR,
};
use runtime::objects::str::{self, Str};
use runtime::state::STATE;
use runtime::types::registry::STR;
use runtime::{PyResult, Ref, Thread, Type, Value, attributes, names, protocol};

impl Save<'_> {
    /// Writes where the object is found: by `name`, or by the name that it gives itself.
    pub(super) fn save_global(&mut self, v: Value, name: Option<Value>) -> PyResult<()> {
        let thread = self.thread;
        let name = match name {
            Some(name) => name.to_ref(),
            None => shared(v, own_name(thread, v)?),
        };
        let Some(text) = name.cast::<Str>() else {
            let message = format!("attribute name must be string, not '{}'", name.ty().name());
            return Err(thread.type_error(message));
        };
        let path = dotted_path(text);
        let module = module_of(thread, v, *name, &path)?;
        if self.protocol >= 2
            && let Some(code) = find_pair(thread, &registry::extension_registry(), *module, *name)?
        {
            return self.save_extension(*code);
        }
        if self.protocol >= 4 {
            self.save(*module)?;
            self.save(*name)?;
            self.out.byte(STACK_GLOBAL);
            return self.memoize(v);
        }
        let Some((first, rest)) = path.split_first() else { return Ok(()) };
        if rest.is_empty() {
            self.save_top_level(*module, *name)?;
            return self.memoize(v);
        }
        // getattr(getattr(first, a), b)
        let getattr = STATE.builtin("getattr").unwrap_or(Ref::NONE);
        for _ in rest {
            self.save(*getattr)?;
            if self.protocol < 2 {
                self.out.byte(MARK);
            }
        }
        self.save_top_level(*module, **first)?;
        for part in rest {
            self.save(**part)?;
            self.out.write(&[if self.protocol < 2 { TUPLE } else { TUPLE2 }, REDUCE]);
        }
        self.memoize(v)
    }

    fn save_extension(&mut self, code: Value) -> PyResult<()> {
        let code = extension_code(self.thread, code)?;
        match code {
            0..=0xff => self.out.write(&[EXT1, code as u8]),
            0x100..=0xffff => self.out.write(&[EXT2, code as u8, (code >> 8) as u8]),
            _ => self.write_number(EXT4, code),
        }
        Ok(())
    }

    /// The name of a module and one in it, as two lines.
    fn save_top_level(&mut self, module: Value, name: Value) -> PyResult<()> {
        let thread = self.thread;
        let (mut module, mut name) = (module.to_ref(), name.to_ref());
        if self.fix_imports {
            if let Some(pair) = find_pair(thread, &registry::reverse_name_mapping(), *module, *name)? {
                (module, name) = super::find::checked_pair(thread, "REVERSE_NAME_MAPPING", *pair)?;
            } else if let Some(old) = find(thread, &registry::reverse_import_mapping(), *module)? {
                module = super::find::checked_name(thread, "REVERSE_IMPORT_MAPPING", old)?;
            }
        }
        self.out.byte(GLOBAL);
        self.save_identifier("module", *module)?;
        self.save_identifier("global", *name)
    }

    fn save_identifier(&mut self, what: &str, name: Value) -> PyResult<()> {
        let thread = self.thread;
        let encoding = if self.protocol >= 3 { "utf-8" } else { "ascii" };
        match codecs::encode(thread, name, encoding, "strict") {
            Ok(bytes) => {
                self.out.write(bytes.cast::<Bytes>().map_or(&[][..], |b| b.as_bytes()));
                self.out.byte(b'\n');
                Ok(())
            }
            Err(_) if thread.raised_matches(&UNICODE_ENCODE_ERROR) => {
                let exception = thread.take_raised();
                let shown = protocol::repr(thread, name)?;
                thread.set_raised(exception);
                let message = format!(
                    "can't pickle {what} identifier {} using pickle protocol {}",
                    str::display(*shown),
                    self.protocol
                );
                Err(pickling_instead(thread, message))
            }
            Err(raised) => Err(raised),
        }
    }
}

/// The name of an object as what others with this name share: those of the types in `builtins` are made when they are asked
/// for, but are one object to CPython.
fn shared(v: Value, name: Ref) -> Ref {
    let is_builtin = v.cast::<Type>().and_then(|ty| ty.spec).is_some_and(|spec| !spec.name.contains('.'));
    if is_builtin && name.is_exact(&STR) { str::intern(name) } else { name }
}

/// The name of the module where the object is found under this name, which is made sure of.
fn module_of(thread: &Thread, v: Value, name: Value, path: &[Ref]) -> PyResult {
    let module_name = attributes::find(thread, v, names::get().__module__)?.filter(|m| !m.is_none());
    if path.iter().any(|part| str::equals(**part, "<locals>")) {
        let shown = protocol::repr(thread, v)?;
        let message = format!("Can't pickle local object {}", str::display(*shown));
        return Err(pickling(thread, message));
    }
    let module_name = match module_name {
        Some(name) => shared(v, name),
        None => match searched(thread, v, path)? {
            Some(name) => return Ok(name),
            None => names::get().__main__.to_ref(),
        },
    };
    let module = match registry::import(thread, *module_name) {
        Ok(module) => module,
        Err(raised) => {
            let is_expected =
                [&IMPORT_ERROR, &VALUE_ERROR, &KEY_ERROR].iter().any(|class| thread.raised_matches(class));
            if !is_expected {
                return Err(raised);
            }
            let exception = thread.take_raised();
            let (shown, reason) = (protocol::repr(thread, v)?, protocol::str(thread, *exception)?);
            thread.set_raised(exception);
            let message = format!("Can't pickle {}: {}", str::display(*shown), str::display(*reason));
            return Err(pickling_instead(thread, message));
        }
    };
    let full_name = |what: &str| -> PyResult<String> {
        let (shown, module) = (protocol::repr(thread, v)?, protocol::str(thread, *module_name)?);
        let (shown, module) = (str::display(*shown), str::display(*module));
        Ok(format!("Can't pickle {shown}: {what} {module}.{}", str::display(name)))
    };
    match attribute_path(thread, *module, path) {
        Ok(found) if found.is(v) => Ok(module_name),
        Ok(_) => Err(pickling(thread, full_name("it's not the same object as")?)),
        Err(_) if thread.raised_matches(&ATTRIBUTE_ERROR) => {
            let exception = thread.take_raised();
            let message = full_name("it's not found as")?;
            thread.set_raised(exception);
            Err(pickling_instead(thread, message))
        }
        Err(raised) => Err(raised),
    }
}

/// The name of a loaded module where the object is found.
fn searched(thread: &Thread, v: Value, path: &[Ref]) -> PyResult<Option<Ref>> {
    let modules = STATE.modules.get();
    let entries = match modules.cast::<Dict>() {
        Some(dict) => dict.items(),
        None => return Err(thread.runtime_error("unable to get sys.modules")),
    };
    for (name, module) in entries {
        if module.is_none() || ["__main__", "__mp_main__"].iter().any(|main| str::equals(*name, main)) {
            continue;
        }
        match attribute_path(thread, *module, path) {
            Ok(found) if found.is(v) => return Ok(Some(name)),
            Ok(_) => {}
            Err(raised) => drop(thread.catch(raised, &ATTRIBUTE_ERROR)?),
        }
    }
    Ok(None)
}
