//! A session against a real server: what is stopped, what is lost, what is refused.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::session::{Role, Session};
use crate::address::{Address, Server};
use crate::backend::conn::{Conn, Step};
use crate::backend::value::args;
use crate::backend::watch::{self, READ_LIMIT, Waiting};
use crate::test_server::{self, Postgres};
use crate::{Store, StoreError};

fn server(address: &str) -> Server {
    match Address::parse(address).unwrap() {
        Address::Server(it) => *it,
        Address::File(it) => panic!("{}", it.display()),
    }
}

fn session(address: &str, role: Role) -> Conn {
    Conn::Postgres(Box::new(Session::new(server(address), role).unwrap()))
}

fn one(conn: &Conn) -> Result<Option<i64>, StoreError> {
    conn.row("SELECT ?1::bigint", args![1], |row| row.get(0))
}

#[test]
fn an_endless_read_ends_there_too() {
    let Some(address) = test_server::address() else { return };
    let conn = session(&address, Role::Reader);
    let sleep = || conn.rows("SELECT pg_sleep(600)::text", args![], |_| Ok(()));
    let begun = Instant::now();
    let slow = watch::over(Arc::default(), Duration::from_millis(50), sleep).unwrap_err();
    assert!(matches!(slow, StoreError::TooSlow { .. }), "{slow}");
    let gone = Arc::default();
    drop(Waiting(Arc::clone(&gone)));
    assert!(watch::over(gone, READ_LIMIT, sleep).is_err());
    assert!(begun.elapsed() < Duration::from_secs(20));
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'
        AND state = 'active' AND pid <> pg_backend_pid()";
    let running: Option<i64> = conn.row(running, args![], |row| row.get(0)).unwrap();
    assert_eq!(running, Some(0), "the server goes on with what nobody waits for");
}

#[test]
fn a_failure_spoils_no_more_than_its_savepoint() {
    let Some(address) = test_server::address() else { return };
    super::migrate::migrate(&server(&address)).unwrap();
    let conn = session(&address, Role::Writer);
    let add = |name: &str| {
        conn.later("INSERT INTO tenant (name) VALUES (?1)", args![name])?;
        conn.settle()
    };
    conn.step(Step::BeginWrite).unwrap();
    add("a").unwrap();
    conn.step(Step::Save).unwrap();
    add("b").unwrap();
    assert!(matches!(add("a"), Err(StoreError::Sql { .. })), "the name is taken");
    assert!(one(&conn).is_err(), "nothing works until it is undone");
    conn.step(Step::Undo).unwrap();
    conn.step(Step::Save).unwrap();
    add("c").unwrap();
    conn.step(Step::Keep).unwrap();
    conn.step(Step::Save).unwrap();
    conn.step(Step::Undo).unwrap();
    conn.step(Step::Commit).unwrap();
    assert!(!conn.in_transaction());
    let names = conn.rows("SELECT name FROM tenant ORDER BY no", args![], |it| it.get(0));
    assert_eq!(names.unwrap() as Vec<String>, ["a", "c"]);
    // A spoiled transaction is not committed, whatever the server would answer.
    conn.step(Step::BeginWrite).unwrap();
    assert!(add("a").is_err());
    assert!(conn.step(Step::Commit).is_err());
    conn.step(Step::Rollback).unwrap();
    assert_eq!(one(&conn).unwrap(), Some(1));
}

#[test]
fn what_follows_a_lost_transaction_does_not_run_by_itself() {
    let Some(address) = test_server::address() else { return };
    super::migrate::migrate(&server(&address)).unwrap();
    let (conn, other) = (session(&address, Role::Writer), session(&address, Role::Writer));
    let add = |name: &str| conn.execute("INSERT INTO tenant (name) VALUES (?1)", args![name]);
    conn.step(Step::BeginWrite).unwrap();
    add("a").unwrap();
    let own: Option<i64> = conn.row("SELECT pg_backend_pid()", args![], |row| row.get(0)).unwrap();
    other
        .exists("SELECT pg_terminate_backend(?1::bigint::int)::text", args![own.unwrap()])
        .unwrap();
    assert!(matches!(add("b"), Err(StoreError::Away { .. })));
    assert!(!conn.in_transaction());
    assert!(matches!(add("c"), Err(StoreError::RolledBack)));
    assert!(conn.later("DELETE FROM tenant", args![]).and_then(|()| conn.settle()).is_err());
    assert!(conn.step(Step::Commit).is_err());
    conn.step(Step::BeginWrite).unwrap();
    add("d").unwrap();
    conn.step(Step::Commit).unwrap();
    let names = other.rows("SELECT name FROM tenant", args![], |row| row.get(0));
    assert_eq!(names.unwrap() as Vec<String>, ["d"]);
}

