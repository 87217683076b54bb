//! Runs the `.kqltest` files of `tests/kql`, which has a folder for each topic.
//!
//! A file is blocks with blank lines between: a comment (`# …`), tables for the blocks that follow
//! (`table T(a: long) = [1, 2]`), or a case: `query` and the text, `----`, and the rows, cells
//! parted by ` | `. `rows` instead of `query` ignores their order. `error … ` stands on the line
//! instead of `query` where the query must fail. With `KQLTEST_COMPLETE=1` the answers are filled
//! in instead of compared: read them before you commit them.

use std::{fmt::Write, fs, path::Path};

use crate::{show, support::Bench};

#[test]
fn query_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kql");
    let complete = std::env::var_os("KQLTEST_COMPLETE").is_some();
    let bench = Bench::new();
    let mut files = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() { &mut folders } else { &mut files }.push(path);
        }
    }
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = String::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let actual = run(&bench, &text);
        if actual == text {
            continue;
        }
        if complete {
            fs::write(&file, &actual).unwrap();
            continue;
        }
        let name = file.strip_prefix(&folder).unwrap().display();
        for (one, two) in text.split("\n\n").zip(actual.split("\n\n")) {
            if one != two {
                writeln!(wrong, "{name}: expected\n{one}\nbut got\n{two}\n").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The file with the answers that came.
fn run(bench: &Bench, text: &str) -> String {
    let mut tables = String::new();
    let mut out = Vec::new();
    for block in text.trim_end().split("\n\n") {
        let (comments, body): (Vec<&str>, Vec<&str>) =
            block.lines().partition(|line| line.starts_with('#'));
        let body = body.join("\n");
        if let Some(table) = body.strip_prefix("table ") {
            let (head, rows) = table.split_once('=').unwrap();
            let (name, columns) = head.trim().split_once('(').unwrap();
            writeln!(tables, "let {name} = datatable({columns} {};", rows.trim()).unwrap();
            out.push(block.to_owned());
            continue;
        }
        let Some((first, rest)) = body.split_once('\n') else {
            out.push(block.to_owned());
            continue;
        };
        let query = rest.split("\n----").next().unwrap();
        let mut done: Vec<String> = comments.into_iter().map(str::to_owned).collect();
        match bench.ask("t1", &format!("{tables}{query}")) {
            Err(fault) => {
                done.push(show::fault(&fault, tables.len()));
                done.push(query.to_owned());
            }
            Ok(answer) => {
                let mut rows = show::rows(&answer);
                let any_order = first == "rows";
                if any_order {
                    rows.sort();
                }
                done.push(if any_order { "rows" } else { "query" }.to_owned());
                done.push(query.to_owned());
                done.push("----".to_owned());
                done.extend(rows);
            }
        }
        out.push(done.join("\n"));
    }
    out.join("\n\n") + "\n"
}
