//! `geo_info_from_ip_address`: where an address is, by a MaxMind file that the operator gives.

use std::{
    net::IpAddr,
    path::Path,
    sync::{Arc, RwLock},
};

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use maxminddb::Reader;
use serde_json::{Map, Value as Json, json};

use super::super::{read::strings, types::STRING_OR_DYNAMIC};
use crate::{
    args::out_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// The file, once for the whole process: a function has no other way to it.
static FILE: RwLock<Option<Arc<Reader<Vec<u8>>>>> = RwLock::new(None);

/// Opens the file that answers from now on.
pub(crate) fn open(path: &Path) -> Result<(), EngineError> {
    let wrong = |e: maxminddb::MaxMindDbError| EngineError::Io {
        doing: "open the file of places",
        source: std::io::Error::other(e),
    };
    let reader = Reader::open_readfile(path).map_err(wrong)?;
    if let Ok(mut file) = FILE.write() {
        *file = Some(Arc::new(reader));
    }
    Ok(())
}

pub(crate) const GEO_INFO_FROM_IP_ADDRESS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "geo_info_from_ip_address",
        params: &[Param::of("ip", STRING_OR_DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "A bag with `country`, `state`, `city`, `latitude` and `longitude` of an IPv4 or IPv6 \
              address, as far as the MaxMind file of the server knows them; null without a file.",
        examples: &[("geo_info_from_ip_address('10.0.0.1')", "")],
    },
    lower: Lower::Rows(|args| {
        let addresses = strings(args, 0)?;
        let file = FILE.read().ok().and_then(|it| it.clone());
        Ok(out_json(args.rows(), |row| match &file {
            Some(file) => place(file, addresses.get(row)).unwrap_or(Json::Null),
            None => Json::Null,
        }))
    }),
};

fn place(file: &Reader<Vec<u8>>, address: &str) -> Option<Json> {
    let address: IpAddr = address.trim().parse().ok()?;
    let found: Json = file.lookup(address).ok()?.decode().ok()??;
    Some(described(&found))
}

/// The members that the language promises, out of a record of the file.
fn described(found: &Json) -> Json {
    let english = |at: &Json| at.pointer("/names/en").cloned();
    let mut place = Map::new();
    let members = [
        ("country", found.get("country").or_else(|| found.get("registered_country"))),
        ("state", found.pointer("/subdivisions/0")),
        ("city", found.get("city")),
    ];
    for (name, value) in members {
        if let Some(value) = value.and_then(english) {
            place.insert(name.to_owned(), value);
        }
    }
    for name in ["latitude", "longitude"] {
        if let Some(value) = found.get("location").and_then(|it| it.get(name)) {
            place.insert(name.to_owned(), value.clone());
        }
    }
    if place.is_empty() { json!({}) } else { Json::Object(place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_a_bag() {
        let record = json!({
            "country": { "iso_code": "AU", "names": { "de": "Australien", "en": "Australia" } },
            "subdivisions": [{ "names": { "en": "Victoria" } }],
            "city": { "names": { "en": "Melbourne" } },
            "location": { "latitude": -37.8, "longitude": 144.9, "time_zone": "x" },
        });
        let expected = json!({
            "country": "Australia", "state": "Victoria", "city": "Melbourne",
            "latitude": -37.8, "longitude": 144.9,
        });
        assert_eq!(described(&record), expected);
        assert_eq!(described(&json!({})), json!({}));
    }
}
