//! The normal form of path templates, by which the policy is looked up.
//!
//! Lower case; every key is `{id}`; operations stand without namespace and arguments. So a
//! template reads the same whoever wrote it.

/// The normal form of a template.
pub(crate) fn normal(template: &str) -> String {
    let mut out = String::with_capacity(template.len() + 1);
    for segment in template.split('/').filter(|segment| !segment.is_empty()) {
        out.push('/');
        if is_key(segment) {
            out.push_str("{id}");
        } else {
            out.extend(bare(segment).chars().map(|it| it.to_ascii_lowercase()));
        }
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// The templates with a closing `/*` that cover this normal one, nearest first. A `/*` stands for
/// properties only, so nothing with a key below it is covered.
pub(crate) fn covering(normal: &str) -> impl Iterator<Item = String> {
    normal
        .rmatch_indices('/')
        .take_while(|(at, _)| !normal[*at..].contains("/{id}"))
        .map(|(at, _)| format!("{}/*", &normal[..at]))
}

fn is_key(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// The last name of `microsoft.graph.security.runHuntingQuery(a=1)`.
fn bare(segment: &str) -> &str {
    let name = segment.split('(').next().unwrap_or(segment);
    let is_qualified = name.get(..10).is_some_and(|it| it.eq_ignore_ascii_case("microsoft."));
    if is_qualified { name.rsplit('.').next().unwrap_or(name) } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_one_form() {
        for (written, form) in [
            ("", "/"),
            ("/", "/"),
            ("/security/Alerts_V2/{alert-id}", "/security/alerts_v2/{id}"),
            ("security/incidents/{id}/alerts/", "/security/incidents/{id}/alerts"),
            ("/security/microsoft.graph.security.runHuntingQuery", "/security/runhuntingquery"),
            ("/security/getRunHuntingQuery(query='{q}')", "/security/getrunhuntingquery"),
            ("/security/alerts_v2/$count", "/security/alerts_v2/$count"),
        ] {
            assert_eq!(normal(written), form, "{written}");
        }
    }

    #[test]
    fn a_star_covers_properties_and_no_keys() {
        let of = |text: &str| covering(text).collect::<Vec<_>>().join(" ");
        assert_eq!(of("/a/{id}/b/c"), "/a/{id}/b/* /a/{id}/*");
        assert_eq!(of("/a/{id}/b/{id}"), "");
        assert_eq!(of("/a/{id}/b/{id}/c"), "/a/{id}/b/{id}/*");
    }
}
