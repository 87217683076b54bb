//! A catalogue and a list of functions made from the fact files beside the checkout, so that
//! published queries can be bound without the engine.

use std::{collections::BTreeMap, path::PathBuf};

use kql::{
    Catalog, Env,
    function::{Accepts, AggregateDef, FunctionDef, Functions, Naming, Param, Returns},
    types::{Column, Type},
};
use serde_json::Value as Json;

/// What `now()` says in tests: 2026-01-05T10:20:30Z.
pub const NOW: i64 = 639_032_052_300_000_000;

/// A file of facts, none when the folder is not there.
pub fn fact(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/kql");
    std::fs::read_to_string(root.join(path)).ok()
}

/// Tables by name.
#[derive(Default)]
pub struct Tables(pub BTreeMap<String, Vec<Column>>);

impl Tables {
    /// Adds those of a schema file that are not there yet.
    pub fn add(&mut self, path: &str) -> Option<()> {
        let json: BTreeMap<String, Vec<BTreeMap<String, String>>> =
            read_schema(&serde_json::from_str(&fact(path)?).ok()?);
        for (name, columns) in json {
            let columns = columns
                .iter()
                .filter_map(|it| Some(Column::new(it.get("name")?, Type::parse(it.get("type")?)?)))
                .collect();
            self.0.entry(name).or_insert(columns);
        }
        Some(())
    }
}

fn read_schema(json: &Json) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let text = |it: &Json| it.as_str().unwrap_or_default().to_owned();
    let column = |it: &Json| {
        let members = it.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.clone(), text(value))).collect()
    };
    let tables = json.as_object().into_iter().flatten();
    tables
        .map(|(name, columns)| {
            (name.clone(), columns.as_array().into_iter().flatten().map(column).collect())
        })
        .collect()
}

impl Catalog for Tables {
    fn table(&self, name: &str) -> Option<Vec<Column>> {
        self.0.get(name).cloned()
    }

