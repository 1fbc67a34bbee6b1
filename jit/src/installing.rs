//! From a finished recording to an installed trace: what is compiled alone, what waits for its tree, what starts where.

use crate::abort::Abort;
use crate::backend::CompileError;
use crate::budget::thread_time;
use crate::context::ExitCode;
use crate::driver::{Driver, Kin, Recording, install_at};
use crate::ir::Op;
use crate::ir::trace::Origin;
use crate::ir::verify::{Form, verify};
use crate::optimise::{self, Failure, Outcome, Passes};
use crate::record::{Anchor, Recorder};
use crate::registry::Compiled;
use crate::trees::Tree;
use runtime::frame::Frame;
use runtime::trace_interface::host;
use std::time::Instant;

/// Instructions in the longest trace of a function that is followed rather than called.
const MOST_INLINED: usize = 300;
/// Instructions of a recording, optimised, that is worth compiling.
const MOST_INSTRUCTIONS: usize = 8000;

/// Whether a function whose trace has such an instruction is better called than followed.
fn is_heavy(op: Op) -> bool {
    matches!(op, Op::CallTrace | Op::CallItself | Op::Link | Op::Loop)
}

impl Driver {
    /// A recording is complete. What is left of it is given back.
    pub fn finish(&mut self, recording: Recording, frame: &Frame) -> Recorder {
        let Recording { mut recorder, started, .. } = recording;
        self.counters.recorded_instructions += u64::from(recorder.length);
        self.counters.recording_nanoseconds += started.elapsed().as_nanos() as u64;
        let started = thread_time();
        let taken = self.take_in(&mut recorder, frame);
        self.budget.spent += thread_time().saturating_sub(started);
        match taken {
            Ok(()) => self.budget.spent += self.recording_cost(&recorder),
            Err(abort) => self.aborted(&recorder, abort),
        }
        recorder
    }

    fn take_in(&mut self, recorder: &mut Recorder, frame: &Frame) -> Result<(), Abort> {
        let share = self.parameters.step_share;
        if share > 0 && recorder.steps * share > recorder.length {
            return Err(Abort::TooManySteps);
        }
        if recorder.is_tiny_function(self.parameters.shortest_function) {
            return Err(Abort::TooShort);
        }
        let calls = |recorder: &Recorder| recorder.trace.instructions.iter().any(|i| is_heavy(i.op));
        if recorder.entry.is_some() && self.parameters.is_short(recorder.length) && !calls(recorder) {
            return Err(Abort::ShortPath);
        }
        self.log.recorded(recorder);
        let Some((parent, exit)) = recorder.parent else {
            if !self.root_is_due(recorder) {
                self.log.early(recorder);
                return Ok(());
            }
            return self.add_root(recorder, frame);
        };
        let up = self.kin.get(&parent).copied();
        let up = up.unwrap_or(Kin {
            anchor: recorder.anchor,
            root: parent,
            depth: 0,
            tree: parent,
            drained: false,
        });
        let place = self.exit(parent, exit);
        let tree = self.trees.get(&up.tree);
        let takes = |(place, tree): (_, &Tree)| tree.current == parent && tree.takes(place, &recorder.trace);
        let is_merged = place.zip(tree).is_some_and(takes);
        let calls_itself = |trace: &Compiled| trace.trace.instructions.iter().any(|i| i.op == Op::CallItself);
        let parent_trace = self.registry.as_ref().and_then(|registry| registry.get(parent));
        if !is_merged && parent_trace.is_some_and(|trace| calls_itself(&trace)) {
            // A side of its own would take its callers' frames to be made.
            return Err(Abort::TooLong);
        }
        if let Some(place) = place.filter(|_| !is_merged)
            && !self.side_is_due(up, place, recorder)
        {
            self.log.early(recorder);
            return Ok(());
        }
        *self.sides.entry(up.root).or_default() += 1;
        self.counters.sides += 1;
        if let (Some(host), Some(edge)) = (host(), recorder.back_edge) {
            install_at(host.pc_at(frame, edge), up.root);
        }
        if let (true, Some(place), Some(tree)) = (is_merged, place, self.trees.get_mut(&up.tree)) {
            self.log.waits(recorder);
            let cost = self.parameters.exit_cost(recorder.length);
            let taken = self.parameters.exit_threshold;
            tree.add(place, std::mem::take(&mut recorder.trace), recorder.leaves_loop, cost, taken);
            return Ok(());
        }
        self.add_side(recorder, up, ExitCode { trace: parent, exit })
    }

    fn add_root(&mut self, recorder: &mut Recorder, frame: &Frame) -> Result<(), Abort> {
        let number = self.compile_alone(recorder, None)?;
        self.counters.roots += 1;
        self.place(recorder.anchor).stale = None;
        self.place(recorder.anchor).trace = Some(number);
        if let (Some(host), Some(edge)) = (host(), recorder.back_edge) {
            install_at(host.pc_at(frame, edge), number);
        }
        if let Some(entry) = recorder.entry {
            install_at(entry, number);
        }
        let drained = recorder.hands_over;
        let kin = Kin { anchor: recorder.anchor, root: number, depth: 0, tree: number, drained };
        self.own(number, kin);
        Ok(())
    }

