//! Points: `geo_distance_2points`, `geo_azimuth`, `geo_angle`, `geo_point_in_circle`.

use std::f64::consts::{PI, TAU};

use geographiclib_rs::{Geodesic, InverseGeodesic};
use kql::{function::Param, types::Type};

use super::{
    super::types::REAL,
    kernel::{Places, RADIUS as RADIUS_PARAM, def},
    sphere::{Point, RADIUS, angle, cross, dot, normal},
};
use crate::{
    args::{out_bools, out_reals},
    function_impl::{FunctionImpl, Lower},
};

const LONGITUDE1: Param = Param::of("p1_longitude", REAL);
const LATITUDE1: Param = Param::of("p1_latitude", REAL);
const LONGITUDE2: Param = Param::of("p2_longitude", REAL);
const LATITUDE2: Param = Param::of("p2_latitude", REAL);

pub(in super::super) const GEO_DISTANCE_2POINTS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_distance_2points",
        &[
            LONGITUDE1,
            LATITUDE1,
            LONGITUDE2,
            LATITUDE2,
            Param::of("use_spheroid", &[Type::Bool, Type::Int, Type::Long, Type::Real]).opt(),
        ],
        Type::Real,
        "The shortest distance of two places in meters on a sphere, or on the WGS-84 spheroid.",
        &[
            ("tolong(geo_distance_2points(0, 0, 0, 1))", "111195"),
            ("tolong(geo_distance_2points(0, 0, 0, 1, true))", "110574"),
            ("geo_distance_2points(300, 1, 1, 1)", ""),
        ],
    ),
    lower: Lower::Rows(|args| {
        let (one, two) = (Places::new(args, 0)?, Places::new(args, 2)?);
        let spheroid = if args.len() > 4 { Some(args.reals(4)?) } else { None };
        Ok(out_reals(args.rows(), |row| {
            let spheroid = match &spheroid {
                Some(it) => it.get(row)? != 0.0,
                None => false,
            };
            if spheroid {
                let (one, two) = (one.degrees(row)?, two.degrees(row)?);
                return Some(Geodesic::wgs84().inverse(one.1, one.0, two.1, two.0));
            }
            Some(angle(one.get(row)?, two.get(row)?) * RADIUS)
        }))
    }),
};

pub(in super::super) const GEO_AZIMUTH: FunctionImpl = FunctionImpl {
    def: def(
        "geo_azimuth",
        &[LONGITUDE1, LATITUDE1, LONGITUDE2, LATITUDE2],
        Type::Real,
        "The direction in which one place lies from another, in radians clockwise from north; \
         null when every direction leads there.",
        &[("round(degrees(geo_azimuth(0, 0, 1, 0)), 6)", "90.0")],
    ),
    lower: Lower::Rows(|args| {
        let (one, two) = (Places::new(args, 0)?, Places::new(args, 2)?);
        Ok(out_reals(args.rows(), |row| azimuth(one.get(row)?, two.get(row)?)))
    }),
};

pub(in super::super) const GEO_ANGLE: FunctionImpl = FunctionImpl {
    def: def(
        "geo_angle",
        &[
            LONGITUDE1,
            LATITUDE1,
            LONGITUDE2,
            LATITUDE2,
            Param::of("p3_longitude", REAL),
            Param::of("p3_latitude", REAL),
        ],
        Type::Real,
        "The angle in radians, clockwise, from the way back to the first place to the way on to \
         the third, at the second.",
        &[("round(degrees(geo_angle(0, 1, 0, 0, 1, 0)), 6)", "90.0")],
    ),
    lower: Lower::Rows(|args| {
        let places = [Places::new(args, 0)?, Places::new(args, 2)?, Places::new(args, 4)?];
        Ok(out_reals(args.rows(), |row| {
            let [one, two, three] = &places;
            let (one, two, three) = (one.get(row)?, two.get(row)?, three.get(row)?);
            Some((azimuth(two, three)? - azimuth(two, one)?).rem_euclid(TAU))
        }))
    }),
};

pub(in super::super) const GEO_POINT_IN_CIRCLE: FunctionImpl = FunctionImpl {
    def: def(
        "geo_point_in_circle",
        &[
            Param::of("p_longitude", REAL),
            Param::of("p_latitude", REAL),
            Param::of("pc_longitude", REAL),
            Param::of("pc_latitude", REAL),
            RADIUS_PARAM,
        ],
        Type::Bool,
        "Whether a place is at most some meters from another.",
        &[("geo_point_in_circle(0, 0, 0, 1, 112000)", "True")],
    ),
    lower: Lower::Rows(|args| {
        let (place, center) = (Places::new(args, 0)?, Places::new(args, 2)?);
        let radius = args.reals(4)?;
        Ok(out_bools(args.rows(), |row| {
            let radius = radius.get(row).filter(|it| it.is_finite() && *it >= 0.0)?;
            Some(angle(place.get(row)?, center.get(row)?) * RADIUS <= radius)
        }))
    }),
};

/// The direction from one point to another; none at and opposite to the point.
fn azimuth(from: Point, to: Point) -> Option<f64> {
    let away = angle(from, to);
    if away == 0.0 || PI - away < 1e-9 {
        return None;
    }
    let east = cross([0.0, 0.0, 1.0], from);
    let north = cross(from, east);
    if dot(east, east) == 0.0 {
        return None;
    }
    let toward = cross(normal(from, to), from);
    Some(dot(toward, east).atan2(dot(toward, north)))
}
