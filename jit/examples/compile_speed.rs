//! What compiling a trace costs: microseconds a trace and an instruction, for loops of several lengths; the first compilation
//! alone. With `--code`, the code of the shortest loop.
//!
//! `cargo run --release -p taipan-jit --example compile_speed`

use jit::backend::{Care, Compiler, Surroundings, Trampolines, sites};
use jit::ir::text::parse;
use jit::ir::verify::{Form, verify};
use std::cell::Cell;
use std::time::Instant;

/// A loop over `copies` times: a guarded load from a list, int and float arithmetic, an attribute that is updated.
fn text(copies: usize) -> String {
    let mut text = String::from(
        "%l: value = LoadSlot 0
         GuardType %l @0x1000 !0
         %lp: pointer = Address %l
         %o: value = LoadSlot 1
         GuardType %o @0x2000 !0
         %op: pointer = Address %o
         %s0: value = LoadSlot 2
         GuardFloat %s0 !0
         %s: float = UnboxFloat %s0
         Loop
         %i0: int = Phi 0 %iN
         %f0: float = Phi %s %fN
         %t0: int = Phi 1 %tN\n",
    );
    let mut snapshots = String::from("snapshot pc 0\n");
    for k in 0..copies {
        let n = if k + 1 == copies { "N".to_string() } else { (k + 1).to_string() };
        text += &format!(
            "%len{k}: int = LoadField ListLength %lp
             %c{k}: bool = LtUnsigned %i{k} %len{k}
             GuardTrue %c{k} !{s0}
             %items{k}: pointer = LoadField ListItems %lp
             %w{k}: value = LoadItem ListItem %items{k} %i{k}
             GuardFloat %w{k} !{s1}
             %x{k}: float = UnboxFloat %w{k}
             %y{k}: float = MulFloat %x{k} 2.5
             %f{n}: float = AddFloat %f{k} %y{k}
             %p{k}: bool = LtFloat 0.0 %x{k}
             GuardTrue %p{k} !{s1}
             %m{k}: int = Modulo %i{k} 7
             %q{k}: int = MulChecked %m{k} %t{k} !{s1}
             %t{n}: int = AddInt %q{k} 3
             CheckInt %t{n} !{s1}
             %a{k}: value = LoadOffset 24 %op
             GuardInt %a{k} !{s2}
             %b{k}: int = UnboxInt %a{k}
             %d{k}: int = AddInt %b{k} 1
             CheckInt %d{k} !{s2}
             %e{k}: value = BoxInt %d{k}
             StoreOffset 24 %op %e{k}
             %i{n}: int = AddInt %i{k} 1\n",
            s0 = 3 * k + 1,
            s1 = 3 * k + 2,
            s2 = 3 * k + 3,
        );
        snapshots += &format!(
            "snapshot pc {k} slots 3=%i{k} 4=%f{k} 5=%t{k}
             snapshot pc {k} slots 3=%i{k} 4=%f{k} 5=%t{k} 6=%w{k}
             snapshot pc {k} slots 3=%i{k} 4=%f{n} 5=%t{n} 6=%w{k} 7=%m{k}\n"
        );
    }
    text + "GuardPoll !0\nRepeat\n" + &snapshots
}

fn main() {
    let shows_code = std::env::args().any(|a| a == "--code");
    let started = Instant::now();
    let mut compiler = Compiler::new().expect("this machine has a backend");
    println!("compiler made in {:?}", started.elapsed());
    let started = Instant::now();
    let thunks = Trampolines::new().expect("this machine has a backend").thunks;
    println!("trampolines made in {:?}", started.elapsed());
    for copies in [1, 2, 4, 10, 30] {
        let trace = parse(&text(copies)).expect("the text is right");
        verify(&trace, Form::Optimised).expect("the trace is well formed");
        let cells = vec![Cell::new(0); 1000];
        let sites = sites(&trace);
        let surroundings = Surroundings {
            number: 1,
            sites: &sites,
            exit_cells: cells.as_ptr(),
            own_entry: cells.as_ptr(),
            entry_cell: &|_| None,
            native: compiler.native_convention(),
            thunks,
            can_round: compiler.can_round(),
            forced_exits: 0,
            countdown: None,
        };
        if shows_code && copies == 1 {
            let (ir, assembly) =
                compiler.describe(&trace, &surroundings, Care::Careful).expect("it compiles");
            println!("{ir}{assembly}");
        }
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..400 / copies {
            let started = Instant::now();
            bytes = compiler.compile(&trace, &surroundings, Care::Careful).expect("it compiles").len();
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
        let first = times[0];
        times.sort_by(f64::total_cmp);
        let (least, median, count) = (times[0], times[times.len() / 2], trace.instructions.len());
        println!(
            "{count:4} instructions, {:3} exits, {bytes:6} bytes: first {first:7.1} us, least {least:7.1}, median {median:7.1}; \
             {:.2} us an instruction",
            sites.len(),
            least / count as f64
        );
    }
}
