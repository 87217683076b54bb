//! `buildschema`: which members the bags of a group have and of which types, as one bag.
//!
//! A bag is a bag of its members' schemas, an array a bag with the one key `` `indexer` `` for its
//! elements, anything else the name of its type; where several occur they stand in an array.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewArray},
        datatypes::DataType,
    },
    common::Result,
};
use indexmap::IndexMap;
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::{
    AggregateImpl, Made,
    fold::{self, Fold},
};

/// Members that one schema may have in all.
const MOST_MEMBERS: usize = 100_000;
const INDEXER: &str = "`indexer`";

/// `buildschema`.
pub(crate) const BUILDSCHEMA: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "buildschema",
        params: &[Param::of("expr", &[Type::Dynamic])],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("schema"),
        doc: "The members that dynamic values have, and their types.",
    },
    lower: |call| {
        let args = vec![call.arg(0)?.0];
        let fold = fold::aggregate("buildschema", String::new(), Build, args, DataType::Utf8View);
        Ok(Made::just(fold))
    },
};

/// What stands at one place.
#[derive(Default)]
struct Place {
    types: Vec<&'static str>,
    members: Option<IndexMap<String, Place>>,
    elements: Option<Box<Place>>,
}

#[derive(Default)]
pub(super) struct Schema {
    root: Place,
    count: usize,
    bytes: usize,
}

const NAMES: [&str; 4] = ["long", "double", "string", "bool"];

fn name(json: &Json) -> Option<&'static str> {
    Some(match json {
        Json::Number(it) if it.is_f64() => NAMES[1],
        Json::Number(_) => NAMES[0],
        Json::String(_) => NAMES[2],
        Json::Bool(_) => NAMES[3],
        Json::Null | Json::Array(_) | Json::Object(_) => return None,
    })
}

impl Place {
    fn member(&mut self, key: &str, room: &mut Room<'_>) -> Option<&mut Self> {
        let members = self.members.get_or_insert_default();
        if !members.contains_key(key) {
            if !room.take(key.len()) {
                return None;
            }
            members.insert(key.to_owned(), Self::default());
        }
        members.get_mut(key)
    }

    fn see_type(&mut self, name: &'static str) {
        if !self.types.contains(&name) {
            self.types.push(name);
        }
    }

    fn see(&mut self, json: &Json, room: &mut Room<'_>) {
        match json {
            Json::Object(members) => {
                self.members.get_or_insert_default();
                for (key, value) in members {
                    if let Some(place) = self.member(key, room) {
                        place.see(value, room);
                    }
                }
            }
            Json::Array(elements) => {
                let place = self.elements.get_or_insert_default();
                elements.iter().for_each(|it| place.see(it, room));
            }
            scalar => {
                if let Some(name) = name(scalar) {
                    self.see_type(name);
                }
            }
        }
    }

    /// The same from what [`Place::json`] made.
    fn see_schema(&mut self, json: &Json, room: &mut Room<'_>) {
        match json {
            Json::Array(several) => several.iter().for_each(|it| self.see_schema(it, room)),
            Json::String(text) => {
                if let Some(name) = NAMES.iter().find(|it| *it == text) {
                    self.see_type(name);
                }
            }
            Json::Object(members) => {
                if let (1, Some(elements)) = (members.len(), members.get(INDEXER)) {
                    self.elements.get_or_insert_default().see_schema(elements, room);
                    return;
                }
                self.members.get_or_insert_default();
                for (key, schema) in members {
                    if let Some(place) = self.member(key, room) {
                        place.see_schema(schema, room);
                    }
                }
            }
            _ => {}
        }
    }

    fn json(&self) -> Json {
        let mut all: Vec<Json> = self.types.iter().map(|it| Json::from(*it)).collect();
        if let Some(members) = &self.members {
            let members = members.iter().map(|(key, place)| (key.clone(), place.json()));
            all.push(Json::Object(members.collect()));
        }
        if let Some(elements) = &self.elements {
            let mut bag = Map::new();
            bag.insert(INDEXER.to_owned(), elements.json());
            all.push(Json::Object(bag));
        }
        match all.pop() {
            None => Json::Null,
            Some(one) if all.is_empty() => one,
            Some(last) => {
                all.push(last);
                Json::Array(all)
            }
        }
    }
}

struct Room<'a> {
    count: &'a mut usize,
    bytes: &'a mut usize,
}

impl Room<'_> {
    fn take(&mut self, bytes: usize) -> bool {
        let fits = *self.count < MOST_MEMBERS;
        if fits {
            *self.count += 1;
            *self.bytes += bytes + 128;
        }
        fits
    }
}

struct Build;

impl Fold for Build {
    type State = Schema;
    type Batch = StringViewArray;

    fn batch(&self, args: &[ArrayRef]) -> Result<StringViewArray> {
        Ok(args[0].as_string_view().clone())
    }

    fn row(&self, state: &mut Schema, batch: &StringViewArray, row: usize) {
        if batch.is_valid(row)
            && let Ok(json) = serde_json::from_str(batch.value(row))
        {
            let mut room = Room { count: &mut state.count, bytes: &mut state.bytes };
            state.root.see(&json, &mut room);
        }
    }

    fn merge(&self, state: &mut Schema, saved: &[u8]) {
        if let Ok(json) = serde_json::from_slice(saved) {
            let mut room = Room { count: &mut state.count, bytes: &mut state.bytes };
            state.root.see_schema(&json, &mut room);
        }
    }

    fn save(&self, state: &Schema) -> Vec<u8> {
        state.root.json().to_string().into_bytes()
    }

    fn finish(&self, states: &[Schema]) -> Result<ArrayRef> {
        let texts = states.iter().map(|state| match state.root.json() {
            Json::Null => None,
            json => Some(json.to_string()),
        });
        Ok(Arc::new(texts.collect::<StringViewArray>()))
    }

    fn size(state: &Schema) -> usize {
        state.bytes
    }
}
