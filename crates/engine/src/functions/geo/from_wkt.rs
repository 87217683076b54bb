//! `geo_from_wkt`: shapes written as well-known text.

use kql::{function::Param, types::Type};
use serde_json::{Value as Json, json};

use super::super::read::Jsons;
use super::kernel::{def, jsons};
use crate::{
    arrow_types::real_json,
    function_impl::{FunctionImpl, Lower},
};

/// The deepest collection.
const DEEPEST: usize = 16;

pub(in super::super) const GEO_FROM_WKT: FunctionImpl = FunctionImpl {
    def: def(
        "geo_from_wkt",
        &[Param::of("wkt", &[Type::String, Type::Dynamic])],
        Type::Dynamic,
        "A shape in well-known text (or an array of such texts) as GeoJSON.",
        &[("geo_from_wkt('POINT (1 2)')", "{\"type\":\"Point\",\"coordinates\":[1.0,2.0]}")],
    ),
    lower: Lower::Rows(|args| {
        let text = Jsons::new(args, 0)?;
        jsons(args.rows(), |row| match text.get(row).as_ref() {
            Json::String(text) => read(text),
            Json::Array(texts) => texts
                .iter()
                .map(|it| Some(it.as_str().and_then(read).unwrap_or(Json::Null)))
                .collect(),
            _ => None,
        })
    }),
};

fn read(text: &str) -> Option<Json> {
    let mut rest = Rest(text);
    let shape = rest.shape(0)?;
    rest.0.trim().is_empty().then_some(shape)
}

/// What is not read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        let length = text.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at(length);
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }

    fn sign(&mut self, sign: char) -> bool {
        let text = self.0.trim_start();
        match text.strip_prefix(sign) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Option<f64> {
        let text = self.0.trim_start();
        let part = |it: char| it.is_ascii_digit() || "+-.eE".contains(it);
        let length = text.find(|it| !part(it)).unwrap_or(text.len());
        let (number, rest) = text.split_at(length);
        self.0 = rest;
        number.parse().ok().filter(|it: &f64| it.is_finite())
    }

    fn position(&mut self) -> Option<Json> {
        let mut numbers = vec![self.number()?, self.number()?];
        if let Some(height) = self.number() {
            numbers.push(height);
        }
        Some(numbers.into_iter().map(real_json).collect())
    }

    /// `(item, item, …)`.
    fn list(&mut self, item: &mut dyn FnMut(&mut Self) -> Option<Json>) -> Option<Json> {
        if !self.sign('(') {
            return None;
        }
        let mut items = vec![item(self)?];
        while self.sign(',') {
            items.push(item(self)?);
        }
        self.sign(')').then_some(Json::Array(items))
    }

    fn shape(&mut self, depth: usize) -> Option<Json> {
        let kind = self.word()?.to_ascii_uppercase();
        let mut position = |it: &mut Self| it.position();
        let mut line = |it: &mut Self| it.list(&mut |it| it.position());
        let (name, coordinates) = match kind.as_str() {
            "POINT" => {
                let mut points = self.list(&mut position)?;
                let point = points.as_array_mut().filter(|it| it.len() == 1)?.pop()?;
                ("Point", point)
            }
            "LINESTRING" => ("LineString", self.list(&mut position)?),
            "POLYGON" => ("Polygon", self.list(&mut line)?),
            "MULTIPOINT" => {
                let mut point = |it: &mut Self| {
                    if !it.0.trim_start().starts_with('(') {
                        return it.position();
                    }
                    it.list(&mut |it| it.position())?.as_array_mut()?.pop()
                };
                ("MultiPoint", self.list(&mut point)?)
            }
            "MULTILINESTRING" => ("MultiLineString", self.list(&mut line)?),
            "MULTIPOLYGON" => {
                let mut polygon =
                    |it: &mut Self| it.list(&mut |it| it.list(&mut |it| it.position()));
                ("MultiPolygon", self.list(&mut polygon)?)
            }
            "GEOMETRYCOLLECTION" if depth < DEEPEST => {
                let shapes = self.list(&mut |it| it.shape(depth + 1))?;
                return Some(json!({"type": "GeometryCollection", "geometries": shapes}));
            }
            _ => return None,
        };
        Some(json!({"type": name, "coordinates": coordinates}))
    }
}
