//! `scan`: what needs no state is computed in front of the flow, the rest becomes expressions that
//! the flow evaluates row by row.

use std::sync::{Arc, LazyLock};

use datafusion::{
    arrow::datatypes::{Schema, SchemaRef},
    common::DFSchema,
    execution::{SessionStateBuilder, session_state::SessionState},
    logical_expr::{Expr, LogicalPlanBuilder},
    physical_expr::PhysicalExpr,
    scalar::ScalarValue,
};
use kql::{
    plan::{Expr as Bound, ExprKind, Rel},
    types::{Column, Type},
    value::Value,
    work,
};

use crate::{
    arrow_types::{field, null, scalar},
    error::EngineError,
    flow::{
        Flow, Start, node,
        scan::{Scan, Scanning, Step as FlowStep, Value as FlowValue},
    },
    lower::{LowerCx, Step, constant, expr, names, rel, types},
};

/// A scan over its input.
pub(crate) fn scan(
    cx: &mut LowerCx<'_>,
    input: &Rel,
    scan: &work::Scan,
    columns: &[Column],
) -> Result<Step, EngineError> {
    let step = rel::rel(cx, input)?.filled(cx)?;
    let width = step.names.len();
    let defaults = scan
        .defaults
        .iter()
        .map(|it| default(&step, it))
        .collect::<Result<Vec<_>, EngineError>>()?;
    let seen = Seen::of(&step, scan)?;
    let mut front = Front {
        exprs: (0..width).map(|at| step.column(at)).collect::<Result<Vec<_>, _>>()?,
        types: step.types.clone(),
    };
    let partition = scan
        .partition
        .iter()
        .map(|it| Ok(front.push(expr::value(&step, it)?, it.ty)))
        .collect::<Result<Vec<_>, EngineError>>()?;
    let mut steps = Vec::with_capacity(scan.steps.len());
    for it in &scan.steps {
        let condition = value(&step, &seen, &mut front, &scan.defaults, &it.condition, true)?;
        let assigned = it
            .assigned
            .iter()
            .map(|(at, it)| Ok((*at, value(&step, &seen, &mut front, &scan.defaults, it, false)?)))
            .collect::<Result<Vec<_>, EngineError>>()?;
        steps.push(FlowStep { optional: it.optional, output: it.output, condition, assigned });
    }
    let opened = rel::project(cx, step.plan.clone(), front.exprs, front.types)?;
    let out = names(cx.number(), columns.len());
    let fields = out.iter().zip(columns).map(|(name, column)| field(name, column.ty));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let nothing = scan
        .state
        .iter()
        .map(|(_, column)| match column.checked_sub(width) {
            Some(nth) => {
                defaults.get(nth).cloned().ok_or_else(|| EngineError::plan("no such default"))
            }
            None => Ok(null(step.types.get(*column).copied().unwrap_or(Type::Dynamic))),
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    let what = Arc::new(Scan {
        width,
        partition,
        defaults,
        steps,
        state: scan.state.clone(),
        nothing,
        seen: Arc::clone(&seen.schema),
        used: seen.used,
        match_id: scan.match_id,
        schema: Arc::clone(&schema),
    });
    let start: Start =
        Arc::new(move || Ok(Box::new(Scanning::new(Arc::clone(&what))) as Box<dyn Flow>));
    let plan = node::plan("scan", opened.plan, schema, true, start)?;
    Ok(Step { plan, names: out, types: types(columns) })
}

/// Columns computed in front of the flow.
struct Front {
    exprs: Vec<Expr>,
    types: Vec<Type>,
}

impl Front {
    fn push(&mut self, expr: Expr, ty: Type) -> usize {
        self.exprs.push(expr);
        self.types.push(ty);
        self.exprs.len() - 1
    }
}

/// What expressions over the state see.
struct Seen {
    step: Step,
    schema: SchemaRef,
    fields: DFSchema,
    used: Vec<usize>,
    width: usize,
}

impl Seen {
    fn of(input: &Step, scan: &work::Scan) -> Result<Self, EngineError> {
        let width = input.names.len();
        let declared = scan.defaults.len();
        let mut used = Vec::new();
        let mut note = |it: &Bound| {
            if is_stateful(it, width + declared) {
                columns_of(it, &mut |at| {
                    if at < width && !used.contains(&at) {
                        used.push(at);
                    }
                });
            }
        };
        for step in &scan.steps {
            note(&step.condition);
            step.assigned.iter().for_each(|(_, it)| note(it));
        }
        let mut names = input.names.clone();
        let mut types = input.types.clone();
        for (at, default) in scan.defaults.iter().enumerate() {
            names.push(format!("declared{at}"));
            types.push(default.ty);
        }
        for (at, (_, column)) in scan.state.iter().enumerate() {
            names.push(format!("state{at}"));
            types.push(types.get(*column).copied().unwrap_or(Type::Dynamic));
        }
        let mut fields = Vec::new();
        for at in used.iter().copied().chain(width..names.len()) {
            if let (Some(name), Some(ty)) = (names.get(at), types.get(at)) {
                fields.push(field(name, *ty));
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let fields = DFSchema::try_from(Arc::clone(&schema))?;
        let plan = LogicalPlanBuilder::empty(false).build()?;
        Ok(Self { step: Step { plan, names, types }, schema, fields, used, width })
    }
}

/// A value of a step: a column computed in front where it needs no state.
fn value(
    input: &Step,
    seen: &Seen,
    front: &mut Front,
    defaults: &[Bound],
    it: &Bound,
    test: bool,
) -> Result<FlowValue, EngineError> {
    if is_stateful(it, seen.width + defaults.len()) {
        let lowered =
            if test { expr::truth(&seen.step, it)? } else { expr::value(&seen.step, it)? };
        return Ok(FlowValue::Expr(physical(lowered, &seen.fields)?));
    }
    let it = with_defaults(it, seen.width, defaults);
    let lowered = if test { expr::truth(input, &it)? } else { expr::value(input, &it)? };
    Ok(FlowValue::Column(front.push(lowered, it.ty)))
}

/// A declared column in front of the scan is its default.
fn with_defaults(it: &Bound, width: usize, defaults: &[Bound]) -> Bound {
    if let ExprKind::Column(at) = it.kind
        && let Some(default) = at.checked_sub(width).and_then(|nth| defaults.get(nth))
    {
        return default.clone();
    }
    let mut it = it.clone();
    it.each_child_mut(&mut |child| *child = with_defaults(child, width, defaults));
    it
}

fn is_stateful(it: &Bound, known: usize) -> bool {
    let mut stateful = false;
    columns_of(it, &mut |at| stateful = stateful || at >= known);
    stateful
}

fn columns_of(it: &Bound, see: &mut dyn FnMut(usize)) {
    if let ExprKind::Column(at) = it.kind {
        see(at);
    }
    it.each_child(&mut |child| columns_of(child, see));
}

fn default(input: &Step, it: &Bound) -> Result<ScalarValue, EngineError> {
    if let ExprKind::Literal(value) = &it.kind {
        return Ok(scalar(value, it.ty));
    }
    let value = constant::value(&expr::value(input, it)?, it.ty)?.unwrap_or(Value::Null);
    Ok(scalar(&value, it.ty))
}

/// An expression that can be evaluated over batches.
fn physical(lowered: Expr, fields: &DFSchema) -> Result<Arc<dyn PhysicalExpr>, EngineError> {
    static STATE: LazyLock<SessionState> =
        LazyLock::new(|| SessionStateBuilder::new().with_default_features().build());
    Ok(STATE.create_physical_expr(lowered, fields)?)
}
