//! Delta: a list first, and from then on only what has changed.
//!
//! The first round is an ordinary list, whose pages show the set as of one change number; its last
//! page hands that number out. A later round reads the change log behind the number, up to where
//! the log ends when the round begins, and shows each entity once, as it is now: at the line of its
//! last change, so nothing is told twice and nothing is lost. What was removed, or does not match
//! the filter any more, is told by its id.

use model::{
    edm::{Primitive, Ty},
    path::{Set, Target},
    query::{Filter, Literal, Operand, Options, PropertyPath},
};
use serde_json::{Value, json};
use store::{Changed, Key, ListAsk, Operation, ReadTx};

use crate::{
    doc::Doc,
    expand,
    fault::Fault,
    read::{Reader, View, all_of, context, place},
    reply::Reply,
    token,
};

/// Numbers of the log that are looked at in one go.
const STRETCH: u64 = 20_000;
/// Most goes for one page.
const MOST_STRETCHES: usize = 20;

impl Reader<'_> {
    /// One page of a round.
    pub(crate) async fn delta(
        &self,
        target: Target<'static>,
        options: Options,
    ) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Delta(set) = target else {
            return Err(Fault::Internal {
                doing: "list changes",
                source: "the call was routed to the wrong reader".into(),
            });
        };
        refuse(&options)?;
        let view = View::of_set(self.model, &set, self.prefer);
        let mut ask = view.ask(self.cx, &options)?;
        if let Some(most) = self.prefer.max_page_size {
            ask.top = ask.top.min(most.max(1));
        }
        ask.top = ask.top.max(1);
        let cx = self.cx.clone();
        self.platform
            .store
            .read(move |tx| {
                place(tx, &mut ask, &set, view.model)?;
                let mut shelf = expand::Shelf::new(&cx, &context);
                let round = Round::read(tx, &ask, &options)?;
                let Some(round) = round else {
                    return first(tx, &view, &mut shelf, ask, &set, context, &options);
                };
                round.page(tx, &view, &mut shelf, &ask, context, &options)
            })
            .await
    }
}

/// What cannot be told of changes.
fn refuse(options: &Options) -> Result<(), Fault> {
    let given = [
        ("$orderby", !options.order_by.is_empty()),
        ("$search", options.search.is_some()),
        ("$expand", !options.expand.is_empty()),
        ("$skip", options.skip > 0),
        ("$count", options.count),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Fault::invalid(*name, "cannot be used with delta")),
        None => Ok(()),
    }
}

/// A page of the first round.
fn first(
    tx: &ReadTx<'_>,
    view: &View,
    shelf: &mut expand::Shelf<'_>,
    mut ask: ListAsk,
    set: &Set<'_>,
    context: String,
    options: &Options,
) -> Result<Reply, Fault> {
    let list = name(&ask, options);
    if let Some(sent) = &options.skip_token {
        ask.after = Some(token::unseal(&ask, sent)?);
    }
    debug_assert!(set.parents.is_empty(), "only sets outside of items have a delta");
    let mut page = tx.list(&ask)?;
    let next = page.next.take().map(|cursor| token::seal(&ask, &cursor));
    let delta = next.is_none().then(|| token::mark(&list, page.as_of));
    let mut items = Vec::with_capacity(page.records.len());
    for record in page.records {
        items.push(view.item(tx, shelf, record, options)?);
    }
    Ok(Reply::Page { context, items, count: None, next, delta })
}

/// A later round: the changes behind one number, up to another.
struct Round {
    after: u64,
    until: u64,
}

impl Round {
    /// Which round the tokens say it is; none is the first.
    fn read(tx: &ReadTx<'_>, ask: &ListAsk, options: &Options) -> Result<Option<Self>, Fault> {
        let (list, head) = (name(ask, options), tx.head(&ask.tenant)?);
        let round = if let Some(sent) = options.delta_token.as_deref() {
            if sent.eq_ignore_ascii_case("latest") {
                return Ok(Some(Self { after: head, until: head }));
            }
            Self { after: token::unmark(&list, sent)?, until: head }
        } else if let Some((after, until)) = options.skip_token.as_deref().and_then(in_round) {
            Self { after: token::unmark(&list, after)?, until: token::unmark(&list, until)? }
        } else {
            return Ok(None);
        };
        if round.after > head || round.until > head {
            return Err(Fault::Gone(
                "the changes that this token goes on from are not here; begin with delta anew"
                    .to_owned(),
            ));
        }
        Ok(Some(round))
    }

    fn page(
        &self,
        tx: &ReadTx<'_>,
        view: &View,
        shelf: &mut expand::Shelf<'_>,
        ask: &ListAsk,
        context: String,
        options: &Options,
    ) -> Result<Reply, Fault> {
        let list = name(ask, options);
        let top = ask.top as usize;
        let mut items = Vec::new();
        let mut at = self.after;
        // The log is that of all collections: a page is also full when it has read far enough.
        for _ in 0..MOST_STRETCHES {
            if items.len() >= top || at >= self.until {
                break;
            }
            let room = u32::try_from(top - items.len()).unwrap_or(u32::MAX);
            let end = at.saturating_add(STRETCH).min(self.until);
            let lines = tx.changed(&ask.tenant, &ask.kind, at, end, room)?;
            let full = lines.len() == room as usize;
            at = lines.last().filter(|_| full).map_or(end, |it| it.seq);
            for line in &lines {
                items.extend(told(tx, view, shelf, ask, line, options)?);
            }
        }
        let next = (at < self.until)
            .then(|| format!("{}.{}", token::mark(&list, at), token::mark(&list, self.until)));
        let delta = next.is_none().then(|| token::mark(&list, self.until));
        Ok(Reply::Page { context, items, count: None, next, delta })
    }
}

/// What a line of the log tells: nothing, when a later line tells of the same entity.
fn told(
    tx: &ReadTx<'_>,
    view: &View,
    shelf: &mut expand::Shelf<'_>,
    ask: &ListAsk,
    line: &Changed,
    options: &Options,
) -> Result<Option<Doc>, Fault> {
    let id = line.id.as_str();
    let gone = |reason: &str| {
        let mut doc = Doc::new();
        doc.insert("@removed".to_owned(), json!({ "reason": reason }));
        doc.insert("id".to_owned(), Value::from(id));
        Some(doc)
    };
    let Some(record) = tx.get(&Key::new(&ask.tenant, ask.kind.as_str(), id))? else {
        return Ok(if line.operation == Operation::Deleted { gone("deleted") } else { None });
    };
    if record.seq != line.seq {
        return Ok(None);
    }
    if ask.filter.is_some() || !ask.extra.is_empty() {
        let path = PropertyPath::new(&["id"], Ty::Primitive(Primitive::String));
        let this =
            Filter::In { operand: Operand::Path(path), values: vec![Literal::Text(id.to_owned())] };
        let filter = all_of([this].into_iter().chain(ask.filter.clone()).collect());
        let matching = ListAsk { filter, order: Vec::new(), top: 1, skip: 0, ..ask.clone() };
        if tx.list(&matching)?.records.is_empty() {
            return Ok(gone("changed"));
        }
    }
    view.item(tx, shelf, record, options).map(Some)
}

/// Two marks: where a round stands, and where it ends.
fn in_round(token: &str) -> Option<(&str, &str)> {
    token.split_once('.')
}

/// What a mark belongs to: another filter makes it another list.
fn name(ask: &ListAsk, options: &Options) -> String {
    format!("delta {} {} {:?}", ask.tenant, ask.kind, options.filter)
}