    /// A side trace of its own.
    fn add_side(&mut self, recorder: &mut Recorder, up: Kin, from: ExitCode) -> Result<(), Abort> {
        let home = self.anchors.get(&recorder.anchor).and_then(|place| place.trace).unwrap_or(up.root);
        let number = self.compile_alone(recorder, Some(home))?;
        if let Some(registry) = &self.registry {
            registry.attach(from, number);
        }
        self.own(number, Kin { depth: up.depth + 1, tree: number, ..up });
        Ok(())
    }

    /// Compiles a recording, with which a tree begins.
    fn compile_alone(&mut self, recorder: &mut Recorder, home: Option<u32>) -> Result<u32, Abort> {
        let node = optimise::Node { recorded: &recorder.trace, parent: Origin::START, leaves_loop: false };
        let trace = self.optimise(vec![node], home, recorder.anchor, true)?.trace;
        if trace.instructions.len() > MOST_INSTRUCTIONS {
            return Err(Abort::TooLong);
        }
        let started = Instant::now();
        let registry = self.registry.as_ref().ok_or(Abort::NoMemory)?;
        let stale =
            self.anchors.get(&recorder.anchor).and_then(|place| place.stale).filter(|_| home.is_none());
        let added = match stale {
            Some(stale) => registry.renew(stale, trace),
            None => registry.add(trace, recorder.anchor.pc),
        };
        self.counters.compiling_nanoseconds += started.elapsed().as_nanos() as u64;
        let number = added.map_err(|error| self.refused(&error))?;
        self.log.compiled(recorder, number, registry);
        if let Some(compiled) = registry.get(number) {
            self.parameters.value(&compiled, recorder.length);
        }
        let length = registry.get(number).map_or(0, |compiled| compiled.trace.instructions.len());
        self.trees.insert(
            number,
            Tree::new(number, (std::mem::take(&mut recorder.trace), recorder.length), length, home),
        );
        if let Some(stale) = stale.and_then(|stale| self.kin.get(&stale)).map(|kin| kin.tree) {
            self.spent.extend(self.trees.remove(&stale));
        }
        Ok(number)
    }

    /// Compiles a tree anew, with the recordings that wait.
    pub fn grow(&mut self, kin: Kin) {
        let Some(mut tree) = self.trees.remove(&kin.tree) else { return };
        let started = thread_time();
        match self.compile_tree(&tree, kin.anchor) {
            Ok((number, merged)) => {
                let compiled = self.registry.as_ref().and_then(|registry| registry.get(number));
                if let Some(compiled) = &compiled {
                    self.parameters.value(compiled, tree.path);
                }
                let length = compiled.map_or(0, |compiled| compiled.trace.instructions.len());
                let fresh = tree.compiled(number, length, &merged);
                self.own(number, kin);
                if let (None, Some(place)) = (tree.home, self.anchors.get_mut(&kin.anchor))
                    && place.trace.is_some()
                {
                    place.trace = Some(number);
                }
                if let Some(registry) = &self.registry {
                    self.log.grown(kin.tree, number, fresh, &merged, registry);
                }
            }
            Err(abort) => {
                self.count_abort(abort);
                self.log.not_grown(kin.tree, abort);
                tree.failed();
            }
        }
        self.budget.spent += thread_time().saturating_sub(started);
        self.trees.insert(kin.tree, tree);
    }

    fn compile_tree(&mut self, tree: &Tree, anchor: Anchor) -> Result<(u32, Vec<bool>), Abort> {
        let Outcome { trace, merged } = self.optimise(tree.nodes(), tree.home, anchor, !tree.unlimited)?;
        let started = Instant::now();
        let registry = self.registry.as_ref().ok_or(Abort::NoMemory)?;
        let number = registry.supersede(tree.current, trace);
        self.counters.compiling_nanoseconds += started.elapsed().as_nanos() as u64;
        Ok((number.map_err(|error| self.refused(&error))?, merged))
    }

    /// Makes the code of a trace that has run for long anew, with more care.
    pub fn refine(&mut self, number: u32) {
        let Some(registry) = &self.registry else { return };
        let started = thread_time();
        match registry.refine(number) {
            Ok(()) => self.log.refined(number, registry),
            Err(error) => self.log.refused(&error),
        }
        let spent = thread_time().saturating_sub(started);
        self.counters.compiling_nanoseconds += spent;
        self.budget.spent += spent;
    }

    fn refused(&self, error: &CompileError) -> Abort {
        self.log.refused(error);
        Abort::Backend
    }

    fn optimise(
        &mut self,
        nodes: Vec<optimise::Node>,
        home: Option<u32>,
        anchor: Anchor,
        limits: bool,
    ) -> Result<Outcome, Abort> {
        let started = Instant::now();
        let passes = Passes { limits, ..self.parameters.passes };
        let outcome = optimise::optimise_tree(nodes, home, passes);
        self.counters.optimising_nanoseconds += started.elapsed().as_nanos() as u64;
        let outcome = outcome.map_err(|failure| match failure {
            Failure::Contradiction => Abort::Contradiction,
            Failure::UnstableLoop => Abort::UnstableLoop,
        })?;
        let trace = &outcome.trace;
        self.counters.optimised_instructions += trace.instructions.len() as u64;
        self.log.optimised(trace);
        if trace.instructions.len() > MOST_INLINED || trace.instructions.iter().any(|i| is_heavy(i.op)) {
            self.place(anchor).heavy = true;
        }
        if cfg!(debug_assertions)
            && let Err(message) = verify(trace, Form::Optimised)
        {
            panic!("the optimiser made a malformed trace: {message}\n{trace}");
        }
        Ok(outcome)
    }
}
