//! `convert_temperature`: scales that start at different points.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::{REAL, STRING};
use crate::{
    args::out_reals,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const CONVERT_TEMPERATURE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "convert_temperature",
        params: &[Param::of("value", REAL), Param::of("from", STRING), Param::of("to", STRING)],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "A temperature on another scale, such as `Kelvin` or `DegreeCelsius`; null for an \
              unknown scale.",
        examples: &[
            ("round(convert_temperature(300, 'Kelvin', 'DegreeCelsius'), 2)", "26.85"),
            ("convert_temperature(1, 'Kelvin', 'Inch')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        let (value, from, to) = (args.reals(0)?, args.texts(1)?, args.texts(2)?);
        Ok(out_reals(args.rows(), |row| {
            let kelvin = scale(from.get(row))?.kelvin(value.get(row)?);
            Some(scale(to.get(row))?.of_kelvin(kelvin))
        }))
    }),
};

/// Kelvin are `(degrees + shift) * size + start`.
struct Scale {
    shift: f64,
    size: f64,
    start: f64,
}

impl Scale {
    fn kelvin(&self, degrees: f64) -> f64 {
        (degrees + self.shift) * self.size + self.start
    }

    fn of_kelvin(&self, kelvin: f64) -> f64 {
        (kelvin - self.start) / self.size - self.shift
    }
}

fn scale(name: &str) -> Option<Scale> {
    let (shift, size, start) = match name.to_ascii_lowercase().as_str() {
        "kelvin" => (0.0, 1.0, 0.0),
        "millidegreecelsius" => (0.0, 1e-3, 273.15),
        "degreecelsius" => (0.0, 1.0, 273.15),
        "degreedelisle" => (0.0, -2.0 / 3.0, 373.15),
        "degreefahrenheit" => (459.67, 5.0 / 9.0, 0.0),
        "degreenewton" => (0.0, 100.0 / 33.0, 273.15),
        "degreerankine" => (0.0, 5.0 / 9.0, 0.0),
        "degreereaumur" => (0.0, 1.25, 273.15),
        "degreeroemer" => (-7.5, 40.0 / 21.0, 273.15),
        "solartemperature" => (0.0, 5778.0, 0.0),
        _ => return None,
    };
    Some(Scale { shift, size, start })
}
