//! A growing file under every kind of rotation, in folders of the test's own.

#![allow(clippy::unwrap_used)]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A log and whoever writes and rotates it.
struct Log {
    folder: TempDir,
    writer: File,
    written: Vec<String>,
    torn: bool,
    count: usize,
}

impl Log {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let writer = Self::append(&folder.path().join("eve.json"));
        Self { folder, writer, written: Vec::new(), torn: false, count: 0 }
    }

    fn append(path: &Path) -> File {
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("eve.json")
    }

    fn old(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("eve.json.{number}"))
    }

    /// Ends a line begun before, or writes a whole one.
    fn line(&mut self) {
        if !std::mem::take(&mut self.torn) {
            self.begin();
            self.torn = false;
        }
        let rest = format!(" end of {}\n", self.count);
        self.writer.write_all(rest.as_bytes()).unwrap();
        self.written.push(format!("line {}{}", self.count, rest.trim_end()));
        self.count += 1;
    }

    fn begin(&mut self) {
        if !std::mem::replace(&mut self.torn, true) {
            write!(self.writer, "line {}", self.count).unwrap();
        }
    }

    fn shift(&self) {
        for number in (1..30).rev() {
            for suffix in ["", ".gz"] {
                let from = format!("{}{suffix}", self.old(number).display());
                let to = format!("{}{suffix}", self.old(number + 1).display());
                let _ = fs::rename(from, to);
            }
        }
    }

    /// Renames; the writer goes on in the old file until it is told to open the new one.
    fn rename(&mut self, late: usize) {
        if self.torn {
            self.line();
        }
        self.shift();
        fs::rename(self.path(), self.old(1)).unwrap();
        let new = Self::append(&self.path());
        (0..late).for_each(|_| self.line());
        self.writer = new;
    }

    fn copy_and_truncate(&mut self) {
        self.shift();
        fs::copy(self.path(), self.old(1)).unwrap();
        self.writer.set_len(0).unwrap();
    }

    fn compress(&self, number: usize) {
        let Ok(bytes) = fs::read(self.old(number)) else { return };
        let file = File::create(format!("{}.gz", self.old(number).display())).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap();
        fs::remove_file(self.old(number)).unwrap();
    }
}

/// A follower and what it has acknowledged.
struct Reader {
    tail: Tail,
    saved: Option<String>,
    lines: Vec<String>,
    notes: Vec<Note>,
}

impl Reader {
    fn new(log: &Log) -> Self {
        let tail = Tail::new(log.path(), None, limits());
        Self { tail, saved: None, lines: Vec::new(), notes: Vec::new() }
    }

    /// One batch; false when it was empty.
    fn poll(&mut self) -> bool {
        let batch = self.tail.next().unwrap();
        for line in &batch.lines {
            match line {
                Line::Whole(bytes) => self.lines.push(String::from_utf8(bytes.clone()).unwrap()),
                Line::TooLong => self.lines.push("too long".to_owned()),
            }
        }
        self.notes.extend(batch.notes);
        self.saved = Some(serde_json::to_string(&batch.position).unwrap());
        !batch.lines.is_empty()
    }

    fn restart(&mut self) {
        let saved = self.saved.as_deref().map(|text| serde_json::from_str(text).unwrap());
        self.tail = Tail::new(self.tail.path().to_owned(), saved, limits());
    }

    /// A batch is read, and lost before it was acknowledged.
    fn crash(&mut self) {
        self.tail.next().unwrap();
        self.restart();
    }

    fn drain(&mut self) {
        while self.poll() {}
    }
}

fn limits() -> Limits {
    Limits { lines: 3, bytes: 70, line_bytes: 100 }
}

#[track_caller]
fn check(log: &Log, reader: &mut Reader) {
    reader.drain();
    assert_eq!(reader.lines, log.written);
    assert_eq!(reader.notes, []);
}

#[test]
fn a_partial_line_waits_for_its_end() {
    let (mut log, mut reader) = {
        let log = Log::new();
        let reader = Reader::new(&log);
        (log, reader)
    };
    log.line();
    log.begin();
    reader.drain();
    assert_eq!(reader.lines.len(), 1);
    reader.restart();
    log.line();
    check(&log, &mut reader);
}

