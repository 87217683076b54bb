//! The platform itself: what a process shares, and the two steps of every call.
//!
//! `open` decides the right from the method, the target and the caller alone, before a body is
//! read; `run` does the work. What is done is driven by the model: only operations are matched by
//! name, in `areas/`.

use std::sync::Arc;

use auth::{
    OpCx,
    policy::{Decision, policy},
};
use kql::{answer::Answer, hunt::Hunter};
use model::{Model, graph, path::Target};
use serde_json::Value;
use store::Store;

use crate::{
    areas::{
        self,
        hunting::{HuntRequest, HuntingOptions},
        unbuilt,
    },
    call::{Call, Method, Permit, Prefer},
    fault::Fault,
    intake::push,
    read::Reader,
    reply::{PushReport, Reply},
    stamps::Stamps,
    write::Writer,
};

/// Everything a call needs; clones share it.
#[derive(Clone)]
pub struct Platform {
    pub(crate) store: Store,
    pub(crate) hunter: Arc<dyn Hunter>,
    pub(crate) hunting: Arc<HuntingOptions>,
    pub(crate) stamps: Stamps,
}

impl Platform {
    /// A platform on a store, with its indexes in place.
    pub async fn new(
        store: Store,
        hunter: Arc<dyn Hunter>,
        hunting: HuntingOptions,
    ) -> Result<Self, Fault> {
        store
            .write(|tx| {
                for (kind, indexes) in areas::INDEXES {
                    tx.ensure_indexes(kind, indexes)?;
                }
                Ok::<_, Fault>(())
            })
            .await?;
        Ok(Self { store, hunter, hunting: Arc::new(hunting), stamps: Stamps::default() })
    }

    /// The store, for those who wire the parts together.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whoever runs queries and takes events in.
    pub fn hunter(&self) -> &Arc<dyn Hunter> {
        &self.hunter
    }

    /// The verbs that the model has for a target, whoever asks.
    pub fn verbs(target: &Target<'_>) -> Vec<Method> {
        let all = [Method::Get, Method::Post, Method::Patch, Method::Put, Method::Delete];
        all.into_iter().filter(|method| has_verb(*method, target)).collect()
    }

    /// Decides whether the caller may make this call. Nothing of the body is needed.
    pub fn open(&self, cx: &OpCx, call: Call<'static>) -> Result<Permit, Fault> {
        let template = call.target.template();
        let known = has_verb(call.method, &call.target);
        match policy().check(call.version.as_str(), call.method.as_str(), &template, &cx.caller) {
            Decision::Unknown | Decision::Allowed if !known => {
                Err(Fault::MethodNotAllowed { method: call.method.as_str(), template })
            }
            Decision::Allowed => Ok(Permit { call }),
            Decision::Forbidden { needed } => Err(Fault::Forbidden { needed }),
            Decision::Unknown => Err(Fault::Forbidden { needed: Vec::new() }),
        }
    }

    /// The same for a path outside the model (`/provider/v1/alerts`, `/api/advancedhunting/run`).
    pub fn open_path(&self, cx: &OpCx, method: Method, template: &str) -> Result<(), Fault> {
        match policy().check("", method.as_str(), template, &cx.caller) {
            Decision::Allowed => Ok(()),
            Decision::Forbidden { needed } => Err(Fault::Forbidden { needed }),
            Decision::Unknown => Err(Fault::Forbidden { needed: Vec::new() }),
        }
    }

    /// Runs an opened call.
    pub async fn run(
        &self,
        cx: &OpCx,
        permit: Permit,
        body: Option<Value>,
        prefer: Prefer,
    ) -> Result<Reply, Fault> {
        let Call { version, method, target, options } = permit.call;
        let template = target.template();
        if unbuilt::is_unbuilt(method, &template) {
            return Err(Fault::NotImplemented { what: format!("{} {template}", method.as_str()) });
        }
        let model: &'static Model = graph(version);
        let reader = || Reader::new(self, cx, model, &prefer);
        let writer = || Writer::new(self, cx, model, &prefer);
        let refused =
            || Fault::MethodNotAllowed { method: method.as_str(), template: template.clone() };
        match (method, target) {
            (Method::Get, target @ Target::Collection(_)) => reader().list(target, options).await,
            (Method::Get, target @ Target::Item(..)) => reader().get(target, options).await,
            (Method::Get, Target::Count(set)) => reader().count(set, options).await,
            (Method::Get, target @ Target::Property(_)) => reader().property(target).await,
            (Method::Post, target @ Target::Collection(_)) => {
                writer().create(target, needed(body)?).await
            }
            (Method::Post, Target::Property(target)) => {
                writer().append(target, needed(body)?).await
            }
            (Method::Patch, target @ Target::Item(..)) => {
                writer().patch(target, needed(body)?).await
            }
            (Method::Delete, Target::Item(set, key)) => writer().delete(set, key).await,
            (Method::Get | Method::Post, Target::Operation(call)) => {
                areas::hunting::operation(self, cx, &call, &options, body.as_ref(), &template).await
            }
            _ => Err(refused()),
        }
    }

    /// Takes a provider's alerts in. An item may be an unreadable line: it is refused by itself.
    pub async fn push_alerts(
        &self,
        cx: &OpCx,
        source: &str,
        items: Vec<Result<Value, String>>,
    ) -> Result<PushReport, Fault> {
        push::push(self, cx, source, items).await
    }

    /// Runs a hunt, for the paths outside the model that also do.
    pub async fn hunt(&self, cx: &OpCx, request: HuntRequest) -> Result<Answer, Fault> {
        areas::hunting::hunt(self, cx, request).await
    }
}

/// Whether the model has this verb for the target.
fn has_verb(method: Method, target: &Target<'_>) -> bool {
    match target {
        Target::ServiceDocument | Target::Metadata | Target::Singleton(_) => method == Method::Get,
        Target::Batch => method == Method::Post,
        Target::Collection(set) => match method {
            Method::Get => set.facts().readable,
            Method::Post => set.facts().insertable && set.via.is_none(),
            Method::Patch | Method::Put | Method::Delete => false,
        },
        Target::Count(set) => method == Method::Get && set.facts().readable,
        Target::Item(set, _) => match method {
            Method::Get => set.facts().readable,
            Method::Patch => set.facts().updatable && set.via.is_none(),
            Method::Delete => set.facts().deletable && set.via.is_none(),
            Method::Post | Method::Put => false,
        },
        Target::Property(it) => match method {
            Method::Get => it.set.facts().readable,
            Method::Post => it.property().append && it.path.len() == 1 && !it.count && !it.value,
            Method::Patch | Method::Put | Method::Delete => false,
        },
        Target::Operation(it) => match it.op.verb {
            model::model::Verb::Action => method == Method::Post,
            model::model::Verb::Function => method == Method::Get,
        },
    }
}

fn needed(body: Option<Value>) -> Result<Value, Fault> {
    body.ok_or_else(|| Fault::Wrong("the request needs a JSON body".to_owned()))
}
