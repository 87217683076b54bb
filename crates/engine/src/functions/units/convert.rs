//! `convert_length` and its sisters: units that are multiples of each other.

use std::sync::Arc;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::types::{REAL, STRING},
    factors::{ANGLES, ENERGIES, FORCES, LENGTHS, MASSES, SPEEDS, VOLUMES},
};
use crate::{
    args::{Args, out_reals},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

const PARAMS: &[Param] =
    &[Param::of("value", REAL), Param::of("from", STRING), Param::of("to", STRING)];

macro_rules! convert {
    ($constant:ident, $name:literal, $units:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: PARAMS,
                returns: Returns::Is(Type::Real),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Bound(|call| kernel(call, $units)),
        };
    };
}

convert!(
    CONVERT_ANGLE,
    "convert_angle",
    ANGLES,
    "An angle in another unit, such as `Degree` or `Radian`; null for an unknown unit.",
    "round(convert_angle(1.5, 'Degree', 'Arcminute'), 6)",
    "90.0"
);
convert!(
    CONVERT_ENERGY,
    "convert_energy",
    ENERGIES,
    "An energy in another unit, such as `Joule` or `KilowattHour`; null for an unknown unit.",
    "convert_energy(7200, 'Joule', 'WattHour')",
    "2.0"
);
convert!(
    CONVERT_FORCE,
    "convert_force",
    FORCES,
    "A force in another unit, such as `Newton` or `PoundForce`; null for an unknown unit.",
    "convert_force(5, 'Newton', 'Decanewton')",
    "0.5"
);
convert!(
    CONVERT_LENGTH,
    "convert_length",
    LENGTHS,
    "A length in another unit, such as `Meter` or `Foot`; null for an unknown unit.",
    "convert_length(1.5, 'Kilometer', 'Meter')",
    "1500.0"
);
convert!(
    CONVERT_MASS,
    "convert_mass",
    MASSES,
    "A mass in another unit, such as `Kilogram` or `Pound`; null for an unknown unit.",
    "convert_mass(2, 'Tonne', 'Kilogram')",
    "2000.0"
);
convert!(
    CONVERT_SPEED,
    "convert_speed",
    SPEEDS,
    "A speed in another unit, such as `MeterPerSecond` or `Knot`; null for an unknown unit.",
    "convert_speed(1.5, 'MeterPerSecond', 'MeterPerMinute')",
    "90.0"
);
convert!(
    CONVERT_VOLUME,
    "convert_volume",
    VOLUMES,
    "A volume in another unit, such as `Liter` or `UsGallon`; null for an unknown unit.",
    "convert_volume(2, 'CubicMeter', 'Liter')",
    "2000.0"
);

/// A unit's name and what it is in the unit that the others are measured by.
pub(super) type Unit = (&'static str, f64);

fn factor(units: &[Unit], name: &str) -> Option<f64> {
    units.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1)
}

#[allow(clippy::unnecessary_wraps, reason = "the shape `Lower::Bound` asks for")]
fn kernel(_: &Call<'_>, units: &'static [Unit]) -> Result<Kernel, EngineError> {
    Ok(Arc::new(move |args: &Args<'_>| {
        let (value, from, to) = (args.reals(0)?, args.texts(1)?, args.texts(2)?);
        Ok(out_reals(args.rows(), |row| {
            let (from, to) = (factor(units, from.get(row))?, factor(units, to.get(row))?);
            let value = value.get(row)?;
            // Whole factors are applied as they are, which keeps round numbers round.
            Some(if to >= 1.0 || from >= to { value * from / to } else { value * (from / to) })
        }))
    }))
}
