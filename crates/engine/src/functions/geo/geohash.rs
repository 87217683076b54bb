//! `geo_point_to_geohash` and what goes with it: rectangles named by interleaved bits of longitude
//! and latitude, five bits a letter.

use kql::{function::Param, types::Type};
use serde_json::{Value as Json, json};

use super::{
    super::types::{LONG, STRING},
    kernel::{LATITUDE, LONGITUDE, Optional, Places, def, jsons},
};
use crate::{
    args::{Args, out_texts},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// The longest geohash.
const LONGEST: usize = 18;
const GEOHASH: &[Param] = &[Param::of("geohash", STRING)];

pub(in super::super) const GEO_POINT_TO_GEOHASH: FunctionImpl = FunctionImpl {
    def: def(
        "geo_point_to_geohash",
        &[LONGITUDE, LATITUDE, Param::of("accuracy", LONG).opt()],
        Type::String,
        "The geohash of a place, with 1 to 18 letters (5 if not given).",
        &[("geo_point_to_geohash(-80.195829, 25.802215, 8)", "dhwfz15h")],
    ),
    lower: Lower::Rows(|args| {
        let (places, accuracy) = (Places::new(args, 0)?, Optional::new(args, 2, 5.0)?);
        Ok(out_texts(args.rows(), |row| {
            let length = accuracy.whole(row, 1, LONGEST as i64)?;
            let (longitude, latitude) = places.degrees(row)?;
            Some(Cell::of(longitude, latitude, length as usize).name())
        }))
    }),
};

pub(in super::super) const GEO_GEOHASH_TO_CENTRAL_POINT: FunctionImpl = FunctionImpl {
    def: def(
        "geo_geohash_to_central_point",
        GEOHASH,
        Type::Dynamic,
        "The middle of a geohash.",
        &[(
            "geo_geohash_to_central_point('sunny')",
            "{\"type\":\"Point\",\"coordinates\":[42.47314453125,23.70849609375]}",
        )],
    ),
    lower: Lower::Rows(|args| {
        each(args, |cell| {
            let [[west, east], [south, north]] = cell.bounds();
            let middle = [f64::midpoint(west, east), f64::midpoint(south, north)];
            Some(json!({"type": "Point", "coordinates": pair(middle[0], middle[1])}))
        })
    }),
};

pub(in super::super) const GEO_GEOHASH_TO_POLYGON: FunctionImpl = FunctionImpl {
    def: def("geo_geohash_to_polygon", GEOHASH, Type::Dynamic, "The rectangle of a geohash.", &[]),
    lower: Lower::Rows(|args| {
        each(args, |cell| {
            let [[west, east], [south, north]] = cell.bounds();
            let corners =
                [[west, south], [east, south], [east, north], [west, north], [west, south]];
            let ring: Json = corners.iter().map(|it| pair(it[0], it[1])).collect();
            Some(json!({"type": "Polygon", "coordinates": [ring]}))
        })
    }),
};

pub(in super::super) const GEO_GEOHASH_NEIGHBORS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_geohash_neighbors",
        GEOHASH,
        Type::Dynamic,
        "The geohashes around a geohash.",
        &[("array_length(geo_geohash_neighbors('sunny'))", "8")],
    ),
    lower: Lower::Rows(|args| {
        each(args, |cell| {
            let around = [(-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1)];
            let names = around.iter().filter_map(|(x, y)| cell.moved(*x, *y));
            Some(names.map(|it| Json::from(it.name())).collect())
        })
    }),
};

fn each(
    args: &Args<'_>,
    run: impl Fn(&Cell) -> Option<Json>,
) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    let name = args.texts(0)?;
    jsons(args.rows(), |row| run(&Cell::read(name.get(row))?))
}

fn pair(longitude: f64, latitude: f64) -> Json {
    Json::Array(vec![real_json(longitude), real_json(latitude)])
}

/// A rectangle: its place among those of its size, and the bits of both numbers.
struct Cell {
    x: u64,
    y: u64,
    x_bits: u32,
    y_bits: u32,
}

impl Cell {
    fn of(longitude: f64, latitude: f64, length: usize) -> Self {
        let (x_bits, y_bits) = bits(length);
        let place = |share: f64, bits: u32| {
            let count = 2_f64.powi(bits as i32);
            (share * count).floor().clamp(0.0, count - 1.0) as u64
        };
        let x = place((longitude + 180.0) / 360.0, x_bits);
        let y = place((latitude + 90.0) / 180.0, y_bits);
        Self { x, y, x_bits, y_bits }
    }

    fn read(name: &str) -> Option<Self> {
        if name.is_empty() || name.len() > LONGEST {
            return None;
        }
        let (mut x, mut y, mut is_x) = (0, 0, true);
        for letter in name.bytes() {
            let letter = letter.to_ascii_lowercase();
            let value = LETTERS.iter().position(|it| *it == letter)?;
            for bit in (0..5).rev() {
                let target = if is_x { &mut x } else { &mut y };
                *target = *target << 1 | (value as u64 >> bit & 1);
                is_x = !is_x;
            }
        }
        let (x_bits, y_bits) = bits(name.len());
        Some(Self { x, y, x_bits, y_bits })
    }

    fn name(&self) -> String {
        let (mut x_bit, mut y_bit, mut is_x) = (self.x_bits, self.y_bits, true);
        let mut name = String::new();
        for _ in 0..(self.x_bits + self.y_bits) / 5 {
            let mut value = 0;
            for _ in 0..5 {
                let (number, bit) = if is_x { (self.x, &mut x_bit) } else { (self.y, &mut y_bit) };
                *bit -= 1;
                value = value << 1 | (number >> *bit & 1) as usize;
                is_x = !is_x;
            }
            name.push(char::from(LETTERS[value]));
        }
        name
    }

    /// West and east, south and north.
    fn bounds(&self) -> [[f64; 2]; 2] {
        let side = |at: u64, bits: u32, whole: f64| {
            let width = whole / 2_f64.powi(bits as i32);
            [at as f64 * width - whole / 2.0, (at + 1) as f64 * width - whole / 2.0]
        };
        [side(self.x, self.x_bits, 360.0), side(self.y, self.y_bits, 180.0)]
    }

    /// The cell some steps away; longitudes go round, latitudes end.
    fn moved(&self, x: i64, y: i64) -> Option<Self> {
        let (columns, rows) = (1_i64 << self.x_bits, 1_i64 << self.y_bits);
        let x = (self.x as i64 + x).rem_euclid(columns) as u64;
        let y = self.y as i64 + y;
        (0..rows).contains(&y).then_some(Self { x, y: y as u64, ..*self })
    }
}

fn bits(length: usize) -> (u32, u32) {
    let all = length as u32 * 5;
    (all.div_ceil(2), all / 2)
}
