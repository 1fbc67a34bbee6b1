//! Grammars as data, random derivations, and their shrinking as a proptest strategy.
//!
//! A derivation is a tree; shrinking takes derivations of repetitions out, replaces a derivation by a smaller one of the same
//! rule that it contains, or by the shortest that the rule has. Whole parts go first.

use proptest::prelude::Rng;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::HashMap;

/// Deeper derivations take the shortest ways out.
const DEPTH: u32 = 22;
/// How much deeper an expression in an expression is.
const EXPRESSION: u32 = 5;
/// Nodes after which all derivations do.
const SIZE: u32 = 2500;
/// The most derivations of a repetition.
const MOST_REPEATED: usize = 5;

#[derive(Debug)]
enum Part {
    Text(String),
    /// The alternative's own number.
    Number,
    Rule(usize),
    /// Some derivations, one a line.
    Some(usize),
}

#[derive(Debug)]
struct Alternative {
    weight: u32,
    parts: Vec<Part>,
    /// Depth of its shallowest derivation.
    depth: u32,
}

#[derive(Debug)]
pub struct Grammar {
    rules: Vec<Vec<Alternative>>,
    /// How much deeper each makes a derivation.
    costs: Vec<u32>,
    start: usize,
}

impl Grammar {
    /// Reads a grammar; `grammar.txt` says what it looks like.
    pub fn parse(text: &str) -> Grammar {
        let mut numbers = HashMap::new();
        let mut costs = Vec::new();
        for name in text.lines().filter_map(|line| line.strip_prefix("== ")) {
            let number = numbers.len();
            let (name, is_expression) = match name.strip_suffix(" (expression)") {
                Some(name) => (name, true),
                None => (name, false),
            };
            costs.push(if is_expression { EXPRESSION } else { 1 });
            assert!(numbers.insert(name, number).is_none(), "two rules {name}");
        }
        let mut rules: Vec<Vec<String>> = Vec::new();
        for line in text.lines() {
            if line.starts_with("== ") {
                rules.push(Vec::new());
            } else if let Some(rule) = rules.last_mut() {
                match rule.last_mut() {
                    _ if line.starts_with(|c: char| c.is_ascii_digit()) => rule.push(line.to_string()),
                    Some(last) => *last += &format!("\n{line}"),
                    None => (),
                }
            }
        }
        let alternative = |text: &String| {
            let (weight, text) = text.split_once(' ').expect("a weight");
            // An empty line, and what may stand in front of the next rule, ends it.
            let text = text.split("\n\n").next().unwrap_or("").trim_end();
            Alternative {
                weight: weight.parse().expect("a weight"),
                parts: parts(text, &numbers),
                depth: u32::MAX,
            }
        };
        let rules = rules.iter().map(|rule| rule.iter().map(alternative).collect()).collect();
        let mut grammar = Grammar { rules, costs, start: numbers["program"] };
        grammar.measure();
        grammar
    }

    fn rule_depth(&self, rule: usize) -> u32 {
        self.rules[rule].iter().map(|a| a.depth).min().unwrap_or(u32::MAX)
    }

