//! Hand-made plans through lowering and execution.
#![allow(clippy::unwrap_used)]

use datafusion::{catalog::TableProvider, execution::session_state::SessionState};
use kql::{
    diagnostic::Span,
    plan::{Aggregate, BinaryOp, Expr, ExprKind, JoinKind, Op, Rel, SortKey, TextTest},
    types::{Column, Type},
    value::Value,
};

use super::*;
use crate::{collect, session};

struct NoTables;

impl Sources for NoTables {
    fn source(
        &self,
        name: &str,
        _: Option<(i64, i64)>,
    ) -> Result<Arc<dyn TableProvider>, EngineError> {
        Err(EngineError::plan(name.to_owned()))
    }
}

fn run(rel: &Rel) -> String {
    let dir = std::env::temp_dir();
    let state: SessionState = session::state(&dir, 64 << 20, 2).unwrap();
    let step = rel::rel(&mut LowerCx::new(&NoTables), rel).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounds = collect::Bounds { rows: 1000, bytes: 1 << 20 };
    let rows = runtime.block_on(collect::collect(&state, &step, bounds)).unwrap().rows;
    let cell = |cell: &Value| match cell {
        Value::Null => "-".to_owned(),
        Value::String(text) => format!("'{text}'"),
        other => crate::arrow_types::dynamic_of(other).to_string(),
    };
    let row = |row: &Vec<Value>| row.iter().map(cell).collect::<Vec<_>>().join(",");
    rows.iter().map(row).collect::<Vec<_>>().join(" ")
}

fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

fn col(at: usize, ty: Type) -> Expr {
    expr(ExprKind::Column(at), ty)
}

fn lit(value: Value, ty: Type) -> Expr {
    expr(ExprKind::Literal(value), ty)
}

fn long(value: i64) -> Expr {
    lit(Value::Long(value), Type::Long)
}

fn binary(op: BinaryOp, left: Expr, right: Expr, ty: Type) -> Expr {
    expr(ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, ty)
}

fn columns(types: &[Type]) -> Vec<Column> {
    types.iter().enumerate().map(|(at, ty)| Column::new(format!("x{at}"), *ty)).collect()
}

fn numbers(rows: &[(Option<i64>, &str)]) -> Rel {
    let rows = rows
        .iter()
        .map(|(number, text)| {
            vec![number.map_or(Value::Null, Value::Long), Value::String((*text).to_owned())]
        })
        .collect();
    Rel { op: Op::Values { rows }, columns: columns(&[Type::Long, Type::String]) }
}

fn project(input: Rel, exprs: Vec<Expr>) -> Rel {
    let columns = columns(&exprs.iter().map(|it| it.ty).collect::<Vec<_>>());
    Rel { op: Op::Project { input: Box::new(input), exprs }, columns }
}

fn filter(input: Rel, predicate: Expr) -> Rel {
    let columns = input.columns.clone();
    Rel { op: Op::Filter { input: Box::new(input), predicate }, columns }
}

fn sorted(input: Rel) -> Rel {
    let keys = input
        .columns
        .iter()
        .enumerate()
        .map(|(at, it)| SortKey { expr: col(at, it.ty), descending: false, nulls_first: true })
        .collect();
    let columns = input.columns.clone();
    Rel { op: Op::Sort { input: Box::new(input), keys }, columns }
}

const SOME: [(Option<i64>, &str); 4] = [(Some(1), "a"), (None, ""), (Some(5), "b"), (Some(1), "c")];

#[test]
fn null_is_not_sqls() {
    let n = || col(0, Type::Long);
    let ops = |op| project(numbers(&SOME), vec![binary(op, n(), long(5), Type::Bool)]);
    assert_eq!(run(&ops(BinaryOp::Equal)), "false false true false");
    assert_eq!(run(&ops(BinaryOp::NotEqual)), "true true false true");
    assert_eq!(run(&ops(BinaryOp::Less)), "true - false true");
    let both = binary(BinaryOp::Equal, n(), n(), Type::Bool);
    assert_eq!(run(&project(numbers(&SOME), vec![both])), "true - true true");
    let kept = |op| run(&filter(numbers(&SOME), binary(op, n(), long(5), Type::Bool)));
    assert_eq!(kept(BinaryOp::NotEqual), "1,'a' -,'' 1,'c'");
    assert_eq!(kept(BinaryOp::Equal), "5,'b'");
}

