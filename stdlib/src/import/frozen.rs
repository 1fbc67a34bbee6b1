//! Frozen modules: the files of the library that must be there before anything can be searched for on `sys.path`.

use super::library::{self, LibraryFile};
use runtime::objects::code::Code;
use runtime::objects::str::Str;
use runtime::{PyResult, Thread, Value, marshal};

/// A module whose code object is found by its name alone.
pub struct Frozen {
    pub name: &'static str,
    /// File within the library.
    path: &'static str,
    /// The name it was compiled under.
    pub original: &'static str,
    pub is_package: bool,
}

const fn module(name: &'static str, path: &'static str, original: &'static str) -> Frozen {
    Frozen { name, path, original, is_package: false }
}

pub static FROZEN: &[Frozen] = &[
    module("_frozen_importlib", "importlib/_bootstrap.py", "importlib._bootstrap"),
    module("_frozen_importlib_external", "importlib/_bootstrap_external.py", "importlib._bootstrap_external"),
    module("zipimport", "zipimport.py", "zipimport"),
    module("_taipan_library", "_taipan_library.py", "_taipan_library"),
    module("__hello__", "__hello__.py", "__hello__"),
    Frozen { name: "__phello__", path: "__phello__/__init__.py", original: "__phello__", is_package: true },
    module("__phello__.spam", "__phello__/spam.py", "__phello__.spam"),
];

pub fn find(name: &str) -> Option<&'static Frozen> {
    FROZEN.iter().find(|frozen| frozen.name == name)
}

impl Frozen {
    pub fn file(&self) -> Option<LibraryFile> {
        library::file(self.path)
    }
    /// The code object; its file name is `<frozen NAME>`.
    pub fn code(&self, thread: &Thread) -> PyResult {
        let Some(file) = self.file() else {
            return Err(thread.system_error("a frozen module is not in the library"));
        };
        let code = marshal::unmarshal(thread, file.code, true)?;
        rename(*code, *Str::new(&format!("<frozen {}>", self.original)));
        Ok(code)
    }
}

/// Names a code object and those within it after another file.
pub fn rename(code: Value, path: Value) {
    let Some(code) = code.cast::<Code>() else { return };
    code.filename.set(path.to_ref());
    for inner in code.consts.iter().filter(|c| c.cast::<Code>().is_some()) {
        rename(**inner, path);
    }
}
