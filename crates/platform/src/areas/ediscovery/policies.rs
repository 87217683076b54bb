//! Hold policies: whether they are in force. What they hold is what their record names; nothing
//! outside of it can fail, so what is retried is in force at once.

use serde_json::json;

use crate::{areas::operate::Operate, doc::set, fault::Fault, reply::Reply};

/// `enablePolicy` and `disablePolicy`; `retryPolicy` where nothing is said of it.
pub(crate) async fn turn(it: Operate<'_>, enabled: Option<bool>) -> Result<Reply, Fault> {
    let (set_of, key) = it.item()?;
    let writer = it.writer();
    let run = writer.change(set_of, key, move |_, update, _| {
        if let Some(enabled) = enabled {
            set(update.new, "isEnabled", enabled);
        }
        set(update.new, "status", "success");
        set(update.new, "errors", json!([]));
        Ok(())
    });
    run.await?;
    Ok(Reply::NoContent)
}
