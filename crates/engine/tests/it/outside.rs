//! Functions that answer from the lake, watchlists, and data from outside.

use std::sync::Arc;

use engine::{Engine, Options};
use kql::hunt::{BoxFuture, HuntFault, Hunter, Outside};

use crate::{
    show,
    support::{Alerts, Bench, ask},
};

const HASH: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

fn lake() -> Bench {
    let bench = Bench::new();
    let file = |device: &str, day: u32| {
        format!(
            "{{\"Timestamp\":\"2020-01-{day:02}T00:00:00Z\",\"DeviceId\":\"{device}\",\
             \"SHA1\":\"{HASH}\",\"SHA256\":\"256\",\"MD5\":\"5\",\"FileSize\":7}}\n"
        )
    };
    let files = [file("d1", 3), file("d2", 1), file("d1", 2)].concat();
    assert_eq!(bench.ingest("t1", "DeviceFileEvents", &files).rows, 3);
    let process = format!(
        "{{\"Timestamp\":\"2020-01-02T00:00:00Z\",\"DeviceId\":\"d3\",\"SHA1\":\"{HASH}\",\
         \"ProcessVersionInfoCompanyName\":\"Maker\"}}\n"
    );
    bench.ingest("t1", "DeviceProcessEvents", &process);
    let signed = format!(
        "{{\"Timestamp\":\"2020-01-02T00:00:00Z\",\"SHA1\":\"{HASH}\",\"IsSigned\":true,\
         \"IsTrusted\":true,\"Signer\":\"S\"}}\n"
    );
    bench.ingest("t1", "DeviceFileCertificateInfo", &signed);
    let addresses = "[{\\\"IPAddress\\\":\\\"10.0.0.9\\\",\\\"AddressType\\\":\\\"Private\\\"}]";
    let network = format!(
        "{{\"Timestamp\":\"2020-01-02T00:00:00Z\",\"DeviceId\":\"d1\",\"MacAddress\":\"m\",\
         \"IPAddresses\":\"{addresses}\"}}\n"
    );
    bench.ingest("t1", "DeviceNetworkInfo", &network);
    let met = "{\"Timestamp\":\"2020-01-02T00:00:00Z\",\"DeviceId\":\"d2\",\
               \"RemoteIP\":\"10.0.0.9\"}\n";
    bench.ingest("t1", "DeviceNetworkEvents", met);
    bench
}

fn answer(bench: &Bench, query: &str) -> String {
    let answer = bench.ask("t1", query).unwrap_or_else(|e| panic!("{query}: {e} {e:?}"));
    show::rows(&answer).join("\n")
}

#[test]
fn a_file_is_known_by_what_the_lake_has_seen_of_it() {
    let bench = lake();
    let query = format!(
        "datatable(SHA1: string, x: long)['{HASH}', 1, 'unknown', 2] | invoke FileProfile(SHA1, 500) \
         | sort by x asc | project x, SHA256, FileSize, GlobalPrevalence, GlobalFirstSeen, \
         GlobalLastSeen, Signer, SignatureState, IsExecutable, Publisher, ProfileAvailability"
    );
    assert_eq!(
        answer(&bench, &query),
        "1 | 256 | 7 | 3 | 2020-01-01T00:00:00.0000000Z | 2020-01-03T00:00:00.0000000Z | S | \
         SignedValid | true | Maker | Available\n\
         2 | \"\" | null | null | null | null | \"\" | \"\" | null | \"\" | Missing"
    );
    let by_name = "print SHA256 = '256' | invoke FileProfile('SHA256') | project SHA1, SHA256";
    assert_eq!(answer(&bench, by_name), format!("{HASH} | 256"));
    // another tenant has seen nothing
    let other = bench.ask("t2", by_name).map(|it| show::rows(&it).join("\n"));
    assert_eq!(other.ok().as_deref(), Some("\"\" | 256"));
}

#[test]
fn addresses_lead_to_devices_and_back() {
    let bench = lake();
    let of = |query: &str| answer(&bench, query);
    assert_eq!(of("print IP = '10.0.0.9' | invoke DeviceFromIP()"), "10.0.0.9 | d1");
    assert_eq!(of("print DeviceId = 'd1' | invoke SeenBy()"), "d1 | [\"d2\"]");
    assert_eq!(of("AssignedIPAddresses('d1') | project IPAddress, IPType"), "10.0.0.9 | Private");
}

