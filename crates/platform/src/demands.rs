//! What a list cannot do without, by the facts of its set: properties that `$filter` must name, and
//! options that are none of the protocol's own.

use model::{
    facts::Facts,
    query::{Filter, Operand, Options},
};

use crate::fault::Fault;

/// Refuses a list that was not asked with what it needs.
pub(crate) fn met(facts: &Facts, options: &Options) -> Result<(), Fault> {
    for name in &facts.filter_required {
        if !options.filter.as_ref().is_some_and(|filter| must_name(filter, name)) {
            let reason = format!("must name '{name}', as in {name} eq '…'");
            return Err(Fault::invalid("$filter", reason));
        }
    }
    for option in facts.options.iter().filter(|it| it.required) {
        if !options.other.iter().any(|(name, _)| name.eq_ignore_ascii_case(&option.name)) {
            return Err(Fault::invalid(option.name.as_str(), "is required"));
        }
    }
    Ok(())
}

/// Does every way through a filter compare this property?
fn must_name(filter: &Filter, name: &str) -> bool {
    let is_it = |it: &Operand| matches!(it, Operand::Path(path) if path.segments.first().is_some_and(|it| it == name));
    match filter {
        Filter::And(all) => all.iter().any(|it| must_name(it, name)),
        Filter::Or(all) => all.iter().all(|it| must_name(it, name)),
        Filter::Compare { left, right, .. } => is_it(left) || is_it(right),
        Filter::In { operand, .. } => is_it(operand),
        _ => false,
    }
}
