//! Recordings that start at an exit: they take over what the parent's snapshot describes.

use super::{Anchor, Lookup, OpenWindow, Recorder};
use crate::abort::Abort;
use crate::ir::trace::INSTANCE;
use crate::ir::{Constant, Instruction, Op, Reference, SnapshotId, Trace, Virtual, VirtualKind};
use runtime::frame::{Frame, FrameKind};
use runtime::objects::exceptions::is_exception_class;
use runtime::thread::Thread;
use runtime::trace_interface::{Helper, TraceHost};
use runtime::value::{Ref, Value};

impl Recorder {
    /// A recording that starts where an exit of a trace has just been taken: `root` is the frame that the parent was entered
    /// in, the running frame is the innermost of its snapshot's windows, all frames are rebuilt.
    pub fn at_exit(
        host: &'static dyn TraceHost,
        thread: &Thread,
        root: &Frame,
        parent: (&Trace, u32, u32, SnapshotId),
        held: &[Value],
        anchor: Anchor,
        lookup: Lookup,
    ) -> Result<Recorder, Abort> {
        let (trace, number, exit, snapshot) = parent;
        let mut recorder = Recorder::new(host, root, anchor, lookup)?;
        recorder.parent = Some((number, exit));
        recorder.import(thread, root, trace, snapshot, held)?;
        Ok(recorder)
    }

    /// Takes over the state that the parent's snapshot describes.
    fn import(
        &mut self,
        thread: &Thread,
        root: &Frame,
        parent: &Trace,
        id: SnapshotId,
        held: &[Value],
    ) -> Result<(), Abort> {
        let snapshot = &parent.snapshots[id.index()];
        if snapshot.in_memory {
            return Err(Abort::ExitInMemory);
        }
        let owned: Vec<Reference> = snapshot
            .entries
            .iter()
            .filter(|e| e.owned)
            .map(|e| e.value)
            .chain(snapshot.windows.iter().filter(|w| w.2).map(|w| w.1))
            .chain(snapshot.drops.iter().copied())
            .chain(snapshot.virtuals.iter().flat_map(|v| v.fields.iter().filter(|f| f.2).map(|f| f.1)))
            .collect();
        let mut imported = Vec::new();
        // In the order of slots: objects die in the order in which their owners were imported.
        let words = parent.live(id);
        for reference in parent.named(id) {
            let mut import = Instruction::new(Op::Import);
            import.ty = parent.type_of(reference);
            import.immediate = words.iter().position(|word| *word == reference).unwrap_or(0) as u32;
            if owned.contains(&reference) {
                import.c = self.trace.int(1);
            }
            imported.push((reference, self.trace.push(import)));
        }
        let mut tracebacks = Vec::new();
        for object in &snapshot.virtuals {
            if matches!(object.kind, VirtualKind::Traceback { .. }) {
                tracebacks.push(object);
                continue;
            }
            let made = self.import_object(&imported, parent, object);
            imported.push((object.value, made));
        }
        // The windows' frames, innermost last.
        let mut frames = Vec::new();
        let mut frame = thread.frame.get() as *const Frame;
        for _ in 0..snapshot.real.len() + snapshot.windows.len() {
            frames.push(frame);
            // SAFETY: rebuilt frames are on the thread's chain.
            frame = unsafe { (*frame).previous.get() };
        }
        let around = if self.in_generator { root.previous.get() as *const Frame } else { root };
        if !std::ptr::eq(frame, around) {
            return Err(Abort::LeftFrame);
        }
        frames.reverse();
        let inner = frames.split_off(snapshot.real.len());
        for (index, frame) in snapshot.real.iter().zip(frames) {
            let held = snapshot.held.iter().find(|h| h.window == *index && h.suspended.is_none());
            let generator = held.map(|h| self.imported(&imported, parent, h.generator));
            self.enter_real(parent, *index, frame, generator);
        }
        let at = Instruction { immediate: snapshot.pc, ..Instruction::new(Op::At) };
        for ((index, function, _), frame) in snapshot.windows.iter().zip(inner) {
            let mut window = parent.windows[*index as usize];
            let code = parent.as_constant(window.code).cloned();
            window.code = self.trace.constant(code.unwrap_or(Constant::Int(0)));
            let function = self.imported(&imported, parent, *function);
            // SAFETY: as above.
            let code = unsafe { (*frame).code.peek() };
            let instance = snapshot.entries.iter().find(|e| e.slot == INSTANCE | *index);
            let instance = instance.map(|e| self.imported(&imported, parent, e.value));
            let generator = window.is_generator().then(|| self.imported_generator(frame, &window, function));
            self.windows.push(OpenWindow {
                frame,
                base: window.base,
                locals: window.locals,
                code,
                function: if generator.is_some() { Reference::NONE } else { function },
                instance,
                generator,
                since: None,
            });
            self.trace.windows.push(window);
            let immediate = self.trace.windows.len() as u32 - 1;
            let b = instance.unwrap_or(Reference::NONE);
            self.trace.push(Instruction { a: function, b, immediate, ..Instruction::new(Op::Enter) });
        }
        for (known, object) in snapshot.held.iter().zip(held) {
            self.import_suspended(parent, known, *object, &imported);
        }
        for (slot, generator) in &snapshot.lent {
            let a = self.imported(&imported, parent, *generator);
            self.trace.push(Instruction { a, immediate: *slot, ..Instruction::new(Op::LentBy) });
        }
        for entry in snapshot.entries.iter().filter(|e| e.slot & INSTANCE == 0) {
            let value = self.imported(&imported, parent, entry.value);
            self.trace.push(Instruction {
                a: value,
                immediate: entry.slot,
                ..Instruction::new(Op::InitSlot)
            });
        }
        for object in tracebacks {
            self.import_traceback(&imported, parent, snapshot, object);
        }
        self.trace.push(at);
        self.reserve_room(snapshot.real.len());
        Ok(())
    }

