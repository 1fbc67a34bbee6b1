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

/// The module at a path without suffix, such as `json/decoder`, and whether it is a package.
pub fn module_at(base: &str) -> Option<(LibraryFile, bool)> {
    if let Some(found) = file(&format!("{base}/__init__.py")) {
        return Some((found, true));
    }
    file(&format!("{base}.py")).map(|found| (found, false))
}

/// Names of the files and directories in a directory, sorted; empty if there is none. `""` is the root.
pub fn entries(directory: &str) -> Vec<&'static str> {
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let start = ROWS.partition_point(|row| row.path < prefix.as_str());
    let below = ROWS[start..].iter().map_while(|row| row.path.strip_prefix(prefix.as_str()));
    let mut names: Vec<&str> = below.map(|rest| rest.split('/').next().unwrap_or(rest)).collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_packages_are_found() {
        let (os, is_package) = module_at("os").expect("os is in the library");
        assert!(!is_package && os.path == "os.py" && !os.source.is_empty());
        let (json, is_package) = module_at("json").expect("json is in the library");
        assert!(is_package && json.path == "json/__init__.py");
        assert!(module_at("json/no_such_module").is_none());
        assert!(entries("json").contains(&"decoder.py") && entries("").contains(&"json"));
        assert!(entries("js").is_empty());
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
