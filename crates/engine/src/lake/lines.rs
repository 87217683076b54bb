//! Lines of a body that may be gzip, with a bound on how much of one is kept.

use std::io::{self, BufRead, BufReader, Read};

use flate2::read::MultiGzDecoder;

/// The most bytes of a line that is read; longer ones are refused.
pub(crate) const LONGEST: usize = 1 << 20;

/// A body by lines.
pub(crate) struct Lines {
    body: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    number: u64,
}

/// One line.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'a> {
    /// Its number, from one, and what stands on it.
    Text(u64, &'a [u8]),
    /// It was too long to keep.
    TooLong(u64),
}

impl Lines {
    /// Begins a body; the first bytes tell whether it is gzip.
    pub(crate) fn new(body: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut body = BufReader::with_capacity(256 << 10, body);
        let packed = body.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let body: Box<dyn BufRead + Send> = if packed {
            Box::new(BufReader::with_capacity(256 << 10, MultiGzDecoder::new(body)))
        } else {
            Box::new(body)
        };
        Ok(Self { body, line: Vec::new(), number: 0 })
    }

    /// The next line that is not blank.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            self.line.clear();
            self.number += 1;
            let limit = LONGEST as u64 + 2;
            let read = (&mut self.body).take(limit).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            let ended = self.line.last() == Some(&b'\n');
            if !ended && read as u64 == limit {
                self.skip_line()?;
                return Ok(Some(Line::TooLong(self.number)));
            }
            let blank = self.line.iter().all(u8::is_ascii_whitespace);
            if !blank {
                break;
            }
        }
        Ok(Some(Line::Text(self.number, self.line.trim_ascii())))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.body.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            if let Some(at) = memchr::memchr(b'\n', buffer) {
                self.body.consume(at + 1);
                return Ok(());
            }
            let all = buffer.len();
            self.body.consume(all);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use super::*;

    fn all(body: Vec<u8>) -> Vec<String> {
        let mut lines = Lines::new(Box::new(io::Cursor::new(body))).unwrap();
        let mut out = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            out.push(match line {
                Line::Text(at, text) => format!("{at}:{}", String::from_utf8_lossy(text)),
                Line::TooLong(at) => format!("{at}!"),
            });
        }
        out
    }

    #[test]
    fn plain_and_gzip() {
        let text = b"a\r\n\n b \nc".to_vec();
        assert_eq!(all(text.clone()), ["1:a", "3:b", "4:c"]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        assert_eq!(all(gzip.finish().unwrap()), ["1:a", "3:b", "4:c"]);
        assert_eq!(all(Vec::new()), [] as [&str; 0]);
    }

    #[test]
    fn a_long_line_is_passed_over() {
        let mut text = vec![b'x'; 3 * LONGEST];
        text.extend_from_slice(b"\nnext");
        assert_eq!(all(text), ["1!", "2:next"]);
    }
}
