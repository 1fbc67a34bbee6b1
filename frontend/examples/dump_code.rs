//! Prints the code objects of files in the text form of the conformance probe, so that it can stand in for an
//! interpreter there: `dump_code PROBE LIST`, where LIST has lines "shown-name TAB path".

#[path = "../tests/common/code_text.rs"]
mod code_text;

use std::io::Write as _;

use code_text::{ascii, constant, hex, refused};
use frontend::compile::{CompileOptions, compile_source};
use frontend::parser::Mode;
use ir::code::Code;
use ir::wtf8::Wtf8;

fn main() -> std::io::Result<()> {
    let Some(list) = std::env::args().next_back() else { return Ok(()) };
    if list == "-VV" {
        println!("dump_code {:?}", std::time::SystemTime::now());
        return Ok(());
    }
    let mut output = std::io::stdout().lock();
    for line in std::fs::read_to_string(list)?.lines() {
        let Some((shown, path)) = line.split_once('\t') else { continue };
        let mut text = format!("F {}\n", ascii(&Wtf8::from(shown)));
        let source = std::fs::read(path)?;
        match compile_source(&source, &Wtf8::from(shown), Mode::Exec, CompileOptions::default()) {
            Ok(compiled) => dump(&compiled.code, "0", &mut text),
            Err(error) => refused(&error, &mut text),
        }
        text.push_str("D\n");
        output.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn dump(code: &Code, path: &str, text: &mut String) {
    text.push_str(&format!("C {path}\n"));
    let numbers = [
        ("co_argcount", code.argcount as i64),
        ("co_posonlyargcount", code.posonlyargcount as i64),
        ("co_kwonlyargcount", code.kwonlyargcount as i64),
        ("co_nlocals", code.nlocals() as i64),
        ("co_stacksize", code.stacksize as i64),
        ("co_flags", code.flags as i64),
        ("co_firstlineno", code.firstlineno as i64),
    ];
    for (field, value) in numbers {
        text.push_str(&format!("{field} {value}\n"));
    }
    text.push_str(&format!("co_name {}\nco_qualname {}\n", ascii(&code.name), ascii(&code.qualname)));
    let names: [(&str, Vec<&Wtf8>); 4] = [
        ("co_names", code.names.iter().collect()),
        ("co_varnames", code.varnames().collect()),
        ("co_freevars", code.freevars().collect()),
        ("co_cellvars", code.cellvars().collect()),
    ];
    for (field, names) in names {
        let quoted: Vec<String> = names.iter().map(|name| ascii(name)).collect();
        let comma = if quoted.len() == 1 { "," } else { "" };
        text.push_str(&format!("{field} ({}{comma})\n", quoted.join(", ")));
    }
    let tables = [
        ("co_code", &code.code),
        ("co_linetable", &code.linetable),
        ("co_exceptiontable", &code.exceptiontable),
    ];
    for (field, bytes) in tables {
        text.push_str(&format!("{field} {}\n", hex(bytes)));
    }
    let mut children = Vec::new();
    for value in &code.consts {
        let line = constant(value, &mut children);
        text.push_str(&format!("K {line}\n"));
    }
    for (i, child) in children.iter().enumerate() {
        dump(child, &format!("{path}.{i}"), text);
    }
}