#[test]
fn arithmetic() {
    let each = |op, left, right| {
        run(&project(
            numbers(&[(Some(1), "")]),
            vec![binary(op, long(left), long(right), Type::Long)],
        ))
    };
    assert_eq!(each(BinaryOp::Divide, -7, 2), "-3");
    assert_eq!(each(BinaryOp::Divide, 7, 0), "-");
    assert_eq!(each(BinaryOp::Modulo, -5, 3), "1");
    assert_eq!(each(BinaryOp::Modulo, 5, -3), "2");
    assert_eq!(each(BinaryOp::Add, i64::MAX, 1), i64::MIN.to_string());
    let late = lit(Value::DateTime(kql::time::MAX), Type::DateTime);
    let tick = lit(Value::TimeSpan(1), Type::TimeSpan);
    let past = binary(BinaryOp::Add, late, tick, Type::DateTime);
    assert_eq!(run(&project(numbers(&SOME[..1]), vec![past])), "-");
}

#[test]
fn text_tests() {
    let rows = [(None, "cmd.exe /c"), (None, "cmdlet"), (None, "")];
    let test = |test, needle: &str, negate| {
        let kind = ExprKind::Text {
            test,
            fold: true,
            negate,
            source: Box::new(col(1, Type::String)),
            needle: Box::new(lit(Value::String(needle.to_owned()), Type::String)),
        };
        run(&project(numbers(&rows), vec![expr(kind, Type::Bool)]))
    };
    assert_eq!(test(TextTest::Has, "CMD", false), "true false false");
    assert_eq!(test(TextTest::Has, "CMD", true), "false true true");
    assert_eq!(test(TextTest::HasPrefix, "CMD", false), "true true false");
    assert_eq!(test(TextTest::StartsWith, "CMD", false), "true true false");
    assert_eq!(test(TextTest::EndsWith, "LET", false), "false true false");
    assert_eq!(test(TextTest::Contains, "D", false), "true true false");
    assert_eq!(test(TextTest::Equals, "CMDLET", false), "false true false");
    assert_eq!(test(TextTest::MatchesRegex, "^cmdl", false), "false true false");
}

#[test]
fn joins_match_nulls() {
    let left = || numbers(&[(Some(1), "a"), (None, "n"), (Some(2), "b"), (Some(1), "c")]);
    let right = || numbers(&[(Some(1), "x"), (None, "m"), (Some(3), "z")]);
    let join = |kind, sides: &[Type]| {
        let on = vec![(col(0, Type::Long), col(0, Type::Long))];
        let op = Op::Join { kind, left: Box::new(left()), right: Box::new(right()), on };
        run(&sorted(Rel { op, columns: columns(sides) }))
    };
    let both = [Type::Long, Type::String, Type::Long, Type::String];
    assert_eq!(join(JoinKind::Inner, &both), "-,'n',-,'m' 1,'a',1,'x' 1,'c',1,'x'");
    assert_eq!(join(JoinKind::InnerUnique, &both).split(' ').count(), 2);
    assert_eq!(
        join(JoinKind::FullOuter, &both),
        "-,'',3,'z' -,'n',-,'m' 1,'a',1,'x' 1,'c',1,'x' 2,'b',-,''"
    );
    assert_eq!(join(JoinKind::LeftSemi, &both[..2]), "-,'n' 1,'a' 1,'c'");
    assert_eq!(join(JoinKind::LeftAnti, &both[..2]), "2,'b'");
    assert_eq!(join(JoinKind::RightAnti, &both[..2]), "3,'z'");
    assert_eq!(join(JoinKind::RightSemi, &both[..2]), "-,'m' 1,'x'");
}

