//! Text for a session: arguments as the server names them, and the settings of a session.

use super::session::Role;
use crate::backend::watch::READ_LIMIT;

/// How long a write waits for another node's.
const LOCK: &str = "10s";
/// After how long without a word the server ends a transaction: its node is gone.
const IDLE: &str = "5min";

/// A statement whose arguments are `$1` instead of `?1`; what is quoted stays as it is.
pub(super) fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        match quote {
            Some(open) if it == open => quote = None,
            Some(_) => {}
            None if it == '\'' || it == '"' => quote = Some(it),
            None => {}
        }
        let number = rest.peek().is_some_and(char::is_ascii_digit);
        out.push(if it == '?' && quote.is_none() && number { '$' } else { it });
    }
    out
}

/// What a new session is told. The schema's name was checked when the address was read.
pub(super) fn settings(schema: &str, role: Role) -> String {
    // Compiling a plan to machine code takes longer than our statements run.
    let common = format!(
        "SET search_path = {schema};
         SET jit = off;
         SET random_page_cost = 1.1;
         SET idle_in_transaction_session_timeout = '{IDLE}';"
    );
    match role {
        // A write is answered when it is on disk, whatever the database's own setting.
        Role::Writer => format!(
            "{common}
             SET lock_timeout = '{LOCK}';
             SELECT set_config('synchronous_commit', 'on', false)
               WHERE current_setting('synchronous_commit') = 'off';"
        ),
        Role::Reader => format!(
            "{common}
             SET default_transaction_read_only = on;
             SET statement_timeout = {};",
            READ_LIMIT.as_millis()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn only_arguments_are_renamed() {
        assert_eq!(numbered("a = ?1 AND b IN (?2, ?10)"), "a = $1 AND b IN ($2, $10)");
        assert_eq!(numbered("doc->>'what?1' = ?1"), "doc->>'what?1' = $1");
        assert_eq!(numbered("doc->>'o''?2' = ?1"), "doc->>'o''?2' = $1");
        assert_eq!(numbered("\"?1\" ? 'x'"), "\"?1\" ? 'x'");
    }
}
