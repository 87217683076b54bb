//! What holds for every filter and every text.

use proptest::prelude::*;

use super::{filter_on, options};

fn filter_text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "severity",
        "title",
        "evidence",
        "createdDateTime",
        "eq",
        "ne",
        "gt",
        "in",
        "has",
        "and",
        "or",
        "not",
        "null",
        "true",
        "any",
        "all",
        "contains",
        "tolower",
        "(",
        ")",
        ",",
        "/",
        ":",
        "'high'",
        "'x'",
        "2026-01-05",
        "2026-01-05T10:20:30 02:00",
        "12",
        "-1.5e3",
        "e",
        "é",
        "'",
        "mitreTechniques",
        "$count",
        "$it",
        "microsoft.graph.security.ipEvidence",
        "duration'PT1H'",
    ]);
    prop::collection::vec((word, prop::bool::ANY), 0..24).prop_map(|words| {
        words
            .iter()
            .fold(String::new(), |text, (word, gap)| text + word + if *gap { " " } else { "" })
    })
}

/// Filters that are well formed, however they nest.
fn sound_filter() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "severity eq 'high'",
        "'LOW' le severity",
        "status in ('new',null)",
        "title ne null",
        "tolower(title) eq 'a''b'",
        "contains(title,description) eq false",
        "evidence/any()",
        "createdDateTime gt 2026-01-05T10:20:30 02:00",
        "evidence/$count lt 3",
        "evidence/any(e:e/roles/any(r:r eq 'source') or e/hostName eq 'h')",
        "evidence/microsoft.graph.security.ipEvidence/all(x:x/ipAddress eq '::1')",
        "additionalData/x/y ge -1.5e3",
        "mitreTechniques/any(t:startswith(t,'T1'))",
        "evidence/any(e:e/microsoft.graph.security.userEvidence/userAccount/accountName eq 'é')",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| format!("not ({it})")),
            inner.clone().prop_map(|it| format!("({it})")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|it| it.join(" and ")),
            prop::collection::vec(inner, 2..4).prop_map(|it| format!("({})", it.join(" OR "))),
        ]
    })
}

proptest! {
    #[test]
    fn sound_filters_read_back(text in sound_filter()) {
        let printed = filter_on("/security/alerts_v2", &text);
        prop_assert!(!printed.starts_with('!'), "{}: {}", text, printed);
        prop_assert_eq!(filter_on("/security/alerts_v2", &printed), printed);
    }

    #[test]
    fn no_text_panics(raw in ".{0,120}") {
        let _ = options("/security/alerts_v2", &raw);
        let _ = options("/security/alerts_v2", &format!("$filter={raw}"));
        let _ = options("/security/incidents", &format!("$expand={raw}"));
        let _ = options("/security/incidents", &format!("$select={raw}&$orderby={raw}"));
    }

    #[test]
    fn reading_the_normal_form_changes_nothing(text in filter_text()) {
        let raw = format!("$filter={}", text.replace('%', "%25"));
        if let Ok(it) = options("/security/alerts_v2", &raw) {
            let filter = it.filter.unwrap();
            let printed = filter.to_string();
            let again = options("/security/alerts_v2", &format!("$filter={printed}")).unwrap();
            prop_assert_eq!(again.filter.unwrap(), filter, "{}", printed);
        }
    }
}
