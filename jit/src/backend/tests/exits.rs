//! Exits: many values, windows, raising calls, side traces, links.

use super::{PUSHED, STEP, int, number, with_rig};
use crate::context::ExitCode;
use crate::ir::text::parse;
use runtime::objects::list::List;
use runtime::trace_interface::Action;
use runtime::value::{Ref, Value};

#[test]
fn many_values_leave_through_shared_blocks() {
    with_rig(|rig| {
        let mut text = String::new();
        for i in 0..20 {
            text += &format!("%v{i}: value = LoadSlot {i}\n");
        }
        for i in 0..10 {
            text += &format!("%i{i}: int = UnboxInt %v{i}\n%f{i}: float = UnboxFloat %v{}\n", i + 10);
        }
        for i in 0..10 {
            text += &format!("%c{i}: bool = LtInt %i{i} 100\nGuardTrue %c{i} !{i}\n");
            text += &format!("%d{i}: bool = LtFloat %f{i} 100.0\nGuardTrue %d{i} !{i}\n");
        }
        text += "Exit !9\n";
        for i in 0..10 {
            // Exits of few shapes, the order of slots mixed.
            let slots: Vec<String> = (0..=i)
                .map(|k| format!("{}=%f{k} {}=%i{} {}=%c{k}", 20 + 3 * k, 21 + 3 * k, 9 - k, 22 + 3 * k))
                .collect();
            let most = if i % 2 == 0 { slots.len() } else { slots.len() - 1 };
            text += &format!("snapshot pc {i} slots {}\n", slots[..most.max(1)].join(" "));
        }
        let trace = rig.add(&text);
        let mut slots: Vec<Value> = (0..10).map(int).chain((0..10).map(|i| number(f64::from(i)))).collect();
        assert_eq!(rig.compare(trace, &slots), 20);
        for i in 0..20 {
            let kept = slots[i];
            slots[i] = if i < 10 { int(100) } else { number(1e9) };
            assert_eq!(rig.compare(trace, &slots), 2 * (i % 10) + i / 10);
            slots[i] = kept;
        }
    });
}

#[test]
fn windows_become_frames() {
    with_rig(|rig| {
        let trace = rig.add(
            "%f: value = LoadSlot 0
             %g: value = LoadSlot 1
             IncRef %g
             %d: value = LoadSlot 2
             Exit !0
             window code=#None base=0 size=8 locals=2 return=0 call=0
             window code=#None base=8 size=4 locals=2 return=3 call=11
             window code=#None base=12 size=4 locals=2 return=1 call=22
             snapshot pc 33 windows 1(%f) 2(+%g) slots 8=1 12=2.5 13=#None drops %d",
        );
        let objects: Vec<Ref> = (0..3).map(|_| List::from_refs(Vec::new())).collect();
        let count = |i: usize| objects[i].header().unwrap().refcount();
        let given = objects[2].clone().into_value();
        let taken = rig.enter(trace, &[*objects[0], *objects[1], given]);
        assert_eq!(taken.action, Action::Reload);
        assert_eq!(rig.pc(), 33);
        let pushed = PUSHED.with(|p| std::mem::take(&mut *p.borrow_mut()));
        let base = rig.slots.as_ptr() as usize;
        let seen: Vec<_> = pushed
            .iter()
            .map(|p| (p.function.value(), (p.registers as usize - base) / 8, p.return_register, p.caller_pc))
            .collect();
        assert_eq!(seen, [(*objects[0], 8, 3, 11), (*objects[1], 12, 1, 22)]);
        assert_eq!((count(0), count(1), count(2)), (2, 2, 1));
        assert_eq!(rig.slots[12..14], [number(2.5), Value::NONE]);
        drop(pushed);
        assert_eq!((count(0), count(1)), (1, 1));
    });
}

#[test]
fn a_call_that_raises_leaves_to_unwind() {
    with_rig(|rig| {
        let trace = rig.add(
            "%0: value = LoadSlot 0
             %a: float = UnboxFloat %0
             SavePc 4
             SavePc 5 @0x30
             %r: value = Call FloatPower %a -1.0 !0
             Exit !1
             snapshot pc 5 slots 1=%a
             snapshot pc 6 slots 1=+%r",
        );
        let taken = rig.enter(trace, &[number(2.0)]);
        assert_eq!((taken.action, taken.code.exit, rig.slots[1]), (Action::Reload, 1, number(0.5)));
        let taken = rig.enter(trace, &[number(0.0)]);
        assert_eq!((taken.action, taken.code.exit, rig.pc()), (Action::Raised, 0, 5));
        assert!(rig.thread.has_raised());
        drop(rig.thread.take_raised());
    });
}

