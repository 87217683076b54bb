//! Bound plans as text, one query a test.

#![allow(clippy::unwrap_used)]

use crate::{
    Catalog, Env, compile,
    function::{
        Accepts, AggregateDef, FunctionDef, Functions,
        Naming::{self, FirstArgument, Position, Prefix},
        Param, Returns,
    },
    types::{Column, Type},
};

struct Tables;

impl Catalog for Tables {
    fn table(&self, name: &str) -> Option<Vec<Column>> {
        let column = |(name, ty)| Column::new(name, ty);
        Some(match name {
            "Proc" => vec![
                ("Timestamp", Type::DateTime),
                ("Device", Type::String),
                ("Cmd", Type::String),
                ("Pid", Type::Long),
                ("Port", Type::Int),
                ("Info", Type::Dynamic),
            ],
            "Net" => vec![("Device", Type::String), ("Port", Type::Long), ("Bytes", Type::Real)],
            _ => return None,
        })
        .map(|it: Vec<_>| it.into_iter().map(column).collect())
    }

    fn table_names(&self) -> Vec<String> {
        vec!["Net".to_owned(), "Proc".to_owned()]
    }
}

const NUMBERS: Accepts = Accepts::Of(&[Type::Long, Type::Real]);

const fn function(
    name: &'static str,
    params: &'static [Param],
    returns: Returns,
    naming: Naming,
) -> FunctionDef {
    FunctionDef { name, params, returns, naming, doc: "", examples: &[] }
}

const fn aggregate(
    name: &'static str,
    params: &'static [Param],
    returns: Returns,
    naming: Naming,
) -> AggregateDef {
    AggregateDef { name, params, returns, naming, doc: "" }
}

const ANY: &[Param] = &[Param::any("value")];
const MANY: &[Param] = &[Param::any("value").many()];
const STRING: &[Param] = &[Param::of("text", &[Type::String])];
const BOOL: &[Param] = &[Param::of("condition", &[Type::Bool])];
const BIN: &[Param] = &[Param::any("value"), Param::any("size")];
const IFF: &[Param] = &[Param::of("if", &[Type::Bool]), Param::any("then"), Param::any("else")];
const NUMBER: &[Param] =
    &[Param { name: "value", accepts: NUMBERS, optional: false, repeated: false, constant: false }];
const RANK: &[Param] = &[Param::any("value"), Param::of("rank", &[Type::Real]).fixed()];

const FUNCTIONS: Functions = Functions {
    scalars: &[
        &function("bin", BIN, Returns::ArgWide(0), FirstArgument),
        &function("case", MANY, Returns::Case, Position),
        &function("coalesce", MANY, Returns::CommonFrom(0), Position),
        &function("iff", IFF, Returns::CommonFrom(1), Position),
        &function("not", BOOL, Returns::Is(Type::Bool), Position),
        &function("parse_json", STRING, Returns::Is(Type::Dynamic), FirstArgument),
        &function("sqrt", NUMBER, Returns::Is(Type::Real), FirstArgument),
        &function("strlen", STRING, Returns::Is(Type::Long), Prefix("strlen")),
        &function("tobool", ANY, Returns::Is(Type::Bool), FirstArgument),
        &function("todouble", ANY, Returns::Is(Type::Real), FirstArgument),
        &function("tolong", ANY, Returns::Is(Type::Long), FirstArgument),
        &function("tolower", STRING, Returns::Is(Type::String), Position),
        &function("tostring", ANY, Returns::Is(Type::String), FirstArgument),
    ],
    aggregates: &[
        &aggregate("arg_max", MANY, Returns::Arg(0), Position),
        &aggregate("arg_min", MANY, Returns::Arg(0), Position),
        &aggregate("count", &[], Returns::Is(Type::Long), Prefix("count")),
        &aggregate("countif", BOOL, Returns::Is(Type::Long), Prefix("countif")),
        &aggregate("dcount", ANY, Returns::Is(Type::Long), Prefix("dcount")),
        &aggregate("make_set", ANY, Returns::Is(Type::Dynamic), Prefix("set")),
        &aggregate("max", ANY, Returns::Arg(0), Prefix("max")),
        &aggregate("percentile", RANK, Returns::ArgWide(0), Position),
        &aggregate("sum", NUMBER, Returns::ArgWide(0), Prefix("sum")),
        &aggregate("take_any", ANY, Returns::Arg(0), FirstArgument),
    ],
};

