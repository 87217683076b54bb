//! Several statements in one flight: each is sent without waiting for the one before, and what they
//! answer is taken in order.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::text;
use crate::StoreError;
use crate::backend::conn::MAX_KEPT;
use crate::backend::value::{Arg, Value};

/// Distinct statements kept prepared; lists with differing filters share this.
const STATEMENTS: usize = 256;

/// A session that the server knows of.
pub(super) struct Live {
    pub(super) client: Client,
    pub(super) connection: JoinHandle<()>,
    pub(super) kept: HashMap<String, Statement>,
}

/// What goes along with the next statement.
pub(super) enum Waiting {
    Step(&'static str),
    Run { text: String, args: Vec<Value> },
}

/// What is asked of the statement that the waiting ones travel with.
#[derive(Clone, Copy)]
pub(super) enum Ask<'a> {
    Nothing,
    Batch(&'a str),
    Rows(&'a str, &'a [Arg<'a>]),
    Count(&'a str, &'a [Arg<'a>]),
}

pub(super) enum Answer {
    None,
    Count(u64),
    Rows(Vec<Row>),
}

impl Live {
    /// Sends what waits and what is asked; says what the latter answered, and how many rows changed.
    pub(super) async fn exchange(
        &mut self,
        waiting: &[Waiting],
        ask: Ask<'_>,
    ) -> Result<(Answer, u64), StoreError> {
        let mut prepared = Vec::with_capacity(waiting.len());
        for it in waiting {
            prepared.push(match it {
                Waiting::Step(_) => None,
                Waiting::Run { text, args } => {
                    let args: Vec<_> = args.iter().map(Value::arg).collect();
                    Some((self.statement(text).await?, args))
                }
            });
        }
        let asked = match ask {
            Ask::Rows(text, args) | Ask::Count(text, args) => {
                Some((self.statement(text).await?, args))
            }
            Ask::Nothing | Ask::Batch(_) => None,
        };
        let client = &self.client;
        let mut all: Vec<Pin<Box<dyn Future<Output = Done> + '_>>> = Vec::new();
        for (it, prepared) in waiting.iter().zip(&prepared) {
            match (it, prepared) {
                (Waiting::Run { .. }, Some((statement, args))) => {
                    let args = lent(args);
                    all.push(Box::pin(async move {
                        client.execute(statement, &args).await.map(Answer::Count)
                    }));
                }
                (Waiting::Step(text), _) => all.push(Box::pin(async move {
                    client.batch_execute(text).await.map(|()| Answer::None)
                })),
                (Waiting::Run { .. }, None) => {}
            }
        }
        match (ask, &asked) {
            (Ask::Batch(text), _) => all.push(Box::pin(async move {
                client.batch_execute(text).await.map(|()| Answer::None)
            })),
            (Ask::Rows(..), Some((statement, args))) => {
                let args = lent(args);
                all.push(Box::pin(async move {
                    client.query(statement, &args).await.map(Answer::Rows)
                }));
            }
            (Ask::Count(..), Some((statement, args))) => {
                let args = lent(args);
                all.push(Box::pin(async move {
                    client.execute(statement, &args).await.map(Answer::Count)
                }));
            }
            (Ask::Nothing | Ask::Rows(..) | Ask::Count(..), _) => {}
        }
        let nothing = matches!(ask, Ask::Nothing);
        let (mut answer, mut written) = (Answer::None, 0);
        for done in in_order(all).await {
            answer = done?;
            if let Answer::Count(count) = answer {
                written += count;
            }
        }
        Ok((if nothing { Answer::None } else { answer }, written))
    }

    async fn statement(&mut self, text: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.kept.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&text::numbered(text)).await?;
        if text.len() <= MAX_KEPT {
            if self.kept.len() >= STATEMENTS {
                self.kept.clear();
            }
            self.kept.insert(text.to_owned(), statement.clone());
        }
        Ok(statement)
    }
}

type Done = Result<Answer, tokio_postgres::Error>;

fn lent<'a>(args: &'a [Arg<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    args.iter().map(|it| it as &(dyn ToSql + Sync)).collect()
}

/// Drives all of them at once. Each is sent when it is first asked, so they go in order.
async fn in_order(mut all: Vec<Pin<Box<dyn Future<Output = Done> + '_>>>) -> Vec<Done> {
    let mut done: Vec<Option<Done>> = all.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut open = false;
        for (work, done) in all.iter_mut().zip(&mut done) {
            if done.is_none() {
                match work.as_mut().poll(cx) {
                    Poll::Ready(it) => *done = Some(it),
                    Poll::Pending => open = true,
                }
            }
        }
        if open { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}
