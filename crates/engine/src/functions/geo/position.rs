//! Places along lines: `geo_line_interpolate_point`, `geo_line_locate_point`.

use kql::{function::Param, types::Type};

use super::{
    super::types::REAL,
    kernel::{LATITUDE, LINE, LONGITUDE, Places, Shapes, def, jsons},
    polyline::{along, foot, long},
    shape::{lines, point_json},
};
use crate::{
    args::out_reals,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const GEO_LINE_INTERPOLATE_POINT: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_interpolate_point",
        &[LINE, Param::of("fraction", REAL)],
        Type::Dynamic,
        "The point a share (0 to 1) of the way along a line.",
        &[(
            "geo_line_interpolate_point(dynamic({'type':'LineString','coordinates':[[0,0],[0,4]]}), \
             0.25).coordinates[1]",
            "1.0",
        )],
    ),
    lower: Lower::Rows(|args| {
        let (line, share) = (Shapes::new(args, 0, lines)?, args.reals(1)?);
        jsons(args.rows(), |row| {
            let share = share.get(row).filter(|it| (0.0..=1.0).contains(it))?;
            line.with(row, |lines| match lines.as_slice() {
                [line] => along(line, share).map(point_json),
                _ => None,
            })
        })
    }),
};

pub(in super::super) const GEO_LINE_LOCATE_POINT: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_locate_point",
        &[
            LINE,
            LONGITUDE,
            LATITUDE,
            Param::of("use_spheroid", &[Type::Bool, Type::Int, Type::Long, Type::Real]).opt(),
        ],
        Type::Real,
        "How far along a line (0 to 1) the point is that is nearest to a place. The spheroid makes \
         no difference here.",
        &[(
            "round(geo_line_locate_point(dynamic({'type':'LineString','coordinates':[[0,0],[0,4]]}), \
             0.5, 1), 3)",
            "0.25",
        )],
    ),
    lower: Lower::Rows(|args| {
        let (line, place) = (Shapes::new(args, 0, lines)?, Places::new(args, 1)?);
        Ok(out_reals(args.rows(), |row| {
            let place = place.get(row)?;
            line.with(row, |lines| match lines.as_slice() {
                [line] => Some((foot(line, place)?.2 / long(line)).clamp(0.0, 1.0)),
                _ => None,
            })
        }))
    }),
};
