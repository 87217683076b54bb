//! `geo_point_to_h3cell` and what goes with it: the hexagons of the H3 grid.

use std::str::FromStr;

use datafusion::arrow::array::ArrayRef;
use h3o::{CellIndex, LatLng, Resolution};
use kql::{function::Param, types::Type};
use serde_json::{Value as Json, json};

use super::{
    super::types::{LONG, REAL, STRING},
    kernel::{LATITUDE, LONGITUDE, Optional, POLYGON, Places, Shapes, def, jsons},
    shape::{Polygon, polygons},
    sphere::{Point, degrees, point, to_edge},
};
use crate::{
    args::{Args, out_ints, out_texts},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
    meter::spend,
};

const CELL: Param = Param::of("h3cell", STRING);
/// Cells that one row may give.
const MOST_CELLS: usize = 1 << 16;
/// Rings around a cell.
const MOST_RINGS: i64 = 142;

pub(in super::super) const GEO_POINT_TO_H3CELL: FunctionImpl = FunctionImpl {
    def: def(
        "geo_point_to_h3cell",
        &[LONGITUDE, LATITUDE, Param::of("resolution", LONG).opt()],
        Type::String,
        "The H3 cell of a place at a resolution from 0 to 15 (6 if not given).",
        &[("geo_point_to_h3cell(-74.04450446039874, 40.689250859314974, 6)", "862a1072fffffff")],
    ),
    lower: Lower::Rows(|args| {
        let (places, resolution) = (Places::new(args, 0)?, Optional::new(args, 2, 6.0)?);
        Ok(out_texts(args.rows(), |row| {
            let resolution = Resolution::try_from(resolution.whole(row, 0, 15)? as u8).ok()?;
            let (longitude, latitude) = places.degrees(row)?;
            Some(LatLng::new(latitude, longitude).ok()?.to_cell(resolution).to_string())
        }))
    }),
};

pub(in super::super) const GEO_H3CELL_TO_CENTRAL_POINT: FunctionImpl = FunctionImpl {
    def: def(
        "geo_h3cell_to_central_point",
        &[CELL],
        Type::Dynamic,
        "The middle of an H3 cell.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        each(args, |cell, _| {
            Some(json!({"type": "Point", "coordinates": pair(LatLng::from(cell))}))
        })
    }),
};

pub(in super::super) const GEO_H3CELL_TO_POLYGON: FunctionImpl = FunctionImpl {
    def: def("geo_h3cell_to_polygon", &[CELL], Type::Dynamic, "The outline of an H3 cell.", &[]),
    lower: Lower::Rows(|args| {
        each(args, |cell, _| {
            let boundary = cell.boundary();
            let ring: Json = boundary.iter().chain(boundary.first()).map(|it| pair(*it)).collect();
            Some(json!({"type": "Polygon", "coordinates": [ring]}))
        })
    }),
};

pub(in super::super) const GEO_H3CELL_LEVEL: FunctionImpl = FunctionImpl {
    def: def(
        "geo_h3cell_level",
        &[CELL],
        Type::Int,
        "The resolution of an H3 cell.",
        &[("geo_h3cell_level('862a1072fffffff')", "6")],
    ),
    lower: Lower::Rows(|args| {
        let cell = args.texts(0)?;
        Ok(out_ints(args.rows(), |row| {
            Some(i64::from(u8::from(read(cell.get(row))?.resolution())))
        }))
    }),
};

pub(in super::super) const GEO_H3CELL_PARENT: FunctionImpl = FunctionImpl {
    def: def(
        "geo_h3cell_parent",
        &[CELL, Param::of("resolution", LONG).opt()],
        Type::String,
        "The H3 cell around a cell, at a resolution or one above.",
        &[("geo_h3cell_level(geo_h3cell_parent('862a1072fffffff', 2))", "2")],
    ),
    lower: Lower::Rows(|args| {
        let (cell, resolution) = (args.texts(0)?, Optional::new(args, 1, -1.0)?);
        Ok(out_texts(args.rows(), |row| {
            let cell = read(cell.get(row))?;
            let parent = match resolution.whole(row, -1, 15)? {
                -1 if args.len() < 2 => cell.resolution().pred()?,
                given => Resolution::try_from(u8::try_from(given).ok()?).ok()?,
            };
            (parent < cell.resolution()).then(|| cell.parent(parent))?.map(|it| it.to_string())
        }))
    }),
};

pub(in super::super) const GEO_H3CELL_CHILDREN: FunctionImpl = FunctionImpl {
    def: def(
        "geo_h3cell_children",
        &[CELL, Param::of("resolution", LONG).opt()],
        Type::Dynamic,
        "The H3 cells in a cell, at a resolution or one below; null for more than 65,536.",
        &[("array_length(geo_h3cell_children('862a1072fffffff'))", "7")],
    ),
    lower: Lower::Rows(|args| {
        let resolution = Optional::new(args, 1, -1.0)?;
        let given = args.len() > 1;
        each(args, |cell, row| {
            let below = match resolution.whole(row, -1, 15)? {
                -1 if !given => cell.resolution().succ()?,
                wanted => Resolution::try_from(u8::try_from(wanted).ok()?).ok()?,
            };
            if below <= cell.resolution() || cell.children_count(below) > MOST_CELLS as u64 / 2 {
                return None;
            }
            Some(cell.children(below).map(|it| Json::from(it.to_string())).collect())
        })
    }),
};

