//! Words of the API as the hunting tables write them.

/// `microsoftDefenderForEndpoint` → `Microsoft Defender for Endpoint`.
pub(crate) fn product(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_uppercase() => word.push(letter),
            _ => words.push(letter.to_string()),
        }
    }
    let mut text = String::with_capacity(name.len() + words.len());
    for (index, word) in words.iter().enumerate() {
        if index == 0 {
            text.push_str(&capital(word));
        } else {
            text.push(' ');
            text.push_str(if word == "For" { "for" } else { word });
        }
    }
    text
}

/// `high` → `High`.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The product's own word, or that of the enumeration when it knows the product.
pub(crate) fn source(name: &str, product_name: &str) -> String {
    match name {
        "" | "unknown" | "unknownFutureValue" => product_name.to_owned(),
        known => product(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_the_tables_write_them() {
        assert_eq!(product("microsoftDefenderForEndpoint"), "Microsoft Defender for Endpoint");
        assert_eq!(product("antivirus"), "Antivirus");
        assert_eq!(source("unknown", "Suricata"), "Suricata");
        assert_eq!(capital("high"), "High");
    }
}