    /// An object that is virtual in the parent starts its life here.
    fn import_object(
        &mut self,
        imported: &[(Reference, Reference)],
        parent: &Trace,
        object: &Virtual,
    ) -> Reference {
        let fields: Vec<(u32, Reference)> = object
            .fields
            .iter()
            .map(|(place, value, _)| (*place, self.imported(imported, parent, *value)))
            .collect();
        let items: Vec<Reference> = fields.iter().map(|f| f.1).collect();
        let (class, shape) = match object.kind {
            VirtualKind::Tuple => return self.call_helper(Helper::BuildTuple, &items),
            VirtualKind::List => return self.call_helper(Helper::BuildList, &items),
            VirtualKind::Slice => return self.call_helper(Helper::BuildSlice, &items),
            VirtualKind::RangeIterator => return self.call_helper(Helper::NewRangeIterator, &items),
            VirtualKind::Traceback { .. } => return Reference::NONE,
            VirtualKind::Instance { class, shape } => (self.imported(imported, parent, class), shape),
        };
        let is_exception = self
            .trace
            .as_constant(class)
            .is_some_and(|c| matches!(c, Constant::Value(v) if is_exception_class(**v)));
        let made = match parent.as_constant(shape).cloned() {
            Some(shape) if is_exception => {
                let shape = self.trace.constant(shape);
                self.call_helper(Helper::NewBlankException, &[class, shape])
            }
            Some(shape) => {
                let shape = self.trace.constant(shape);
                self.call_helper(Helper::NewShaped, &[class, shape])
            }
            None => self.call_helper(Helper::NewInstance, &[class]),
        };
        let address = self.emit(Op::Address, &[made]);
        for (offset, value) in fields.into_iter().filter(|field| !field.1.is_none()) {
            self.store_offset(address, offset as usize, value);
        }
        made
    }

    /// A window of the parent that is a frame already.
    fn enter_real(&mut self, parent: &Trace, index: u32, frame: *const Frame, generator: Option<Reference>) {
        let mut window = parent.windows[index as usize];
        let code = parent.as_constant(window.code).cloned();
        window.code = self.trace.constant(code.unwrap_or(Constant::Int(0)));
        // SAFETY: the frame is on the thread's chain.
        let (code, kind) = unsafe { ((*frame).code.peek(), (*frame).kind.get()) };
        let instance = (kind == FrameKind::Init).then_some(Reference::NONE);
        let null = self.trace.constant(Constant::Value(Ref::NULL));
        // A trace's own generator is one that it has not resumed.
        if let (true, Some(own)) = (self.windows.is_empty(), generator) {
            self.own_generator = own;
        }
        let generator_of = generator.filter(|_| !self.windows.is_empty());
        let window_of = generator_of.map(|reference| self.imported_generator(frame, &window, reference));
        self.windows.push(OpenWindow {
            frame,
            base: window.base,
            locals: window.locals,
            code,
            function: Reference::NONE,
            instance,
            generator: window_of,
            since: None,
        });
        self.trace.windows.push(window);
        let immediate = self.trace.windows.len() as u32 - 1;
        let (a, c) = (generator.unwrap_or(null), self.trace.int(1));
        self.trace.push(Instruction { a, c, immediate, ..Instruction::new(Op::Enter) });
    }

    pub fn imported(
        &mut self,
        imported: &[(Reference, Reference)],
        parent: &Trace,
        reference: Reference,
    ) -> Reference {
        match parent.as_constant(reference) {
            Some(constant) => self.trace.constant(constant.clone()),
            None => imported.iter().find(|i| i.0 == reference).map_or(Reference::NONE, |i| i.1),
        }
    }
}