fn summarize(input: Rel, keys: Vec<Expr>, calls: &[(&'static str, Vec<Expr>, &[Type])]) -> Rel {
    let mut types: Vec<Type> = keys.iter().map(|it| it.ty).collect();
    let mut aggregates = Vec::new();
    for (function, args, outputs) in calls {
        types.extend_from_slice(outputs);
        aggregates.push(Aggregate {
            function,
            args: args.clone(),
            outputs: outputs.len(),
            filter: None,
            span: Span::default(),
        });
    }
    let op = Op::Summarize { input: Box::new(input), keys, aggregates };
    Rel { op, columns: columns(&types) }
}

#[test]
fn aggregates_of_something_and_nothing() {
    let n = || vec![col(0, Type::Long)];
    let s = || vec![col(1, Type::String)];
    let calls: Vec<(&'static str, Vec<Expr>, &[Type])> = vec![
        ("count", vec![], &[Type::Long]),
        ("sum", n(), &[Type::Long]),
        ("min", n(), &[Type::Long]),
        ("max", s(), &[Type::String]),
        ("avg", n(), &[Type::Real]),
        ("stdev", n(), &[Type::Real]),
        ("dcount", s(), &[Type::Long]),
        ("count_distinct", n(), &[Type::Long]),
        ("make_list", n(), &[Type::Dynamic]),
        ("make_set", n(), &[Type::Dynamic]),
        ("percentile", vec![col(0, Type::Long), long(50)], &[Type::Long]),
        ("arg_max", vec![col(0, Type::Long), col(1, Type::String)], &[Type::Long, Type::String]),
        ("arg_min", vec![col(0, Type::Long), col(1, Type::String)], &[Type::Long, Type::String]),
        ("take_any", s(), &[Type::String]),
    ];
    let spread = |text: &str| text.replace("2.3094010767585034", "s");
    let all = run(&summarize(numbers(&SOME), vec![], &calls));
    assert_eq!(spread(&all), "4,7,1,'c',2.3333333333333335,s,4,2,[1,5,1],[1,5],1,5,'b',1,'a','a'");
    let none = filter(numbers(&SOME), lit(Value::Bool(false), Type::Bool));
    let none = run(&summarize(none, vec![], &calls));
    assert_eq!(none, "0,0,-,'',\"NaN\",0.0,0,0,[],[],-,-,'',-,'',''");
    let none = filter(numbers(&SOME), lit(Value::Bool(false), Type::Bool));
    assert_eq!(run(&summarize(none, vec![long(1)], &calls)), "");
    let by = run(&sorted(summarize(numbers(&SOME), n(), &calls[..1])));
    assert_eq!(by, "-,1 1,2 5,1");
    assert_eq!(run(&sorted(summarize(numbers(&SOME), n(), &[]))), "- 1 5");
}

#[test]
fn dynamics() {
    let bag = lit(Value::Dynamic(serde_json::json!({"a": [1, {"b": "x"}]})), Type::Dynamic);
    let at = |source: Expr, index: Expr| {
        let kind = ExprKind::Index { source: Box::new(source), index: Box::new(index) };
        expr(kind, Type::Dynamic)
    };
    let key = |text: &str| lit(Value::String(text.to_owned()), Type::String);
    let list = || at(bag.clone(), key("a"));
    let one = numbers(&SOME[..1]);
    let exprs = vec![
        list(),
        at(at(list(), long(-1)), key("b")),
        at(list(), long(7)),
        at(bag.clone(), key("q")),
        at(list(), col(0, Type::Long)),
    ];
    assert_eq!(run(&project(one, exprs)), r#"[1,{"b":"x"}],"x",-,-,{"b":"x"}"#);
}

#[test]
fn ranges_and_unions() {
    let range = |from, to, step| Rel {
        op: Op::Range { from: long(from), to: long(to), step: long(step) },
        columns: columns(&[Type::Long]),
    };
    assert_eq!(run(&range(1, 7, 3)), "1 4 7");
    assert_eq!(run(&range(5, 1, -2)), "5 3 1");
    assert_eq!(run(&range(5, 1, 2)), "");
    let op = Op::Union { inputs: vec![range(1, 2, 1), range(2, 3, 1), range(9, 9, 1)] };
    let union = Rel { op, columns: columns(&[Type::Long]) };
    assert_eq!(run(&sorted(union)), "1 2 2 3 9");
}