#[test]
fn a_server_may_come_and_go() {
    let Some(postgres) = Postgres::start("off") else { return };
    let store = Store::connect(&server(&postgres.address())).unwrap();
    let put = |value: &'static str| store.write_blocking(|tx| tx.cursor_put("t", "c", value));
    let get = || store.read_blocking(|tx| tx.cursor_get("t", "c"));
    put("1").unwrap();
    assert_eq!(get().unwrap().as_deref(), Some("1"));
    // What was idle meanwhile does not notice.
    postgres.control("restart");
    put("2").unwrap();
    assert_eq!(get().unwrap().as_deref(), Some("2"));
    postgres.control("stop");
    for error in [put("3").unwrap_err(), get().unwrap_err(), get().unwrap_err()] {
        assert!(matches!(error, StoreError::Away { .. }), "{error:?}");
    }
    postgres.control("start");
    let begun = Instant::now();
    while put("4").is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    while get().is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    assert_eq!(get().unwrap().as_deref(), Some("4"));
}

#[test]
fn what_is_not_ours_is_refused() {
    let Some(postgres) = Postgres::start("off") else { return };
    let said = |address: &str| Store::connect(&server(address)).err().unwrap().to_string();
    let address = postgres.address();
    let schema = server(&address).schema;
    drop(Store::connect(&server(&address)).unwrap());
    drop(Store::connect(&server(&address)).unwrap());
    postgres.sql(&format!("UPDATE {schema}.meta SET value = 99"));
    assert!(said(&address).contains("it has version 99"), "{}", said(&address));
    let address = postgres.address();
    let schema = server(&address).schema;
    postgres.sql(&format!("CREATE SCHEMA {schema}"));
    postgres.sql(&format!("CREATE TABLE {schema}.t (a int)"));
    assert!(said(&address).contains("belongs to another program"), "{}", said(&address));
    postgres.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    let other = address.replace("/postgres?", "/latin?");
    assert!(said(&other).contains("encoding"), "{}", said(&other));
    let nowhere = address.replace("host=/tmp/", "host=/tmp/none");
    let secret = nowhere.replace("yagura@", "yagura:hunter2@");
    let error = Store::connect(&server(&secret)).err().unwrap();
    assert!(matches!(error, StoreError::Away { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[test]
fn who_is_far_away_is_asked_for_a_certificate() {
    let Some(postgres) = Postgres::start("off") else { return };
    let authority = || {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        (rcgen::Issuer::new(params, key), pem)
    };
    let ((issuer, ours), (_, strange)) = (authority(), authority());
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    postgres.append("server.key", &key.serialize_pem());
    postgres.append("server.crt", &params.signed_by(&key, &issuer).unwrap().pem());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let more = format!("listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\n");
    postgres.append("postgresql.conf", &more);
    postgres.control("restart");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, pem: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (ours, strange) = (file("ours.pem", &ours), file("strange.pem", &strange));
    let open = |host: &str, root: &str| {
        let place = format!("postgres://yagura@{host}:{port}/postgres");
        Store::connect(&server(&format!("{place}?sslmode=require&sslrootcert={root}")))
    };
    assert!(open("localhost", &ours).is_ok());
    for (host, root) in [("localhost", &strange), ("127.0.0.1", &ours)] {
        let error = open(host, root).err().unwrap();
        assert!(matches!(error, StoreError::Away { .. }), "{error:?}");
    }
}
