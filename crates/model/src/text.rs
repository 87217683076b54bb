//! Text that callers and schema files have, as messages repeat it.

/// The start of a text that may be of any length.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The known name that a wrong one may have been meant for, as the end of a message; empty where
/// none is near.
pub(crate) fn near<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let most = (wrong.chars().count() / 3).max(1);
    let distances = known.into_iter().map(|it| (distance(wrong, it), it));
    match distances.filter(|(distance, _)| *distance <= most).min() {
        Some((_, name)) => format!("; '{name}' is near"),
        None => String::new(),
    }
}

/// How many letters have to be put in, taken out or exchanged; their case does not count.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().map(|it| it.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, l) in left.chars().map(|it| it.to_ascii_lowercase()).enumerate() {
        let mut corner = above;
        let mut before = above + 1;
        for (cell, r) in row.iter_mut().skip(1).zip(&right) {
            let best = (corner + usize::from(l != *r)).min(before + 1).min(*cell + 1);
            corner = std::mem::replace(cell, best);
            before = best;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_told() {
        for (wrong, told) in [
            ("Propery", "; 'Property' is near"),
            ("property", "; 'Property' is near"),
            ("Ky", "; 'Key' is near"),
            ("Something", ""),
            ("", ""),
        ] {
            assert_eq!(near(wrong, ["Key", "Property", "Annotation"]), told, "{wrong}");
        }
        assert_eq!((distance("kitten", "Sitting"), distance("", "abc")), (3, 3));
    }
}
