//! Places: points, lines and polygons on the Earth, taken for a sphere, and cells that cover it.
//!
//! Lines and polygons are GeoJSON in dynamic values. Their edges are the shortest ways between
//! their points. Whatever is no valid shape gives null.

pub(super) mod buffer;
pub(super) mod closest;
mod crossings;
pub(super) mod densify;
pub(super) mod from_wkt;
pub(super) mod geohash;
pub(super) mod h3;
pub(super) mod intersection;
pub(super) mod intersects;
mod kernel;
pub(super) mod measure;
mod overlay;
pub(super) mod point;
mod polyline;
pub(super) mod position;
pub(super) mod s2;
mod shape;
pub(super) mod simplify;
mod sphere;
pub(super) mod union;