#[test]
fn watchlists_are_files_of_the_data_directory() {
    let bench = Bench::new();
    let folder = bench.dir.path().join("watchlists");
    std::fs::create_dir_all(folder.join("t1")).unwrap();
    std::fs::write(folder.join("hosts.csv"), "Host,Owner\nweb,\"Ann, Bob\"\ndb,Eve\n").unwrap();
    std::fs::write(folder.join("t1/own.ndjson"), "{\"a\":\"x\",\"b\":1}\n{\"b\":[2]}\n").unwrap();
    let of = |query: &str| answer(&bench, query);
    assert_eq!(
        of(
            "_GetWatchlist('hosts') | sort by Host asc | project SearchKey, Owner, WatchlistItem.Host"
        ),
        "db | Eve | \"db\"\nweb | Ann, Bob | \"web\""
    );
    assert_eq!(of("_GetWatchlist('own') | project a, b"), "x | 1\n\"\" | [2]");
    assert_eq!(of("_GetWatchlistAlias()"), "hosts\nown");
    assert_eq!(of("print h = 'web' | where h in ((_GetWatchlist('hosts') | project Host))"), "web");
    // one that is not there is empty, and its columns are whatever the query names
    assert_eq!(of("_GetWatchlist('gone') | where Any has 'x' | count"), "0");
    assert_eq!(of("_GetWatchlist('../hosts') | count"), "0");
    let other = bench.ask("t2", "_GetWatchlist('own') | count").map(|it| show::rows(&it).join(""));
    assert_eq!(other.ok().as_deref(), Some("0"));
}

#[derive(Debug)]
struct Shelf;

impl Outside for Shelf {
    fn may_read(&self, address: &str) -> Result<(), String> {
        if address.starts_with("shelf:") { Ok(()) } else { Err("not on the shelf".to_owned()) }
    }

    fn read<'a>(&'a self, address: &'a str, _: usize) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(async move {
            Ok(match address {
                "shelf:a.csv" => b"name,n\n\"x, y\",1\nz,oops\n".to_vec(),
                "shelf:b.txt" => b"one\r\ntwo\n".to_vec(),
                "shelf:c.json" => br#"[{"a":{"b":1}},{"a":"t"}]"#.to_vec(),
                _ => return Err("it is gone".to_owned()),
            })
        })
    }
}

#[test]
fn external_data_is_read_where_it_is_allowed() {
    let mut bench = Bench::new();
    let off = bench.ask("t1", "externaldata(a: string)['shelf:b.txt']");
    assert!(matches!(&off, Err(HuntFault::Query(found)) if found[0].code == "KQL0107"), "{off:?}");
    let options = Options {
        threads: Some(2),
        outside: Some(Arc::new(Shelf)),
        ..Options::new(bench.dir.path())
    };
    bench.engine = Engine::open(options, Arc::new(Alerts)).unwrap();
    let of = |query: &str| answer(&bench, query);
    assert_eq!(
        of("externaldata(name: string, n: long)['shelf:a.csv'] with (ignoreFirstRecord=true)"),
        "x, y | 1\nz | null"
    );
    assert_eq!(
        of("let L = externaldata(line: string)[h@'shelf:b.txt'] with (format='txt'); \
            print x = 'two' | where x in (L)"),
        "two"
    );
    assert_eq!(
        of("externaldata(a: dynamic, b: long)['shelf:c.json'] with (format='multijson', \
            ingestionMapping='[{\"Column\":\"b\",\"Properties\":{\"Path\":\"$.a.b\"}}]')"),
        "{\"b\":1} | 1\n\"t\" | null"
    );
    let refused = bench.ask("t1", "externaldata(a: string)['http://x/y']");
    assert!(matches!(refused, Err(HuntFault::Query(_))), "{refused:?}");
    let gone = bench.block(bench.engine.hunt(ask("t1", "externaldata(a: string)['shelf:d']")));
    assert!(matches!(&gone, Err(HuntFault::Runtime(text)) if text == "it is gone"), "{gone:?}");
}
