//! The embedded Python library: source and marshalled code object of every file, made by `build.rs`.

/// A file of the library.
pub struct LibraryFile {
    /// Path within the library, such as `json/decoder.py`.
    pub path: &'static str,
    pub source: &'static [u8],
    /// The marshalled code object; `path` is the file name in it.
    pub code: &'static [u8],
}

static SOURCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sources.bin"));
static CODES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/codes.bin"));

/// One row of the table: where source and code of a file lie.
struct Row {
    path: &'static str,
    source: (usize, usize),
    code: (usize, usize),
}

const fn row(path: &'static str, s: usize, s_end: usize, c: usize, c_end: usize) -> Row {
    Row { path, source: (s, s_end), code: (c, c_end) }
}

/// Sorted by path.
static ROWS: &[Row] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file at a path within the library.
pub fn file(path: &str) -> Option<LibraryFile> {
    let row = &ROWS[ROWS.binary_search_by(|row| row.path.cmp(path)).ok()?];
    Some(LibraryFile {
        path: row.path,
        source: &SOURCES[row.source.0..row.source.1],
        code: &CODES[row.code.0..row.code.1],
    })
}

/// A module by its dotted name, and whether it is a package.
pub fn module(name: &str) -> Option<(LibraryFile, bool)> {
    let base = name.replace('.', "/");
    if let Some(found) = file(&format!("{base}/__init__.py")) {
        return Some((found, true));
    }
    file(&format!("{base}.py")).map(|found| (found, false))
}

/// The dotted names of all modules.
pub fn module_names() -> impl Iterator<Item = String> {
    ROWS.iter().map(|row| {
        let base = row.path.strip_suffix(".py").unwrap_or(row.path);
        base.strip_suffix("/__init__").unwrap_or(base).replace('/', ".")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_packages_are_found() {
        let (os, is_package) = module("os").expect("os is in the library");
        assert!(!is_package && os.path == "os.py" && !os.source.is_empty());
        let (json, is_package) = module("json").expect("json is in the library");
        assert!(is_package && json.path == "json/__init__.py");
        assert!(module("json.no_such_module").is_none());
    }

    #[test]
    fn every_code_object_can_be_read_back() {
        for row in ROWS {
            let code = &CODES[row.code.0..row.code.1];
            let value = ir::marshal::unmarshal_const(code);
            assert!(matches!(value, Ok(ir::code::Const::Code(_))), "{}", row.path);
        }
    }
}
