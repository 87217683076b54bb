//! Where lines break.
//!
//! Pieces become a tree of groups (what stands between brackets). A group is printed flat when it
//! fits and nothing in it asks for a line of its own; else what is in it goes on lines of its own,
//! indented. A list that is too long breaks behind commas where the writer did, or where it must.

use super::{Piece, PieceKind, WIDTH};

const STEP: usize = 4;

/// A piece, or what stands between two brackets.
enum Node<'p> {
    Piece(Piece<'p>),
    Group { open: Piece<'p>, inside: Vec<Node<'p>>, close: Piece<'p> },
}

/// The printer's state.
pub(super) struct Layout<'p> {
    nodes: Vec<Node<'p>>,
    out: String,
    column: usize,
    /// A comment was printed: the next piece needs a new line.
    due: bool,
}

impl<'p> Layout<'p> {
    pub(super) fn new(pieces: &[Piece<'p>]) -> Self {
        let mut stack: Vec<(Option<Piece<'p>>, Vec<Node<'p>>)> = vec![(None, Vec::new())];
        for piece in pieces {
            let sign = if piece.kind == PieceKind::Sign { piece.text } else { "" };
            match sign {
                "(" | "[" | "{" => stack.push((Some(*piece), Vec::new())),
                ")" | "]" | "}" if stack.len() > 1 => {
                    if let Some((Some(open), inside)) = stack.pop()
                        && let Some((_, around)) = stack.last_mut()
                    {
                        around.push(Node::Group { open, inside, close: *piece });
                    }
                }
                _ => {
                    if let Some((_, here)) = stack.last_mut() {
                        here.push(Node::Piece(*piece));
                    }
                }
            }
        }
        // brackets that nothing closes are pieces like others
        let mut nodes = Vec::new();
        for (open, inside) in stack {
            nodes.extend(open.map(Node::Piece));
            nodes.extend(inside);
        }
        Self { nodes, out: String::new(), column: 0, due: false }
    }

    pub(super) fn print(mut self) -> String {
        let nodes = std::mem::take(&mut self.nodes);
        self.block(&nodes, 0);
        self.out
    }

    /// Statements, each on lines of its own.
    fn block(&mut self, nodes: &[Node<'p>], indent: usize) {
        let mut start = 0;
        while start < nodes.len() {
            let end = nodes[start..].iter().position(|it| sign(it) == Some(";"));
            let end = end.map_or(nodes.len(), |it| start + it + 1);
            let statement = &nodes[start..end];
            if start > 0 {
                let first = &statement[0];
                // a comment behind the `;` stays on its line
                if !(is_comment(first) && head(first).breaks == 0) {
                    self.line(indent);
                    if head(first).breaks > 1 {
                        self.blank_line(indent);
                    }
                }
            }
            self.pipeline(statement, indent);
            start = end;
        }
    }

    /// A source and its operators.
    fn pipeline(&mut self, nodes: &[Node<'p>], indent: usize) {
        let mut start = 0;
        while start < nodes.len() {
            let next = nodes[start + 1..].iter().position(|it| sign(it) == Some("|"));
            let end = next.map_or(nodes.len(), |it| start + 1 + it);
            if start > 0 {
                self.line(indent);
            }
            self.segment(&nodes[start..end], indent);
            start = end;
        }
    }

    /// Nodes in a row, broken where they must be.
    fn segment(&mut self, nodes: &[Node<'p>], indent: usize) {
        let fits = !nodes.iter().any(is_forced) && self.column + flat_width(nodes) <= WIDTH;
        for (at, node) in nodes.iter().enumerate() {
            let before = at.checked_sub(1).map(|it| &nodes[it]);
            if is_comment(node) {
                self.comment(head(node), indent, at == 0);
                continue;
            }
            let broken =
                self.due || before.is_some_and(|it| !fits && self.breaks(it, node, &nodes[at..]));
            if broken {
                let leading = nodes[..at].iter().all(is_comment);
                self.line(if leading { indent } else { indent + STEP });
                if leading && head(node).breaks > 1 {
                    self.blank_line(indent);
                }
            } else if let Some(before) = before
                && gap(last(before), head(node))
            {
                self.put(" ");
            }
            let deeper = if broken { indent + STEP } else { indent };
            self.node(node, deeper);
        }
    }

    /// Whether a line that is too long breaks between two nodes.
    fn breaks(&self, before: &Node<'p>, node: &Node<'p>, rest: &[Node<'p>]) -> bool {
        let behind_comma = sign(before) == Some(",");
        let logic = matches!(node, Node::Piece(it) if matches!(it.text, "and" | "or"));
        if !behind_comma && !logic {
            return false;
        }
        let until = rest[1..].iter().position(|it| match it {
            Node::Piece(piece) => piece.text == "," || matches!(piece.text, "and" | "or"),
            Node::Group { .. } => false,
        });
        let item = until.map_or(rest, |it| &rest[..=it]);
        head(node).breaks > 0 || self.column + 2 + flat_width(item) > WIDTH
    }

    fn node(&mut self, node: &Node<'p>, indent: usize) {
        match node {
            Node::Piece(piece) => self.put(piece.text),
            Node::Group { open, inside, close } => {
                self.put(open.text);
                let pipes = inside.iter().filter(|it| sign(it) == Some("|")).count();
                let flat = pipes < 2
                    && !inside.iter().any(is_forced)
                    && self.column + flat_width(inside) < WIDTH;
                if inside.is_empty() || flat {
                    self.flat(inside);
                } else {
                    self.line(indent + STEP);
                    self.block(inside, indent + STEP);
                    self.line(indent);
                }
                self.put(close.text);
            }
        }
    }

    fn flat(&mut self, nodes: &[Node<'p>]) {
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 && gap(last(&nodes[at - 1]), head(node)) {
                self.put(" ");
            }
            match node {
                Node::Piece(piece) => self.put(piece.text),
                Node::Group { open, inside, close } => {
                    self.put(open.text);
                    self.flat(inside);
                    self.put(close.text);
                }
            }
        }
    }

    fn comment(&mut self, piece: Piece<'p>, indent: usize, first: bool) {
        if self.due || piece.breaks > 0 && !first {
            self.line(indent);
            if piece.breaks > 1 {
                self.blank_line(indent);
            }
        } else if self.column > indent && !self.out.ends_with(' ') {
            self.put(" ");
        }
        self.put(piece.text);
        self.due = true;
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        match text.rfind('\n') {
            Some(at) => self.column = text[at + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    /// Begins a line.
    fn line(&mut self, indent: usize) {
        self.due = false;
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// Makes the line that just began stand apart.
    fn blank_line(&mut self, indent: usize) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

fn sign<'p>(node: &Node<'p>) -> Option<&'p str> {
    match node {
        Node::Piece(it) if it.kind == PieceKind::Sign => Some(it.text),
        _ => None,
    }
}

fn is_comment(node: &Node<'_>) -> bool {
    matches!(node, Node::Piece(it) if it.kind == PieceKind::Comment)
}

/// True for what needs lines of its own: comments, statements, texts over several lines.
fn is_forced(node: &Node<'_>) -> bool {
    match node {
        Node::Piece(it) => {
            it.kind == PieceKind::Comment || it.text == ";" || it.text.contains('\n')
        }
        Node::Group { inside, .. } => inside.iter().any(is_forced),
    }
}

fn head<'p>(node: &Node<'p>) -> Piece<'p> {
    match node {
        Node::Piece(it) | Node::Group { open: it, .. } => *it,
    }
}

fn last<'p>(node: &Node<'p>) -> Piece<'p> {
    match node {
        Node::Piece(it) | Node::Group { close: it, .. } => *it,
    }
}

/// Columns that nodes take on one line.
fn flat_width(nodes: &[Node<'_>]) -> usize {
    let mut width = 0;
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            width += usize::from(gap(last(&nodes[at - 1]), head(node)));
        }
        width += match node {
            Node::Piece(it) => it.text.chars().count(),
            Node::Group { inside, .. } => 2 + flat_width(inside),
        };
    }
    width
}

/// Whether a blank goes between two pieces on one line. Where touching has a meaning (`a-b`, `x*`,
/// `f(`, `a[0]`) they stand as they were written.
fn gap(before: Piece<'_>, piece: Piece<'_>) -> bool {
    const COMPARISONS: &[&str] = &["==", "!=", "<=", ">=", "=~", "!~", "<>", "=>"];
    let is = |it: Piece<'_>, signs: &[&str]| it.kind == PieceKind::Sign && signs.contains(&it.text);
    if is(piece, &[",", ";", ")", "]"]) || is(before, &["(", "["]) {
        return false;
    }
    if is(before, &[",", ";", "|"]) || is(piece, &["|"]) {
        return true;
    }
    if is(before, COMPARISONS) || is(piece, COMPARISONS) {
        return true;
    }
    !piece.touches
}
