//! Assembles stack bytecode from text: the input of the lowering filetests.
//!
//! The first line is `locals N stack N constants N names N`, optionally with `precise`. Then one instruction a line, with a
//! number or a label as its argument, labels on lines of their own, and `handler L1 L2 -> L3 depth N [lasti]`.

use std::collections::HashMap;

use ir::exceptiontable::{Entry, push_entry};
use ir::opcode::{Opcode, OpcodeFlags};
use ir::register::CodeView;

/// Assembled bytecode.
#[derive(Default)]
pub struct Assembly {
    pub code: Vec<u8>,
    pub exceptiontable: Vec<u8>,
    pub precise: bool,
    sizes: HashMap<String, usize>,
}

impl Assembly {
    pub fn view(&self) -> CodeView<'_> {
        let size = |key: &str| self.sizes.get(key).copied().unwrap_or(0);
        CodeView {
            code: &self.code,
            exceptiontable: &self.exceptiontable,
            nconsts: size("constants"),
            nnames: size("names"),
            nlocalsplus: size("locals"),
            stacksize: size("stack"),
        }
    }
}

/// Assembles; panics, naming the line, if the text is wrong.
pub fn assemble(text: &str) -> Assembly {
    let lines = || {
        text.lines().map(|line| line.split('#').next().unwrap_or("").trim()).filter(|line| !line.is_empty())
    };
    let mut assembly = Assembly::default();
    let mut header = lines().next().expect("a header").split_whitespace();
    while let Some(key) = header.next() {
        if key == "precise" {
            assembly.precise = true;
            continue;
        }
        assembly.sizes.insert(key.to_string(), header.next().and_then(|size| size.parse().ok()).expect(key));
    }
    let body = || lines().skip(1);
    let mut labels = HashMap::new();
    let mut unit = 0;
    for line in body() {
        if let Some(label) = line.strip_suffix(':') {
            labels.insert(label, unit);
        } else if !line.starts_with("handler") {
            unit += size(line);
        }
    }
    let mut unit = 0;
    for line in body().filter(|line| !line.ends_with(':')) {
        if let Some(handler) = line.strip_prefix("handler ") {
            push_entry(&mut assembly.exceptiontable, entry(handler, &labels));
        } else {
            unit += size(line);
            emit(&mut assembly.code, line, unit, &labels);
        }
    }
    assembly
}

fn split(line: &str) -> (Opcode, &str) {
    let (name, argument) = line.split_once(' ').unwrap_or((line, "0"));
    (Opcode::from_name(name).unwrap_or_else(|| panic!("no opcode in `{line}`")), argument.trim())
}

fn prefixes(argument: &str) -> usize {
    let number: u32 = argument.parse().unwrap_or(0);
    (1..4).filter(|byte| number >> (8 * byte) != 0).count()
}

fn size(line: &str) -> usize {
    let (opcode, argument) = split(line);
    1 + opcode.caches() + prefixes(argument)
}

fn emit(code: &mut Vec<u8>, line: &str, next: usize, labels: &HashMap<&str, usize>) {
    let (opcode, argument) = split(line);
    let number = match labels.get(argument) {
        Some(&target) if opcode.has(OpcodeFlags::JUMP) => {
            u32::try_from(target.abs_diff(next)).expect("a distance")
        }
        _ => argument.parse().unwrap_or_else(|_| panic!("bad argument in `{line}`")),
    };
    assert!(argument.parse::<u32>().is_ok() || number < 256, "jump too far in `{line}`");
    for byte in (1..=prefixes(argument)).rev() {
        code.extend([Opcode::EXTENDED_ARG.number() as u8, (number >> (8 * byte)) as u8]);
    }
    code.extend([opcode.number() as u8, number as u8]);
    code.resize(code.len() + 2 * opcode.caches(), 0);
}

fn entry(text: &str, labels: &HashMap<&str, usize>) -> Entry {
    let words: Vec<&str> = text.split_whitespace().collect();
    let offset = |label: &str| 2 * *labels.get(label).unwrap_or_else(|| panic!("no label {label}"));
    let [start, end, "->", target, "depth", depth, ref rest @ ..] = words[..] else {
        panic!("bad handler `{text}`")
    };
    Entry {
        start: offset(start),
        end: offset(end),
        target: offset(target),
        depth: depth.parse().expect("a depth"),
        lasti: rest == ["lasti"],
    }
}
