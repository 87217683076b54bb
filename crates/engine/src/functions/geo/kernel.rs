//! What the functions about places share: parameters, and kernels that read shapes.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{
        read::Jsons,
        types::{DYNAMIC, REAL},
    },
    shape::place,
    sphere::Point,
};
use crate::{
    args::{Args, Reals, out_bools, out_json, out_reals},
    error::EngineError,
    meter::metered,
};

pub(super) const LONGITUDE: Param = Param::of("longitude", REAL);
pub(super) const LATITUDE: Param = Param::of("latitude", REAL);
pub(super) const LINE: Param = Param::of("line", DYNAMIC);
pub(super) const POLYGON: Param = Param::of("polygon", DYNAMIC);
pub(super) const RADIUS: Param = Param::of("radius", REAL);
pub(super) const TOLERANCE: Param = Param::of("tolerance", REAL).opt();

/// A description with the usual naming.
pub(super) const fn def(
    name: &'static str,
    params: &'static [Param],
    returns: Type,
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> FunctionDef {
    FunctionDef {
        name,
        params,
        returns: Returns::Is(returns),
        naming: Naming::Position,
        doc,
        examples,
    }
}

/// Places by row: a longitude and the latitude behind it.
pub(super) struct Places {
    longitude: Reals,
    latitude: Reals,
}

impl Places {
    /// Of two arguments.
    pub(super) fn new(args: &Args<'_>, at: usize) -> Result<Self, EngineError> {
        Ok(Self { longitude: args.reals(at)?, latitude: args.reals(at + 1)? })
    }

    /// Degrees, when both are in range.
    pub(super) fn degrees(&self, row: usize) -> Option<(f64, f64)> {
        let (longitude, latitude) = (self.longitude.get(row)?, self.latitude.get(row)?);
        place(longitude, latitude)?;
        Some((longitude, latitude))
    }

    /// The point, when both are in range.
    pub(super) fn get(&self, row: usize) -> Option<Point> {
        place(self.longitude.get(row)?, self.latitude.get(row)?)
    }
}

/// An optional number with a default; null counts as null.
pub(super) struct Optional(Option<Reals>, f64);

impl Optional {
    /// The argument, or the default where it was left out.
    pub(super) fn new(args: &Args<'_>, at: usize, default: f64) -> Result<Self, EngineError> {
        Ok(Self(if at < args.len() { Some(args.reals(at)?) } else { None }, default))
    }

    /// The number of a row.
    pub(super) fn get(&self, row: usize) -> Option<f64> {
        match &self.0 {
            Some(given) => given.get(row),
            None => Some(self.1),
        }
    }

    /// The same as a whole number within bounds.
    pub(super) fn whole(&self, row: usize, low: i64, high: i64) -> Option<i64> {
        let number = self.get(row)?;
        let whole = number as i64;
        (number.is_finite() && (low..=high).contains(&whole)).then_some(whole)
    }
}

/// Shapes by row; a constant one is read once.
#[expect(clippy::option_option, reason = "whether it is constant, and whether it is a shape")]
pub(super) struct Shapes<T> {
    json: Jsons,
    once: Option<Option<T>>,
    read: fn(&Json) -> Option<T>,
}

impl<T> Shapes<T> {
    /// Of an argument.
    pub(super) fn new(
        args: &Args<'_>,
        at: usize,
        read: fn(&Json) -> Option<T>,
    ) -> Result<Self, EngineError> {
        let json = Jsons::new(args, at)?;
        let once = if args.is_constant(at) { Some(read(&json.get(0))) } else { None };
        Ok(Self { json, once, read })
    }

    /// Runs over the shape of a row.
    pub(super) fn with<R>(&self, row: usize, run: impl FnOnce(&T) -> Option<R>) -> Option<R> {
        match &self.once {
            Some(shape) => run(shape.as_ref()?),
            None => run(&(self.read)(&self.json.get(row))?),
        }
    }
}

/// A column of dynamics, null for none.
pub(super) fn jsons(
    rows: usize,
    each: impl Fn(usize) -> Option<Json>,
) -> Result<ArrayRef, EngineError> {
    metered(|| out_json(rows, |row| each(row).unwrap_or(Json::Null)))
}

/// A column of reals made of one shape each.
pub(super) fn reals_of<T>(
    args: &Args<'_>,
    read: fn(&Json) -> Option<T>,
    run: impl Fn(&T) -> Option<f64>,
) -> Result<ArrayRef, EngineError> {
    let shape = Shapes::new(args, 0, read)?;
    metered(|| out_reals(args.rows(), |row| shape.with(row, &run)))
}

/// A column of dynamics made of one shape each.
pub(super) fn jsons_of<T>(
    args: &Args<'_>,
    read: fn(&Json) -> Option<T>,
    run: impl Fn(&T) -> Option<Json>,
) -> Result<ArrayRef, EngineError> {
    let shape = Shapes::new(args, 0, read)?;
    jsons(args.rows(), |row| shape.with(row, &run))
}

/// A column of bools made of two shapes each.
pub(super) fn bools_of<A, B>(
    args: &Args<'_>,
    one: fn(&Json) -> Option<A>,
    two: fn(&Json) -> Option<B>,
    run: impl Fn(&A, &B) -> Option<bool>,
) -> Result<ArrayRef, EngineError> {
    let (one, two) = (Shapes::new(args, 0, one)?, Shapes::new(args, 1, two)?);
    metered(|| {
        out_bools(args.rows(), |row| one.with(row, |one| two.with(row, |two| run(one, two))))
    })
}

/// A column of dynamics made of two shapes each.
pub(super) fn jsons_of_two<A, B>(
    args: &Args<'_>,
    one: fn(&Json) -> Option<A>,
    two: fn(&Json) -> Option<B>,
    run: impl Fn(&A, &B) -> Option<Json>,
) -> Result<ArrayRef, EngineError> {
    let (one, two) = (Shapes::new(args, 0, one)?, Shapes::new(args, 1, two)?);
    jsons(args.rows(), |row| one.with(row, |one| two.with(row, |two| run(one, two))))
}