    fn measure(&mut self) {
        loop {
            let mut changed = false;
            for rule in 0..self.rules.len() {
                for index in 0..self.rules[rule].len() {
                    let deepest = self.rules[rule][index].parts.iter().map(|part| match part {
                        Part::Rule(rule) => self.rule_depth(*rule),
                        _ => 0,
                    });
                    let depth = deepest.max().unwrap_or(0).saturating_add(1);
                    changed |= depth < self.rules[rule][index].depth;
                    self.rules[rule][index].depth = depth;
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn derive(&self, rule: usize, depth: u32, size: &mut u32, random: &mut impl Rng) -> Node {
        *size += 1;
        let least = self.rule_depth(rule);
        let is_over = depth > DEPTH || *size > SIZE;
        let allowed: Vec<usize> =
            (0..self.rules[rule].len()).filter(|i| !is_over || self.rules[rule][*i].depth == least).collect();
        let total: u32 = allowed.iter().map(|i| self.rules[rule][*i].weight).sum();
        let mut chosen = random.next_u32() % total;
        let weight = |i: usize| self.rules[rule][i].weight;
        let mut places = allowed.iter().copied();
        let alternative = places
            .find(|i| {
                let is_it = chosen < weight(*i);
                chosen = chosen.saturating_sub(weight(*i));
                is_it
            })
            .expect("weights add up");
        let number = *size;
        let mut children = Vec::new();
        for part in &self.rules[rule][alternative].parts {
            match part {
                Part::Text(_) | Part::Number => (),
                Part::Rule(rule) => {
                    children.push(vec![self.derive(*rule, depth + self.costs[*rule], size, random)])
                }
                Part::Some(rule) => {
                    let count = if is_over { 0 } else { 1 + random.next_u32() as usize % MOST_REPEATED };
                    let one = |_| self.derive(*rule, depth + self.costs[*rule], size, random);
                    children.push((0..count).map(one).collect());
                }
            }
        }
        Node { rule, alternative, number, children }
    }

    /// The first of a rule's shortest derivations.
    fn shortest(&self, rule: usize) -> Node {
        let least = self.rule_depth(rule);
        let alternative =
            self.rules[rule].iter().position(|a| a.depth == least).expect("each rule has a derivation");
        let parts = self.rules[rule][alternative].parts.iter();
        let children = parts.filter_map(|part| match part {
            Part::Text(_) | Part::Number => None,
            Part::Rule(rule) => Some(vec![self.shortest(*rule)]),
            Part::Some(_) => Some(Vec::new()),
        });
        Node { rule, alternative, number: 0, children: children.collect() }
    }

    fn render(&self, node: &Node) -> String {
        let mut text = String::new();
        let mut children = node.children.iter();
        for part in &self.rules[node.rule][node.alternative].parts {
            match part {
                Part::Text(t) => text += t,
                Part::Number => text += &node.number.to_string(),
                Part::Rule(_) | Part::Some(_) => {
                    let nodes = children.next().expect("a child for each part");
                    let line = text.rsplit('\n').next().unwrap_or("");
                    let is_block = line.chars().all(|c| c == ' ');
                    let indent = if is_block { line.to_string() } else { String::new() };
                    let mut lines: Vec<String> = nodes.iter().map(|node| self.render(node)).collect();
                    if lines.is_empty() {
                        lines.push("pass".to_string());
                    }
                    text += &lines.join("\n").replace('\n', &format!("\n{indent}"));
                }
            }
        }
        text
    }
}

fn parts(text: &str, numbers: &HashMap<&str, usize>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(more) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            // Of three in a row, the outer one is the brace.
            let is_inner = first == '}' && plain.is_empty() && rest.starts_with("}}}");
            debug_assert!(!is_inner);
            plain.push(first);
            rest = more;
        } else if first == '{' {
            let (name, more) = rest[1..].split_once('}').expect("a closing brace");
            rest = more;
            parts.push(Part::Text(std::mem::take(&mut plain)));
            let number = |name: &str| *numbers.get(name).unwrap_or_else(|| panic!("no rule {name}"));
            parts.push(match name.strip_suffix('*') {
                _ if name == "#" => Part::Number,
                Some(name) => Part::Some(number(name)),
                None => Part::Rule(number(name)),
            });
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    parts.push(Part::Text(plain));
    parts
}

/// A derivation.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    rule: usize,
    alternative: usize,
    number: u32,
    /// For each part that is derived.
    children: Vec<Vec<Node>>,
}

impl Node {
    fn size(&self) -> usize {
        1 + self.children.iter().flatten().map(Node::size).sum::<usize>()
    }
    /// The inner nodes of a rule that have no other of that rule above them.
    fn inner(&self, rule: usize) -> Vec<&Node> {
        let mut found = Vec::new();
        for child in self.children.iter().flatten() {
            if child.rule == rule { found.push(child) } else { found.extend(child.inner(rule)) }
        }
        found
    }
    /// The node in front of which `count` others come, counted from the top, level by level.
    fn paths(&self) -> Vec<Vec<(usize, usize)>> {
        let mut all = vec![Vec::new()];
        let mut at = 0;
        while at < all.len() {
            let path = all[at].clone();
            for (part, nodes) in self.at(&path).children.iter().enumerate() {
                for place in 0..nodes.len() {
                    all.push(path.iter().copied().chain([(part, place)]).collect());
                }
            }
            at += 1;
        }
        all
    }
    fn at(&self, path: &[(usize, usize)]) -> &Node {
        path.iter().fold(self, |node, (part, place)| &node.children[*part][*place])
    }
    fn at_mut(&mut self, path: &[(usize, usize)]) -> &mut Node {
        path.iter().fold(self, |node, (part, place)| &mut node.children[*part][*place])
    }
}

/// The strategy of all programs of a grammar.
#[derive(Debug)]
pub struct Programs<'a>(pub &'a Grammar);

impl<'a> Strategy for Programs<'a> {
    type Tree = Derivation<'a>;
    type Value = String;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let node = self.0.derive(self.0.start, 0, &mut 0, runner.rng());
        Ok(Derivation { grammar: self.0, node, before: None, place: 0, variant: 0, progress: false })
    }
}

/// A derivation with its place in the search for smaller ones.
pub struct Derivation<'a> {
    grammar: &'a Grammar,
    node: Node,
    /// What it was before the last change.
    before: Option<Node>,
    /// The node to change next, and which change.
    place: usize,
    variant: usize,
    progress: bool,
}

