//! `parse_path`: a file's path taken apart, Windows or Unix.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::super::read::strings;
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_PATH: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_path",
        params: &[Param::any("path")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The parts of a path: Scheme, RootPath, DirectoryPath, DirectoryName, Filename, \
              Extension and AlternateDataStreamName. Parts it lacks are empty.",
        examples: &[
            (r"parse_path(@'C:\temp\file.tar.gz').Filename", "file.tar.gz"),
            (r"parse_path('/usr/lib/a.so').DirectoryName", "lib"),
            (r"parse_path(@'C:\a.txt:hidden.exe').AlternateDataStreamName", "hidden.exe"),
        ],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_json(args.rows(), |row| Json::Object(parse(text.get(row)))))
    }),
};

fn parse(path: &str) -> Map<String, Json> {
    let slash = |c: char| matches!(c, '/' | '\\');
    let (scheme, path) = path.split_once("://").unwrap_or(("", path));
    let root = match path.as_bytes() {
        [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic() => path.get(..3),
        [drive, b':'] if drive.is_ascii_alphabetic() => path.get(..2),
        _ => None,
    }
    .unwrap_or("");
    // A drive's colon is no stream's.
    let rest = path.get(root.len()..).unwrap_or("");
    let (rest, stream) = rest.split_once(':').unwrap_or((rest, ""));
    let full = path.get(..root.len() + rest.len()).unwrap_or(path);
    let (directory, file) = match rest.rfind(slash) {
        Some(at) => {
            let cut = root.len() + at;
            (full.get(..cut).unwrap_or(""), full.get(cut + 1..).unwrap_or(""))
        }
        None => (root.trim_end_matches(slash), rest),
    };
    let directory_name = if directory.len() < root.len() {
        ""
    } else {
        directory.rsplit(slash).next().unwrap_or("")
    };
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut out = Map::new();
    for (name, part) in [
        ("Scheme", scheme),
        ("RootPath", root),
        ("DirectoryPath", directory),
        ("DirectoryName", directory_name),
        ("Filename", file),
        ("Extension", extension),
        ("AlternateDataStreamName", stream),
    ] {
        out.insert(name.to_owned(), Json::from(part));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(path: &str) -> String {
        parse(path).values().filter_map(Json::as_str).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn parts() {
        assert_eq!(all(r"C:\temp\file.txt"), r"|C:\|C:\temp|temp|file.txt|txt|");
        assert_eq!(all(r"temp\file.txt"), r"||temp|temp|file.txt|txt|");
        assert_eq!(
            all("file://C:/temp/file.txt:some.exe"),
            "file|C:/|C:/temp|temp|file.txt|txt|some.exe"
        );
        assert_eq!(
            all(r"\\shared\users\temp\file.txt.gz"),
            r"||\\shared\users\temp|temp|file.txt.gz|gz|"
        );
        assert_eq!(all("/usr/lib/temp/file.txt"), "||/usr/lib/temp|temp|file.txt|txt|");
        assert_eq!(all(r"C:\file"), r"|C:\|C:||file||");
        assert_eq!(all(""), "||||||");
        assert_eq!(all("é:x"), "||||é||x");
    }
}
