//! Replacement templates of `sub` and `expand`: what `_sre.template` stores after `re._parser` has parsed the text.

/// An item of the list which `re._parser.parse_template` returns: literals at even places, group numbers between them.
pub enum TemplatePart<L> {
    /// Literal text; `None` stands for the empty string.
    Literal(Option<L>),
    /// A group number.
    Group(i64),
}

/// The list does not alternate between literals and group numbers from 0 on ("invalid template").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTemplate;

/// A parsed template over the glue's type of literals.
pub struct Template<L> {
    head: Option<L>,
    tail: Vec<(usize, Option<L>)>,
}

/// A piece of the expansion, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a, L> {
    /// Literal text.
    Literal(&'a L),
    /// The text of this group (nothing if the group did not take part).
    Group(usize),
}

impl<L> Template<L> {
    /// Checks the list's form: literal, then pairs of group number and literal.
    pub fn new(parts: impl IntoIterator<Item = TemplatePart<L>>) -> Result<Template<L>, InvalidTemplate> {
        let mut parts = parts.into_iter();
        let Some(TemplatePart::Literal(head)) = parts.next() else {
            return Err(InvalidTemplate);
        };
        let mut tail = Vec::new();
        while let Some(part) = parts.next() {
            let TemplatePart::Group(group) = part else {
                return Err(InvalidTemplate);
            };
            let group = usize::try_from(group).map_err(|_| InvalidTemplate)?;
            let Some(TemplatePart::Literal(literal)) = parts.next() else {
                return Err(InvalidTemplate);
            };
            tail.push((group, literal));
        }
        Ok(Template { head, tail })
    }

    /// The only literal of a template without groups: `Some(None)` is the empty replacement.
    pub fn as_literal(&self) -> Option<Option<&L>> {
        self.tail.is_empty().then_some(self.head.as_ref())
    }

    /// The pieces in order, without the empty literals.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_, L>> {
        let tail = self.tail.iter().flat_map(|(group, literal)| {
            std::iter::once(Piece::Group(*group)).chain(literal.as_ref().map(Piece::Literal))
        });
        self.head.as_ref().map(Piece::Literal).into_iter().chain(tail)
    }
}
