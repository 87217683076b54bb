//! What the files of the environments hold, and that every line of them is understood.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::types::Type;

#[test]
fn every_table_is_read() {
    for (name, least) in [("xdr", 65), ("sentinel", 921), ("unified", 940)] {
        let environment = named(name).unwrap();
        let names = environment.table_names();
        assert!(names.len() >= least, "{name}: {}", names.len());
        for table in names {
            let columns = environment.table(&table).unwrap();
            let different: HashSet<&str> = columns.iter().map(|it| it.name.as_str()).collect();
            assert!(!columns.is_empty(), "{table}");
            assert_eq!(different.len(), columns.len(), "{table}");
        }
    }
    assert!(named("elsewhere").is_none());
    assert!(NAMES.iter().all(|it| named(it).is_some()));
}

#[test]
fn no_column_of_a_line_is_lost() {
    let text = include_str!("../../../../schema/hunting/log-analytics.txt");
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        let (name, words) = line.split_once(' ').unwrap();
        let wanted: usize = words
            .split(' ')
            .map(|it| match it {
                "<" => 2,
                ">" => 4,
                ">>" => 6,
                _ => 1,
            })
            .sum();
        assert_eq!(log_analytics::table(name).unwrap().len(), wanted, "{name}");
    }
}

#[test]
fn types_follow_the_first_of_the_two() {
    let ty = |environment: &str| {
        let columns = named(environment).unwrap().table("DeviceProcessEvents").unwrap();
        columns.into_iter().find(|it| it.name == "AdditionalFields").unwrap().ty
    };
    assert_eq!(ty("xdr"), Type::String);
    assert_eq!(ty("unified"), Type::String);
    assert_eq!(ty("unified-la"), Type::Dynamic);
}

#[test]
fn functions_belong_to_their_environment() {
    let xdr = named("xdr").unwrap();
    assert_eq!(
        xdr.function_names(),
        ["AssignedIPAddresses", "DeviceFromIP", "FileProfile", "SeenBy"]
    );
    assert!(xdr.function("_GetWatchlist").is_none());
    assert!(named("remote").unwrap().function("_GetWatchlist").is_some());
    assert!(named("remote").unwrap().is_scope("workspace"));
    assert!(!xdr.is_scope("workspace"));
}