#[test]
fn steps_and_real_frames() {
    with_rig(|rig| {
        let trace = rig.add(
            "%f: value = LoadSlot 0
             IncRef %f
             PushFrame 1 %f
             Step 9 10 !0
             PopFrame 1
             Exit !1
             window code=#None base=0 size=8 locals=2 return=0 call=0
             window code=#None base=8 size=4 locals=2 return=3 call=11
             snapshot memory
             snapshot pc 12",
        );
        let object = List::from_refs(Vec::new());
        STEP.set(10);
        let taken = rig.enter(trace, &[*object]);
        assert_eq!((taken.action, taken.code.exit, rig.pc()), (Action::Reload, 1, 12));
        STEP.set(-1);
        let taken = rig.enter(trace, &[*object]);
        assert_eq!((taken.action, taken.code.exit, rig.pc()), (Action::Reload, 0, 9));
        let pushed = PUSHED.with(|p| std::mem::take(&mut *p.borrow_mut()));
        assert_eq!(pushed.iter().map(|p| p.caller_pc).collect::<Vec<_>>(), [11, 11]);
    });
}

const COUNTING: &str = "
    %0: value = LoadSlot 0
    GuardInt %0 !0
    %n: int = UnboxInt %0
    Loop
    %i: int = Phi %n %next
    %f: float = Phi 1.0 %g
    %even: int = AndInt %i 1
    %c: bool = EqInt %even 0
    GuardTrue %c !1
    %d: bool = LtInt %i 10
    GuardTrue %d !2
    %next: int = AddInt %i 2
    %g: float = AddFloat %f 1.0
    Repeat
    snapshot pc 1
    snapshot pc 2 slots 0=%i 1=%f
    snapshot pc 3 slots 0=%i 1=%f";

#[test]
fn a_side_trace_takes_over_an_exit_and_links_back() {
    with_rig(|rig| {
        let root = rig.add(COUNTING);
        let odd = ExitCode { trace: root, exit: 1 };
        assert_eq!(rig.enter(root, &[int(1)]).code, odd);
        assert_eq!(rig.enter(root, &[int(1)]).count, 2);
        // The exit saves %i and %f; the side trace makes it even and goes back.
        let side = rig.add(&format!(
            "%i: int = Import 0
             %f: float = Import 1
             %j: int = AddInt %i 1
             %w: value = BoxInt %j
             StoreSlot 0 %w
             %h: bool = LtFloat %f 100.0
             GuardTrue %h !0
             Link {root} 0
             snapshot pc 8 slots 1=%f"
        ));
        rig.registry.attach(odd, side);
        let taken = rig.enter(root, &[int(1)]);
        assert_eq!(taken.code, ExitCode { trace: root, exit: 2 });
        assert_eq!((rig.slots[0], rig.slots[1], rig.pc()), (int(10), number(5.0), 3));
        // Detached or invalid, it is not taken any more.
        rig.registry.detach(odd);
        assert_eq!(rig.enter(root, &[int(1)]).code, odd);
        rig.registry.attach(odd, side);
        rig.registry.invalidate(side);
        assert_eq!(rig.enter(root, &[int(1)]).code, odd);
    });
}

#[test]
fn a_link_to_an_invalid_trace_leaves_at_its_start() {
    with_rig(|rig| {
        let target = rig.add(COUNTING);
        let from = rig.add(&format!("StoreSlot 3 #2\nLink {target} 3"));
        let taken = rig.enter(from, &[]);
        assert_eq!((taken.code.trace, taken.code.exit), (target, 2));
        assert_eq!(rig.slots[3..5], [int(10), number(5.0)]);
        rig.registry.invalidate(target);
        let taken = rig.enter(from, &[]);
        assert_eq!(taken.code, ExitCode { trace: target, exit: ExitCode::ENTRY });
        assert_eq!((taken.action, rig.pc(), rig.slots[3]), (Action::Reload, 77, int(2)));
    });
}

#[test]
fn what_lies_where_a_renewed_trace_once_was_stays_attached() {
    with_rig(|rig| {
        let first = rig.add(COUNTING);
        // The tree has grown, and its first code is given back.
        rig.registry.supersede(first, parse(COUNTING).unwrap()).unwrap();
        let side = rig.add(COUNTING);
        let other = rig.add(COUNTING);
        let odd = ExitCode { trace: other, exit: 1 };
        assert_eq!(rig.enter(other, &[int(1)]).code, odd);
        rig.registry.attach(odd, side);
        let renewed = rig.registry.renew(first, parse(COUNTING).unwrap()).unwrap();
        assert_eq!(rig.enter(other, &[int(1)]).code.trace, side);
        let from = rig.add(&format!("Link {first} 0"));
        assert_eq!(rig.enter(from, &[int(2)]).code.trace, renewed);
    });
}

#[test]
fn freed_traces_give_their_code_back() {
    with_rig(|rig| {
        let number = rig.add(COUNTING);
        assert!(rig.registry.code_bytes() > 0);
        rig.registry.free(number);
        assert_eq!(rig.registry.code_bytes(), 0);
        assert!(rig.registry.get(number).is_none());
        let again = rig.add(COUNTING);
        assert_eq!(rig.enter(again, &[int(4)]).code.exit, 2);
    });
}