#[test]
fn late_lines_of_a_renamed_file_come_before_the_new_file() {
    let mut log = Log::new();
    let mut reader = Reader::new(&log);
    log.line();
    reader.poll();
    log.rename(0);
    reader.poll();
    log.rename(3);
    log.line();
    check(&log, &mut reader);
}

#[test]
fn several_rotations_while_we_were_down() {
    for compressed in [false, true] {
        let mut log = Log::new();
        let mut reader = Reader::new(&log);
        for _ in 0..5 {
            log.line();
        }
        reader.poll();
        for _ in 0..3 {
            log.rename(1);
            log.line();
            log.line();
        }
        if compressed {
            log.compress(3);
            log.compress(2);
        }
        reader.restart();
        check(&log, &mut reader);
    }
}

#[test]
fn a_copy_made_before_the_first_look_is_read_first() {
    let mut log = Log::new();
    let mut reader = Reader::new(&log);
    reader.poll();
    log.line();
    log.begin();
    log.copy_and_truncate();
    log.line();
    log.line();
    check(&log, &mut reader);
}

#[test]
fn files_rotated_before_the_first_start_are_left_alone() {
    let mut log = Log::new();
    log.line();
    log.rename(0);
    log.written.clear();
    log.line();
    let mut reader = Reader::new(&log);
    check(&log, &mut reader);
    log.rename(0);
    log.line();
    check(&log, &mut reader);
}

#[test]
fn truncation_without_a_copy_is_told_and_reading_goes_on() {
    let mut log = Log::new();
    let mut reader = Reader::new(&log);
    log.line();
    reader.drain();
    log.writer.set_len(0).unwrap();
    log.line();
    reader.drain();
    assert_eq!(reader.lines, log.written);
    assert_eq!(reader.notes, [Note::Lost { offset: 16 }]);
}

#[test]
fn a_line_too_long_is_passed_over_in_bounded_memory() {
    let mut log = Log::new();
    let mut reader = Reader::new(&log);
    log.line();
    for _ in 0..40 {
        log.writer.write_all(&[b'x'; 5_000]).unwrap();
        reader.poll();
        reader.restart();
    }
    log.writer.write_all(b"\n\r\n").unwrap();
    log.written.push("too long".to_owned());
    log.line();
    check(&log, &mut reader);
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("eve.json");
    let mut tail = Tail::new(&path, None, limits());
    assert!(tail.next().unwrap().lines.is_empty());
    fs::write(&path, "one\n").unwrap();
    assert_eq!(tail.next().unwrap().lines, [Line::Whole(b"one".to_vec())]);
}

#[derive(Debug, Clone)]
enum Step {
    Lines(usize),
    Begin,
    Rotate(usize),
    Compress(usize),
    Poll(usize),
    Restart,
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..8_usize).prop_map(Step::Lines),
        2 => Just(Step::Begin),
        2 => (0..3_usize).prop_map(Step::Rotate),
        1 => (1..4_usize).prop_map(Step::Compress),
        4 => (1..4_usize).prop_map(Step::Poll),
        1 => Just(Step::Restart),
        1 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 1..60)
}

fn play(steps: Vec<Step>, copying: bool) {
    let mut log = Log::new();
    let mut reader = Reader::new(&log);
    reader.poll();
    for step in steps {
        match step {
            Step::Lines(count) => (0..count).for_each(|_| log.line()),
            Step::Begin => log.begin(),
            Step::Rotate(_) if copying => log.copy_and_truncate(),
            Step::Rotate(late) => log.rename(late),
            Step::Compress(number) => log.compress(number),
            Step::Poll(times) => (0..times).for_each(|_| _ = reader.poll()),
            Step::Restart => reader.restart(),
            Step::Crash => reader.crash(),
        }
    }
    log.line();
    check(&log, &mut reader);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..Default::default() })]

    #[test]
    fn renaming_loses_and_doubles_nothing(steps in steps()) {
        play(steps, false);
    }

    #[test]
    fn copying_and_truncating_loses_and_doubles_nothing(steps in steps()) {
        play(steps, true);
    }
}