    fn table_names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// An environment over tables and functions.
pub fn env<'a>(catalog: &'a Tables, functions: &'a Functions) -> Env<'a> {
    Env { catalog, functions, now: NOW, window: None }
}

/// The reference's functions, as well as the fact files describe them.
pub fn reference_functions() -> Option<Functions> {
    let symbols: Json = serde_json::from_str(&fact("golden/symbols.json")?).ok()?;
    let names: Json = serde_json::from_str(&fact("oracle/result_names.json")?).ok()?;
    let mut scalars: BTreeMap<&str, &'static FunctionDef> = BTreeMap::new();
    let mut aggregates: BTreeMap<&str, &'static AggregateDef> = BTreeMap::new();
    for symbol in symbols["symbols"].as_array()? {
        let name: &'static str = leak(symbol["name"].as_str()?);
        let kind = symbol["kind"].as_str()?;
        if kind != "function" && kind != "aggregate" {
            continue;
        }
        let params: &'static [Param] = Box::leak(params(symbol).into_boxed_slice());
        let returns = returns(name, symbol, params);
        let rule = &names[if kind == "function" { "functions" } else { "aggregates" }][name];
        let naming = match (rule[0].as_str(), rule[1].as_str(), name) {
            (_, _, "take_any") => Naming::FirstArgument,
            (Some("FirstArgument" | "OnlyArgument"), ..) => Naming::FirstArgument,
            (Some("NameAndFirstArgument"), ..) => Naming::Prefix(name),
            (Some(_), Some(prefix), _) => Naming::Prefix(leak(prefix)),
            _ => Naming::Position,
        };
        if kind == "function" {
            let def = FunctionDef { name, params, returns, naming, doc: "", examples: &[] };
            scalars.insert(name, Box::leak(Box::new(def)));
        } else {
            let def = AggregateDef { name, params, returns, naming, doc: "" };
            aggregates.insert(name, Box::leak(Box::new(def)));
        }
    }
    Some(Functions {
        scalars: Box::leak(scalars.into_values().collect::<Vec<_>>().into_boxed_slice()),
        aggregates: Box::leak(aggregates.into_values().collect::<Vec<_>>().into_boxed_slice()),
    })
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn params(symbol: &Json) -> Vec<Param> {
    let signatures: Vec<&Vec<Json>> = symbol["signatures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["parameters"].as_array())
        .collect();
    let most = signatures.iter().map(|it| it.len()).max().unwrap_or(0);
    let repeats = signatures.iter().any(|it| it.iter().any(|it| !it["repeat"].is_null()));
    (0..most)
        .map(|at| {
            let here: Vec<&Json> = signatures.iter().filter_map(|it| it.get(at)).collect();
            let mut types = Vec::new();
            let mut any = false;
            for param in &here {
                match types_of(&param["type"]) {
                    Some(more) => types.extend(more),
                    None => any = true,
                }
            }
            let accepts =
                if any { Accepts::Any } else { Accepts::Of(Box::leak(types.into_boxed_slice())) };
            Param {
                name: leak(here.first().and_then(|it| it["name"].as_str()).unwrap_or("value")),
                accepts,
                optional: here.len() < signatures.len()
                    || here.iter().any(|it| it["optional"] == true),
                repeated: repeats && at + 1 == most,
                constant: false,
            }
        })
        .collect()
}

fn types_of(ty: &Json) -> Option<Vec<Type>> {
    use Type::{Bool, DateTime, Decimal, Dynamic, Guid, Int, Long, Real, String, TimeSpan};
    if let Some(list) = ty.as_array() {
        return Some(
            list.iter()
                .filter_map(Json::as_str)
                .map(|it| Type::parse(it).unwrap_or(String))
                .collect(),
        );
    }
    Some(match ty.as_str()? {
        "Number" => vec![Int, Long, Real, Decimal],
        "Integer" => vec![Int, Long],
        "DynamicArray" | "DynamicBag" => vec![Dynamic],
        "Summable" => vec![Int, Long, Real, Decimal, TimeSpan],
        "StringOrDynamic" | "StringOrArray" => vec![String, Dynamic],
        "IntegerOrArray" => vec![Int, Long, Dynamic],
        "NumberOrBool" => vec![Int, Long, Real, Decimal, Bool],
        "NotDynamic" | "Orderable" | "CommonOrderable" => {
            vec![Bool, Int, Long, Real, Decimal, String, DateTime, TimeSpan, Guid]
        }
        _ => return None,
    })
}

fn returns(name: &str, symbol: &Json, params: &[Param]) -> Returns {
    let rules: Vec<&str> = symbol["signatures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["returns"].as_str())
        .collect();
    match name {
        "case" => return Returns::Case,
        "iff" | "iif" => return Returns::CommonFrom(1),
        "avg" | "avgif" | "stdev" => {
            return Returns::With(|types| {
                Ok(if types.first() == Some(&Type::TimeSpan) { Type::TimeSpan } else { Type::Real })
            });
        }
        "percentile" => return Returns::ArgWide(0),
        _ => {}
    }
    let literal = params.iter().position(|it| it.name == "typeLiteral" || it.name == "type");
    match (rules.first().copied().unwrap_or("dynamic"), literal) {
        (_, Some(at)) => Returns::TypeOf(at),
        ("Parameter0", _) => Returns::Arg(0),
        ("Parameter1", _) => Returns::Arg(1),
        ("Common" | "CommonNonDynamic", _) => Returns::CommonFrom(0),
        ("Widest", _) => Returns::With(|types| {
            let first = types.first().copied().unwrap_or(Type::Long);
            let second = types.get(1).copied().unwrap_or(first);
            Ok(if first.is_number() { first.max(second).max(Type::Long) } else { first })
        }),
        ("Parameter0Promoted", _) => Returns::ArgWide(0),
        ("Custom", _) if name == "sum" || name == "sumif" => Returns::ArgWide(0),
        (rule, _) => Returns::Is(Type::parse(rule).unwrap_or(Type::Dynamic)),
    }
}
