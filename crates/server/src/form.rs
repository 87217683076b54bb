//! Which form of JSON an answer takes: how much control information, and whether large numbers
//! travel as text. Read off `Accept`, or `$format` in its place.
//!
//! JSON is all that is spoken; an `Accept` that leaves no room for it is refused, unless the answer
//! is plain text or a document of its own.

use http::{HeaderMap, HeaderValue, header};
use model::code::Code;

use crate::problem::Problem;

/// How much control information an answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// No `@odata.` members but links and counts.
    None,
    /// The default.
    Minimal,
    /// Types, ids and links as well.
    Full,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How much control information.
    pub metadata: Metadata,
    /// Do whole numbers of 64 bits and decimals travel as text?
    pub ieee754: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self { metadata: Metadata::Minimal, ieee754: false }
    }
}

impl Form {
    /// The form asked for. `any` says that the answer need not be JSON.
    pub fn asked(headers: &HeaderMap, format: Option<&str>, any: bool) -> Result<Self, Problem> {
        if let Some(format) = format.map(str::trim) {
            return of_format(format);
        }
        let ranges: Vec<&str> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .collect();
        let mut best: Option<(u32, &str)> = None;
        for range in &ranges {
            let weight = weight(range);
            let wanted = is_json(range) && weight > 0;
            if wanted && best.is_none_or(|(held, _)| weight > held) {
                best = Some((weight, range));
            }
        }
        match best {
            Some((_, range)) => Ok(of_parameters(range)),
            None if ranges.is_empty() || any => Ok(Self::default()),
            None => {
                let message = "the answer is JSON, which the Accept header leaves no room for";
                Err(Problem::new(Code::NotAcceptable, message))
            }
        }
    }

    /// The media type of an answer in this form.
    pub fn content_type(self) -> HeaderValue {
        let level = match self.metadata {
            Metadata::None => "none",
            Metadata::Minimal => "minimal",
            Metadata::Full => "full",
        };
        let kind = format!(
            "application/json;odata.metadata={level};odata.streaming=true;\
             IEEE754Compatible={};charset=utf-8",
            self.ieee754
        );
        HeaderValue::from_str(&kind)
            .unwrap_or_else(|_| HeaderValue::from_static("application/json"))
    }
}

fn of_format(format: &str) -> Result<Form, Problem> {
    let kind = format.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("json") || kind.eq_ignore_ascii_case("application/json") {
        return Ok(of_parameters(format));
    }
    let message = "$format: this format is not spoken here; json is";
    Err(Problem::new(Code::BadRequest, message).target("$format"))
}

/// `application/json;odata.metadata=none;IEEE754Compatible=true`, in any case.
fn of_parameters(range: &str) -> Form {
    let mut form = Form::default();
    for parameter in range.split(';').skip(1) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"').to_ascii_lowercase();
        match name.trim().to_ascii_lowercase().as_str() {
            "odata.metadata" | "metadata" | "odata" => {
                form.metadata = match value.as_str() {
                    "none" | "nometadata" => Metadata::None,
                    "full" | "fullmetadata" => Metadata::Full,
                    _ => Metadata::Minimal,
                };
            }
            "ieee754compatible" => form.ieee754 = value == "true",
            _ => {}
        }
    }
    form
}

fn is_json(range: &str) -> bool {
    let kind = range.split(';').next().unwrap_or_default().trim();
    ["application/json", "text/json", "application/*", "*/*", "*"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(kind))
}

/// The weight in thousandths; 1000 when none is said.
fn weight(range: &str) -> u32 {
    let said = range.split(';').skip(1).find_map(|it| {
        let (name, value) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f64>().ok())?
    });
    said.map_or(1000, |it| (it.clamp(0.0, 1.0) * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(accept: &str, format: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(header::ACCEPT, accept.parse().unwrap());
        }
        match Form::asked(&headers, format, false) {
            Ok(form) => format!("{:?} {}", form.metadata, form.ieee754),
            Err(problem) => format!("{:?}", problem.code),
        }
    }

    #[test]
    fn the_form_is_read_off_accept() {
        for (accept, form) in [
            ("", "Minimal false"),
            ("*/*", "Minimal false"),
            ("application/json;odata.metadata=none", "None false"),
            ("application/json; odata.metadata=FULL; IEEE754Compatible=true", "Full true"),
            ("text/html, application/xhtml+xml, */*;q=0.8", "Minimal false"),
            ("application/json;q=0.1;odata.metadata=none, application/json", "Minimal false"),
            ("application/xml", "NotAcceptable"),
            ("application/json;q=0", "NotAcceptable"),
        ] {
            assert_eq!(told(accept, None), form, "{accept}");
        }
    }

    #[test]
    fn format_stands_above_accept() {
        assert_eq!(told("application/xml", Some("json")), "Minimal false");
        assert_eq!(told("", Some("application/json;odata.metadata=full")), "Full false");
        assert_eq!(told("", Some("atom")), "BadRequest");
    }
}
