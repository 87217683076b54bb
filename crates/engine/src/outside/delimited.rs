//! Cells between a character: CSV and its kin, quoted as RFC 4180 says.

/// The records of a text.
pub(crate) fn records(text: &str, between: char) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    // a cell was begun, though nothing may stand in it yet
    let mut begun = false;
    let mut characters = text.chars().peekable();
    while let Some(it) = characters.next() {
        if quoted {
            if it != '"' {
                cell.push(it);
            } else if characters.next_if_eq(&'"').is_some() {
                cell.push('"');
            } else {
                quoted = false;
            }
            continue;
        }
        match it {
            '"' if cell.is_empty() => {
                quoted = true;
                begun = true;
            }
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                if begun || !cell.is_empty() || !record.is_empty() {
                    record.push(std::mem::take(&mut cell));
                    records.push(std::mem::take(&mut record));
                }
                begun = false;
            }
            it if it == between => {
                record.push(std::mem::take(&mut cell));
                begun = true;
            }
            other => cell.push(other),
        }
    }
    if begun || !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::records;

    #[test]
    fn cells_are_cut_and_unquoted() {
        let text = "a,\"b,\"\"c\"\"\nd\",e\r\n\n,\nlast";
        let found = records(text, ',');
        assert_eq!(found, [vec!["a", "b,\"c\"\nd", "e"], vec!["", ""], vec!["last"]]);
        assert_eq!(records("a|b\n", '|'), [["a", "b"]]);
        assert!(records("", ',').is_empty());
    }
}
