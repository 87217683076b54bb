//! What comes out of the tabular operators: `operator_columns.txt` has a query and, behind `->`,
//! the columns of its result or the code of its mistake. The columns were asked of the reference's
//! binder; `UPDATE_GOLDEN=1` writes what this one says, to be read before it is kept.

use kql::{compile, diagnostic::Severity};

use crate::support::{Tables, env, reference_functions};

#[test]
fn operators_give_the_columns_of_the_reference() {
    let Some(functions) = reference_functions() else {
        println!("skipped: no fact files");
        return;
    };
    let mut tables = Tables::default();
    tables.add("schema/advanced-hunting.json");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/operator_columns.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let mut written = Vec::new();
    for block in text.trim_end().split("\n\n") {
        let (query, _) = block.split_once("\n-> ").unwrap();
        let compiled = compile(query, &env(&tables, &functions));
        let mistake = compiled.diagnostics.iter().find(|it| it.severity == Severity::Error);
        let got = match (mistake, compiled.plan) {
            (Some(mistake), _) => format!("error {}", mistake.code),
            (None, None) => "nothing".to_owned(),
            (None, Some(plan)) => {
                let columns = plan.columns.iter().map(|it| format!("{}:{}", it.name, it.ty.name()));
                columns.collect::<Vec<_>>().join(", ")
            }
        };
        written.push(format!("{query}\n-> {got}"));
    }
    let got = written.join("\n\n") + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, got).unwrap();
        return;
    }
    let wrong: Vec<_> = text
        .split("\n\n")
        .zip(got.split("\n\n"))
        .filter(|(one, two)| one.trim_end() != two.trim_end())
        .map(|(one, two)| format!("{one}\nbut got\n{two}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
