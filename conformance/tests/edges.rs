//! The rooms know each other only along the edges that ARCHITECTURE.md allows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Room, and the rooms it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("ir", &[]),
    ("frontend", &["ir"]),
    ("runtime", &["ir"]),
    ("interp", &["ir", "runtime"]),
    ("jit", &["ir", "runtime"]),
    ("stdlib", &["ir", "frontend", "runtime"]),
    ("conformance", &["frontend", "ir", "jit"]),
    (".", &["ir", "frontend", "runtime", "interp", "jit", "stdlib"]),
];

/// Dependencies of a manifest that are rooms, from its `NAME.workspace = true` lines.
fn rooms_named_in(manifest: &str, rooms: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut section = "";
    let mut found = BTreeSet::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or("");
        if section.contains("dependencies") && !section.starts_with("[workspace") && rooms.contains(name) {
            found.insert(name.to_string());
        }
    }
    found
}

#[test]
fn only_allowed_edges() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let rooms: BTreeSet<&str> = ALLOWED.iter().map(|(room, _)| *room).collect();
    let mut wrong = BTreeMap::new();
    for (room, allowed) in ALLOWED {
        let path = root.join(room).join("Cargo.toml");
        let manifest = std::fs::read_to_string(&path).expect("every room has a manifest");
        let found = rooms_named_in(&manifest, &rooms);
        let extra: Vec<String> = found.into_iter().filter(|name| !allowed.contains(&name.as_str())).collect();
        if !extra.is_empty() {
            wrong.insert(*room, extra);
        }
    }
    assert!(wrong.is_empty(), "edges that ARCHITECTURE.md does not allow: {wrong:?}");
}

#[test]
fn all_rooms_are_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest");
    let members = manifest.lines().find(|line| line.starts_with("members")).expect("members are on one line");
    for member in members.split('"').skip(1).step_by(2) {
        assert!(ALLOWED.iter().any(|(room, _)| *room == member), "{member} has no row in ALLOWED");
    }
}
