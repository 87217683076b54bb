//! every SQL statement: records, the change log, the one write path
