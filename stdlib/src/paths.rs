//! Where things are: the executable, the prefix, the standard library, and what `sys.path` starts with.
//!
//! `pyvenv.cfg` beside the executable or one level up makes a virtual environment. A tree `lib/python3.14` of ours beside
//! the executable's folder, or the one that `PYTHONHOME` names, is used; otherwise the library inside the program is,
//! which looks as if it lay in such a tree.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What `sys` shows of the places.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    pub executable: PathBuf,
    pub base_executable: PathBuf,
    pub prefix: PathBuf,
    pub exec_prefix: PathBuf,
    pub base_prefix: PathBuf,
    pub base_exec_prefix: PathBuf,
    pub stdlib: PathBuf,
    /// The library is served from inside the program.
    pub is_embedded: bool,
    pub home: Option<OsString>,
    /// `sys.path` before the program's own folder comes first.
    pub search: Vec<OsString>,
}

/// What the environment says about the places; nothing if it is to be ignored.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    pub home: Option<OsString>,
    pub python_path: Option<OsString>,
    /// The shell's `PATH`.
    pub path: Option<OsString>,
}

const VERSION_FOLDER: &str = "lib/python3.14";
/// A file that the standard library of every Python has.
const LANDMARK: &str = "os.py";
/// A file that only our library has: a tree of CPython beside the executable is not taken.
const OWN_LANDMARK: &str = "_taipan_library.py";

/// Finds the places for a program started as `program`.
pub fn discover(program: &OsStr, environment: &Environment) -> Paths {
    let executable = find_executable(program, environment.path.as_deref());
    let mut paths = Paths { base_executable: executable.clone(), ..Paths::default() };
    let venv = virtual_environment(&executable);
    let real = executable.canonicalize().unwrap_or_else(|_| executable.clone());
    if let Some((_, home)) = &venv {
        paths.base_executable = base_executable(&executable, &real, home);
    }
    let beside = parent_of_folder(&paths.base_executable);
    let base_prefix = match &environment.home {
        Some(home) => {
            let mut parts = home.as_bytes().splitn(2, |b| *b == b':');
            let prefix = PathBuf::from(OsStr::from_bytes(parts.next().unwrap_or_default()));
            paths.base_exec_prefix =
                parts.next().map_or(prefix.clone(), |part| PathBuf::from(OsStr::from_bytes(part)));
            paths.is_embedded = !prefix.join(VERSION_FOLDER).join(LANDMARK).is_file();
            prefix
        }
        None => {
            let candidates = [beside, parent_of_folder(&real)];
            let found = candidates.iter().find(|p| p.join(VERSION_FOLDER).join(OWN_LANDMARK).is_file());
            paths.is_embedded = found.is_none();
            let prefix = found.unwrap_or(&candidates[1]).clone();
            paths.base_exec_prefix = prefix.clone();
            prefix
        }
    };
    paths.stdlib = base_prefix.join(VERSION_FOLDER);
    paths.home = environment.home.clone();
    paths.search = search_path(&base_prefix, &paths, environment.python_path.as_deref());
    (paths.prefix, paths.exec_prefix) = match venv {
        Some((folder, _)) => (folder.clone(), folder),
        None => (base_prefix.clone(), paths.base_exec_prefix.clone()),
    };
    paths.base_prefix = base_prefix;
    paths.executable = executable;
    paths
}

fn search_path(prefix: &Path, paths: &Paths, python_path: Option<&OsStr>) -> Vec<OsString> {
    let mut search = Vec::new();
    if let Some(given) = python_path.filter(|p| !p.is_empty()) {
        search.extend(given.as_bytes().split(|b| *b == b':').map(|part| OsString::from_vec(part.to_vec())));
    }
    search.push(prefix.join("lib/python314.zip").into_os_string());
    search.push(paths.stdlib.clone().into_os_string());
    if !paths.is_embedded {
        search.push(paths.stdlib.join("lib-dynload").into_os_string());
    }
    search
}

/// The absolute path of the program, links not resolved.
fn find_executable(program: &OsStr, path: Option<&OsStr>) -> PathBuf {
    if program.as_bytes().contains(&b'/') {
        return absolute(Path::new(program));
    }
    for folder in path.map(std::env::split_paths).into_iter().flatten() {
        let candidate = folder.join(program);
        if !program.is_empty() && is_executable(&candidate) {
            return absolute(&candidate);
        }
    }
    std::env::current_exe().unwrap_or_default()
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// The path from the root, `.` and `..` taken out.
fn absolute(path: &Path) -> PathBuf {
    let joined = match path.is_absolute() {
        true => path.to_path_buf(),
        false => std::env::current_dir().unwrap_or_default().join(path),
    };
    let mut result = PathBuf::new();
    for part in joined.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// The folder above the one that a file is in.
fn parent_of_folder(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new("/"));
    folder.parent().unwrap_or(folder).to_path_buf()
}

/// The folder of the virtual environment that an executable belongs to, and what its `home` key says.
fn virtual_environment(executable: &Path) -> Option<(PathBuf, PathBuf)> {
    let folder = executable.parent()?;
    for place in [Some(folder), folder.parent()].into_iter().flatten() {
        let Ok(text) = std::fs::read(place.join("pyvenv.cfg")) else { continue };
        let text = String::from_utf8_lossy(&text);
        for line in text.lines() {
            if let Some((key, value)) = line.split_once('=')
                && key.trim().eq_ignore_ascii_case("home")
            {
                return Some((place.to_path_buf(), PathBuf::from(value.trim())));
            }
        }
        return None;
    }
    None
}

/// The executable that a virtual environment was made from.
fn base_executable(executable: &Path, real: &Path, home: &Path) -> PathBuf {
    if let Some(name) = executable.file_name() {
        let same_name = home.join(name);
        if same_name.exists() && same_name != executable {
            return same_name;
        }
    }
    if real.parent() == home.canonicalize().ok().as_deref()
        && let Some(name) = real.file_name()
    {
        return home.join(name);
    }
    let ours = home.join("taipan");
    if ours.exists() { ours } else { real.to_path_buf() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out_of_paths() {
        assert_eq!(absolute(Path::new("/a/./b/../c")), PathBuf::from("/a/c"));
        assert_eq!(parent_of_folder(Path::new("/usr/bin/taipan")), PathBuf::from("/usr"));
    }

    #[test]
    fn python_path_comes_before_the_library() {
        let paths = Paths { stdlib: "/p/lib/python3.14".into(), is_embedded: true, ..Paths::default() };
        let found = search_path(Path::new("/p"), &paths, Some(OsStr::new("/x:/y")));
        assert_eq!(found, ["/x", "/y", "/p/lib/python314.zip", "/p/lib/python3.14"]);
    }
}