pub(in super::super) const GEO_H3CELL_NEIGHBORS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_h3cell_neighbors",
        &[CELL],
        Type::Dynamic,
        "The H3 cells around a cell.",
        &[("array_length(geo_h3cell_neighbors('862a1072fffffff'))", "6")],
    ),
    lower: Lower::Rows(|args| {
        each(args, |cell, _| {
            let disk: Vec<CellIndex> = cell.grid_disk(1);
            let others = disk.into_iter().filter(|it| *it != cell);
            Some(others.map(|it| Json::from(it.to_string())).collect())
        })
    }),
};

pub(in super::super) const GEO_H3CELL_RINGS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_h3cell_rings",
        &[CELL, Param::of("distance", REAL)],
        Type::Dynamic,
        "The rings of H3 cells around a cell, beginning with the cell itself.",
        &[("array_length(geo_h3cell_rings('861f8894fffffff', 2)[2])", "12")],
    ),
    lower: Lower::Rows(|args| {
        let distance = Optional::new(args, 1, 1.0)?;
        each(args, |cell, row| {
            let distance = distance.whole(row, 0, MOST_RINGS)? as u32;
            let mut rings = vec![Vec::new(); distance as usize + 1];
            let cells: Vec<(CellIndex, u32)> = cell.grid_disk_distances(distance);
            for (cell, away) in cells {
                rings.get_mut(away as usize)?.push(Json::from(cell.to_string()));
            }
            Some(rings.into_iter().map(Json::Array).collect())
        })
    }),
};

pub(in super::super) const GEO_POLYGON_TO_H3CELLS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_to_h3cells",
        &[POLYGON, Param::of("resolution", LONG).opt(), Param::of("radius", REAL).opt()],
        Type::Dynamic,
        "The H3 cells whose middle is in polygons, at a resolution (6 if not given), or all that \
         are within `radius` meters of them; null for more than 65,536.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let shape = Shapes::new(args, 0, polygons)?;
        let (resolution, radius) = (Optional::new(args, 1, 6.0)?, Optional::new(args, 2, 0.0)?);
        jsons(args.rows(), |row| {
            let resolution = Resolution::try_from(resolution.whole(row, 0, 15)? as u8).ok()?;
            let radius = radius.get(row).filter(|it| *it >= 0.0 && it.is_finite())?;
            shape.with(row, |polygons| {
                let cells = covering(polygons, resolution, radius / super::sphere::RADIUS)?;
                Some(cells.into_iter().map(|it| Json::from(it.to_string())).collect())
            })
        })
    }),
};

fn pair(at: LatLng) -> Json {
    Json::Array(vec![real_json(at.lng()), real_json(at.lat())])
}

fn read(name: &str) -> Option<CellIndex> {
    CellIndex::from_str(name).ok()
}

fn each(
    args: &Args<'_>,
    run: impl Fn(CellIndex, usize) -> Option<Json>,
) -> Result<ArrayRef, EngineError> {
    let cell = args.texts(0)?;
    jsons(args.rows(), |row| run(read(cell.get(row))?, row))
}

fn outline(cell: CellIndex) -> Vec<Point> {
    cell.boundary().iter().map(|it| point(it.lng(), it.lat())).collect()
}

/// The middle of a cell.
fn center(cell: CellIndex) -> Point {
    let middle = LatLng::from(cell);
    point(middle.lng(), middle.lat())
}

/// Cells whose middle is in polygons, or with a radius all that come that near. They are found from
/// the corners outward: the neighbours of a cell that meets the polygons are candidates.
fn covering(polygons: &[Polygon], resolution: Resolution, radius: f64) -> Option<Vec<CellIndex>> {
    let at = |place: Point| -> Option<CellIndex> {
        let [longitude, latitude] = degrees(place);
        Some(LatLng::new(latitude, longitude).ok()?.to_cell(resolution))
    };
    let edges: Vec<[Point; 2]> = polygons.iter().flat_map(Polygon::edges).collect();
    let meets = |cell: CellIndex| {
        let ring = outline(cell);
        let middle = center(cell);
        polygons.iter().any(|it| it.holds(middle) || ring.iter().any(|corner| it.holds(*corner)))
            || super::s2::ring_meets(&ring, &edges)
            || radius > 0.0
                && edges.iter().any(|[one, two]| {
                    ring.iter().any(|corner| to_edge(*corner, *one, *two) <= radius)
                })
    };
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut todo: Vec<CellIndex> = Vec::new();
    for corner in polygons.iter().flat_map(|it| &it.rings).flatten() {
        todo.extend(at(*corner));
    }
    let mut work = 0_usize;
    while let Some(cell) = todo.pop() {
        if !seen.insert(cell) {
            continue;
        }
        work += edges.len();
        spend(20 * edges.len() + 1000)?;
        if !meets(cell) {
            continue;
        }
        if radius > 0.0 || polygons.iter().any(|it| it.holds(center(cell))) {
            found.push(cell);
        }
        if found.len() > MOST_CELLS || work > 20_000_000 {
            return None;
        }
        let disk: Vec<CellIndex> = cell.grid_disk(1);
        todo.extend(disk);
    }
    found.sort_unstable();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_no_cells() {
        for name in ["", "abc", "zz", "ffffffffffffffff", "862a1072fffffff0", "é"] {
            assert!(read(name).is_none(), "{name}");
        }
    }
}
