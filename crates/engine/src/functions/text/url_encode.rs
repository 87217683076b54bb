//! `url_encode`, `url_encode_component`, `url_decode`. Escapes are written in lower-case digits.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use percent_encoding::percent_decode_str;

use super::super::read::{strings, written};
use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const URL_ENCODE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "url_encode",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text with every character that means something in a URL escaped; a blank becomes \
              a plus.",
        examples: &[("url_encode('https://a.example/b c')", "https%3a%2f%2fa.example%2fb+c")],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(written(args.rows(), |row, out| encode(text.get(row), "+", out)))
    }),
};

pub(in super::super) const URL_ENCODE_COMPONENT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "url_encode_component",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text with every character that means something in a URL escaped, blanks too.",
        examples: &[(
            "url_encode_component('https://a.example/b c')",
            "https%3a%2f%2fa.example%2fb%20c",
        )],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(written(args.rows(), |row, out| encode(text.get(row), "%20", out)))
    }),
};

pub(in super::super) const URL_DECODE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "url_decode",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text with its URL escapes undone; a plus is a blank.",
        examples: &[("url_decode('https%3A%2F%2Fa.example%3Fb%3Dc+d')", "https://a.example?b=c d")],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_texts(args.rows(), |row| Some(decode(text.get(row)))))
    }),
};

/// Undoes escapes; bytes that are no UTF-8 become the replacement character.
pub(super) fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

fn encode(text: &str, blank: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')' | b'~' => out.push(char::from(byte)),
            b' ' => out.push_str(blank),
            _ => {
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
}