impl Derivation<'_> {
    /// Makes the next change that there is.
    fn advance(&mut self) -> bool {
        loop {
            let paths = self.node.paths();
            let Some(path) = paths.get(self.place) else {
                if !self.progress {
                    return false;
                }
                (self.place, self.variant, self.progress) = (0, 0, false);
                continue;
            };
            let variant = self.variant;
            self.variant += 1;
            match self.changed(path, variant) {
                Some(changed) if changed == self.node => (),
                Some(changed) => {
                    self.before = Some(std::mem::replace(&mut self.node, changed));
                    return true;
                }
                None => (self.place, self.variant) = (self.place + 1, 0),
            }
        }
    }

    /// Change number `variant` at a node; `None` if it has no more.
    fn changed(&self, path: &[(usize, usize)], variant: usize) -> Option<Node> {
        let node = self.node.at(path);
        let mut changed = self.node.clone();
        let is_repeated = path.last().is_some_and(|(part, _)| {
            let parent = self.node.at(&path[..path.len() - 1]);
            let parts = &self.grammar.rules[parent.rule][parent.alternative].parts;
            matches!(
                parts.iter().filter(|p| matches!(p, Part::Rule(_) | Part::Some(_))).nth(*part),
                Some(Part::Some(_))
            )
        });
        if variant == 0 {
            if is_repeated && let Some(((part, place), above)) = path.split_last() {
                changed.at_mut(above).children[*part].remove(*place);
            }
            return Some(changed);
        }
        if variant == 1 {
            let shortest = self.grammar.shortest(node.rule);
            if shortest.size() < node.size()
                || shortest.size() == node.size() && shortest.alternative < node.alternative
            {
                *changed.at_mut(path) = shortest;
            }
            return Some(changed);
        }
        let inner = node.inner(node.rule);
        *changed.at_mut(path) = (*inner.get(variant - 2)?).clone();
        Some(changed)
    }
}

impl ValueTree for Derivation<'_> {
    type Value = String;

    fn current(&self) -> String {
        self.grammar.render(&self.node) + "\n"
    }

    /// The last change left the failure in place.
    fn simplify(&mut self) -> bool {
        if self.before.take().is_some() {
            // The tree has other nodes now; the same place holds the next one.
            self.progress = true;
            self.variant = 0;
        }
        self.advance()
    }

    /// The last change took the failure away.
    fn complicate(&mut self) -> bool {
        if let Some(before) = self.before.take() {
            self.node = before;
        }
        self.advance()
    }
}

impl std::fmt::Debug for Derivation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.current())
    }
}