fn compiled(text: &str) -> crate::Compiled {
    let now = crate::time::parse_datetime("2026-01-05").unwrap();
    compile(text, &Env { catalog: &Tables, functions: &FUNCTIONS, now, window: None })
}

/// The plan, or what is wrong with the query.
fn check(text: &str) -> String {
    let compiled = compiled(text);
    let findings: Vec<String> = compiled
        .diagnostics
        .iter()
        .map(|it| format!("{}..{} {it}", it.span.start, it.span.end))
        .collect();
    let plan = compiled.plan.map(|it| it.to_string());
    findings.into_iter().chain(plan).collect::<Vec<_>>().join("\n")
}

/// The columns that come out, or the first mistake.
fn columns(text: &str) -> String {
    let compiled = compiled(text);
    match compiled.plan {
        Some(plan) => {
            let shown = plan.columns.iter().map(|it| format!("{}:{}", it.name, it.ty));
            shown.collect::<Vec<_>>().join(" ")
        }
        None => compiled.diagnostics[0].to_string(),
    }
}

#[test]
fn a_pipeline() {
    insta::assert_snapshot!(check("Proc | where Cmd has 'x' and Timestamp > ago(1d) | project Device, n = Pid + 1 | take 5"), @r#"
    take 5 -> Device:string, n:long
      project Device, (Pid + 1) -> Device:string, n:long
        filter (Cmd has "x" and (Timestamp > datetime(2026-01-04T00:00:00.0000000Z))) -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
          table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "#);
    insta::assert_snapshot!(check("Proc | summarize n = count(), arg_max(Timestamp, Cmd) by Device, bin(Timestamp, 1h) | top 3 by n"), @r#"
    take 3 -> Device:string, Timestamp:datetime, n:long, Timestamp1:datetime, Cmd:string
      sort n desc nulls last -> Device:string, Timestamp:datetime, n:long, Timestamp1:datetime, Cmd:string
        summarize count(), arg_max(Timestamp, Cmd) by Device, bin(Timestamp, timespan(01:00:00)) -> Device:string, Timestamp:datetime, n:long, Timestamp1:datetime, Cmd:string
          table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "#);
    insta::assert_snapshot!(check("Proc | join kind=inner (Net | where Bytes > 1) on Device, $left.Pid == $right.Port | project Device1"), @r#"
    project Device1 -> Device1:string
      join inner on Device == Device, Pid == Port -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic, Device1:string, Port1:long, Bytes:real
        table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
        filter (Bytes > 1.0) -> Device:string, Port:long, Bytes:real
          table Net -> Device:string, Port:long, Bytes:real
    "#);
    insta::assert_snapshot!(check("let t = Net | distinct Device; Proc | where Device in (t) or Cmd in~ ('a', dynamic(['b'])) | count"), @r#"
    summarize count() -> Count:long
      filter (Device in (shared -> Device:string <- summarize by Device -> Device:string <- table Net -> Device:string, Port:long, Bytes:real) or Cmd in~ ("a", dynamic(["b"]))) -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
        table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "#);
    insta::assert_snapshot!(check("union withsource=From (print x = 1), (print x = 'a', y = 2)"), @r#"
    union -> From:string, x_long:long, x_string:string, y:long
      project "union_arg0", x -> From:string, x_long:long
        project 1 -> x:long
          values []
      project "union_arg1", x, y -> From:string, x_string:string, y:long
        project "a", 2 -> x:string, y:long
          values []
    "#);
    insta::assert_snapshot!(check("Proc | summarize r = sum(Pid) / count(), m = max(Timestamp) by Device"), @r#"
    project Device, (slot 0 / slot 1), slot 2 -> Device:string, r:long, m:datetime
      summarize sum(Pid), count(), max(Timestamp) by Device -> Device:string, slot 0:long, slot 1:long, slot 2:datetime
        table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "#);
    insta::assert_snapshot!(check("Proc | where Info.a.b[0] == 'x' and Info.n > 5 and Pid == '7'"), @r#"
    filter (((Info["a"]["b"][0] == dynamic("x")) and (Info["n"] > dynamic(5))) and (Pid == tolong("7"))) -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
      table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "#);
    insta::assert_snapshot!(check("let f = (t: (Device: string), d: string = 'x') { t | where Device == d }; f(Net) | take 1"), @r#"
    take 1 -> Device:string, Port:long, Bytes:real
      filter (Device == "x") -> Device:string, Port:long, Bytes:real
        table Net -> Device:string, Port:long, Bytes:real
    "#);
    insta::assert_snapshot!(check("print a = Proc"), @r#"
    10..14 KQL0205: a table stands where a value is needed; `toscalar(...)` takes its first cell
    "#);
    insta::assert_snapshot!(check("print n = toscalar(Net | count), t = now(-1h), c = case(true, 1, false, 2.5, int(3))"), @r#"
    project toscalar(summarize count() -> Count:long <- table Net -> Device:string, Port:long, Bytes:real), datetime(2026-01-04T23:00:00.0000000Z), case(true, 1.0, false, 2.5, 3.0) -> n:long, t:datetime, c:real
      values []
    "#);
    insta::assert_snapshot!(check("Proc | summarize take_any(Device, Cmd) by Pid"), @r#"
    project Pid, slot 1, slot 2 -> Pid:long, Device:string, Cmd:string
      summarize arg_max(0, Device, Cmd) by Pid -> Pid:long, slot 0:long, slot 1:string, slot 2:string
        table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "#);
    insta::assert_snapshot!(check("Net | where Bytes between (1 .. 5) | sort by Port asc, Device nulls first"), @r#"
    sort Port asc nulls first, Device desc nulls first -> Device:string, Port:long, Bytes:real
      filter Bytes between (1.0 .. 5.0) -> Device:string, Port:long, Bytes:real
        table Net -> Device:string, Port:long, Bytes:real
    "#);
}

#[test]
fn mistakes_name_the_nearest() {
    insta::assert_snapshot!(check("Proc | where Cmdd has 'x' | extend y = strle(Cmd) | project Devise"), @r#"
    13..17 KQL0202: no column `Cmdd`; `Cmd` is near
    39..44 KQL0203: no function `strle`; `strlen` is near
    60..66 KQL0202: no column `Devise`; `Device` is near
    "#);
    insta::assert_snapshot!(check("Prok | take 1"), @r#"
    0..4 KQL0201: no table `Prok`; `Proc` is near
    "#);
    insta::assert_snapshot!(check("Proc | extend x = Cmmd | where x == 1 | project x, Pidd"), @r#"
    18..22 KQL0202: no column `Cmmd`; `Cmd` is near
    51..55 KQL0202: no column `Pidd`; `Pid` is near
    "#);
    insta::assert_snapshot!(check("let a = Prco; let b = 1 + 'x'; a | where Pid == b"), @r#"
    8..12 KQL0202: nothing is called `Prco` here; `Proc` is near
    22..29 KQL0301: `+` does not work on long and string; `strcat(...)` joins texts
    "#);
}

#[test]
fn windows_need_an_order() {
    insta::assert_snapshot!(check("Proc | extend n = row_number()"), @"18..30 KQL0313: `row_number` needs rows in a settled order; put `sort by ...` or `serialize` in front of this operator");
    insta::assert_snapshot!(check("Proc | sort by Pid | summarize n = sum(prev(Pid))"), @"39..48 KQL0313: `prev` cannot stand here; it may stand in `extend`, `project`, `serialize` and `where`");
    insta::assert_snapshot!(check("Proc | serialize | where prev(Pid, 2) == Pid and row_cumsum(Pid, prev(Cmd) != Cmd) > 3 | project Pid"), @r##"
    project Pid -> Pid:long
      project Timestamp, Device, Cmd, Pid, Port, Info -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
        filter ((window 0 == Pid) and (window 2 > 3)) -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic, window 0:long, window 1:string, window 2:long
          window Previous(Pid, 2, long(null)), Previous(Cmd, 1, ""), CumulativeSum(Pid, (window 1 != Cmd)) -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic, window 0:long, window 1:string, window 2:long
            serialize -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
              table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "##);
    insta::assert_snapshot!(check("Proc | sort by Pid | extend p = prev(Pid, -1), q = next(Pid, 1, Pid), r = row_number('x')"), @r##"
    42..44 KQL0302: `prev` looks 0 to 1000000 rows far, a constant number
    64..67 KQL0307: the default of `next` must be constant
    85..88 KQL0302: an argument of `row_number` is string, not long
    "##);
}

#[test]
fn expansions_and_patterns() {
    insta::assert_snapshot!(check("Proc | project Info, Pid | mv-expand kind=array with_itemindex=at Info, key = Info.a to typeof(long) limit 3"), @r##"
    expand Info, Info["a"] as pairs limit 3 -> Info:dynamic, Pid:long, key:long, at:long
      project Info, Pid -> Info:dynamic, Pid:long
        table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "##);
    insta::assert_snapshot!(check("Proc | mv-expand Pid"), @r##"
    17..20 KQL0302: `mv-expand` opens arrays and bags, not long
    "##);
    insta::assert_snapshot!(check("Proc | project Cmd | parse-where kind=regex flags=i Cmd with 'a+' n: long ' ' Cmd"), @r##"
    project kql1, kql0 -> Cmd:string, n:long
      filter matched -> Cmd:string, kql0:long, kql1:string, matched:bool
        parse Cmd with "(?i)(?:a+)(?P<kql0>[+-]?\\d+)(?: )(?P<kql1>.*)" strictly -> Cmd:string, kql0:long, kql1:string, matched:bool
          project Cmd -> Cmd:string
            table Proc -> Timestamp:datetime, Device:string, Cmd:string, Pid:long, Port:int, Info:dynamic
    "##);
    insta::assert_snapshot!(check("Proc | parse Cmd with a 'x' a | parse kind=regex Cmd with '(' b | parse flags=i Cmd with c"), @r##"
    28..29 KQL0204: column `a` is given twice
    "##);
}

#[test]
fn automatic_names() {
    assert_eq!(
        columns(
            "Net | summarize count(), dcount(Port), sum(Port), countif(Port > 1), make_set(Device), count()"
        ),
        "count_:long dcount_Port:long sum_Port:long countif_:long set_Device:dynamic count_1:long"
    );
    assert_eq!(
        columns("print 1, 'a', x = 2, now()"),
        "print_0:long print_1:string x:long print_3:datetime"
    );
    assert_eq!(
        columns(
            "Proc | project bin(Timestamp, 1h), tostring(Pid), tolower(Cmd), -Pid, strlen(Cmd), Pid"
        ),
        "Timestamp:datetime Pid:string Column1:string Column2:long strlen_Cmd:long Pid1:long"
    );
    assert_eq!(
        columns("Proc | project Info.a.b, Info[0], Info['k'], tostring(Info.x)"),
        "Info_a_b:dynamic Info_0:dynamic Info_k:dynamic Info_x:string"
    );
    assert_eq!(columns("Proc | project Pid, Pid"), "KQL0204: column `Pid` is given twice");
    assert_eq!(
        columns("Net | extend Port + 1 | extend Port + 2 | project-keep Column*"),
        "Column1:long Column2:long"
    );
    assert_eq!(
        columns("Net | summarize arg_max(Port, *) by Device"),
        "Device:string Port:long Bytes:real"
    );
    assert_eq!(
        columns(
            "Net | summarize m = arg_max(Port, Bytes), arg_max(Port + 1, Bytes * 2), percentile(Port, 99.9)"
        ),
        "m:long Bytes:real max_:long max__arg1:real percentile_Port_99_9:long"
    );
    assert_eq!(
        columns("Net | summarize (a, b) = arg_max(Port, Bytes), percentiles(Port, 5, 50)"),
        "a:long b:real percentile_Port_5:long percentile_Port_50:long"
    );
}

#[test]
fn columns_of_tables_put_together() {
    let two = |tail: &str| columns(&format!("print k = 1, y = 2 | {tail}"));
    assert_eq!(
        two("join (print k = 1, y = 3, k1 = 4) on k"),
        "k:long y:long k1:long y1:long k11:long"
    );
    assert_eq!(two("join kind=anti (print k = 1) on k"), "k:long y:long");
    assert_eq!(two("join kind=rightsemi (print k = 1, z = 1) on k"), "k:long z:long");
    assert_eq!(two("lookup (print k = 1, y = 3, z = 1) on k"), "k:long y:long y1:long z:long");
    assert_eq!(two("union (print k = 's', z = 1)"), "k_long:long k_string:string y:long z:long");
    assert_eq!(two("union kind=inner (print k = 3, z = 1)"), "k:long");
    assert_eq!(
        two("join (print k = 's') on k"),
        "KQL0309: the sides of the key are long and string; convert one of them in front of the join"
    );
    assert_eq!(two("project-away y*"), "k:long");
    assert_eq!(two("project-rename n = k"), "n:long y:long");
    assert_eq!(two("project-reorder y, *"), "y:long k:long");
    assert_eq!(two("extend k = 'x', z = k"), "k:string y:long z:long");
    assert_eq!(two("getschema | project ColumnName"), "ColumnName:string");
    assert_eq!(
        columns("print b2 = 1, b10 = 1, a = 1 | project-reorder b* granny-desc"),
        "b10:long b2:long a:long"
    );
    assert_eq!(columns("union isfuzzy=true Nope, Net | count"), "Count:long");
    assert_eq!(columns("union N* | take 1"), "Device:string Port:long Bytes:real");
}

#[test]
fn types_of_arithmetic() {
    let ty = |text: &str| columns(&format!("print x = {text}"));
    assert_eq!(ty("int(1) + int(2)"), "x:long");
    assert_eq!(ty("1 + 2.5"), "x:real");
    assert_eq!(ty("decimal(1) * 2"), "x:decimal");
    assert_eq!(ty("now() - ago(1h)"), "x:timespan");
    assert_eq!(ty("now() + 1d"), "x:datetime");
    assert_eq!(ty("1d / 1h"), "x:real");
    assert_eq!(ty("2 * 1d"), "x:timespan");
    assert_eq!(ty("1d % 1h"), "x:timespan");
    assert_eq!(ty("dynamic(1) + 1"), "x:long");
    assert_eq!(ty("-int(5)"), "x:long");
    assert_eq!(ty("now() + now()"), "KQL0301: `+` does not work on datetime and datetime");
    assert_eq!(
        ty("'a' + 'b'"),
        "KQL0301: `+` does not work on string and string; `strcat(...)` joins texts"
    );
    assert_eq!(
        ty("'a' < 'b'"),
        "KQL0301: `<` does not work on string and string; `strcmp(...)` orders texts"
    );
    assert!(ty("now() > '2024'").starts_with("KQL0301"));
    assert_eq!(ty("iff(true, 1, 2.5)"), "x:real");
    assert_eq!(ty("iff(true, 1, 'a')"), "x:dynamic");
    assert_eq!(ty("coalesce(int(1), 2)"), "x:long");
    assert_eq!(
        ty("strlen(5)"),
        "KQL0302: argument `text` of `strlen` is long, not string; convert with `tostring(...)`"
    );
    assert_eq!(ty("strlen()"), "KQL0303: `strlen` takes 1 arguments, not 0; `strlen(text)`");
    assert_eq!(ty("sqrt(2)"), "x:real");
    assert_eq!(
        ty("'a' matches regex '('"),
        "KQL0308: the pattern is not a regular expression: unclosed group"
    );
    assert_eq!(
        ty("5 has '5'"),
        "KQL0301: `has` does not work on long and string; convert with `tostring(...)`"
    );
}

#[test]
fn what_is_refused() {
    assert!(columns("Proc | summarize count() by Info").starts_with("KQL0305"));
    assert!(columns("Proc | sort by Info").starts_with("KQL0305"));
    assert!(columns("Proc | distinct *").starts_with("KQL0305"));
    assert!(columns("Proc | where Pid").starts_with("KQL0304"));
    assert!(columns("Proc | where count() > 1").starts_with("KQL0311"));
    assert!(columns("Proc | summarize Pid").starts_with("KQL0310"));
    assert!(columns("Proc | summarize Pid + count() by Pid").starts_with("KQL0310"));
    assert!(columns("Proc | extend a = 1, b = a").starts_with("KQL0202"));
    assert!(columns("let a = 1; let a = 2; print a").starts_with("KQL0204"));
    assert!(columns("let f = (n: long) { toscalar(Proc | where Pid == n | count) }; Net | extend x = f(Port)").starts_with("KQL0307"));
    assert!(columns("datatable(a: long, b: string)[1]").starts_with("KQL0312"));
    assert!(columns("Proc | take Pid").starts_with("KQL0202"));
    assert!(columns("let x = 1;").starts_with("KQL0105"));
    assert!(columns("Proc | where Cmd like 'x'").starts_with("KQL0103"));
    assert!(columns("let f = (a: long) { f(a) }; print f(1)").starts_with("KQL0203"));
}

#[test]
fn names_hide_each_other() {
    assert_eq!(columns("let Net = Proc | project Pid; Net"), "Pid:long");
    assert_eq!(columns("let Pid = 'x'; Proc | project y = Pid"), "y:long");
    assert_eq!(columns("let Port = 'x'; let f = () { Port }; print y = f()"), "y:string");
    assert_eq!(
        columns("let h = (x: long) { let z = x * 2; z }; Net | project y = h(Port)"),
        "y:long"
    );
    assert_eq!(columns("let t = view () { Net }; t | count"), "Count:long");
    assert_eq!(columns("Net | as T | join T on Device | project Device1"), "Device1:string");
    assert_eq!(
        columns("Net | project x = column_ifexists('Nope', 1), y = column_ifexists('Port', '')"),
        "x:long y:string"
    );
    assert_eq!(columns("table('Net') | project ['Port']"), "Port:long");
}
